import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { FirehoseClient, PutRecordBatchCommand } from '@aws-sdk/client-firehose';
import fc from 'fast-check';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { systemClock } from '../../../lambda/clock.ts';
import { startDeadline } from '../../../lambda/deadline.ts';
import { ObjectLedger } from '../../../lambda/deliver/ledger.ts';
import { MAX_BATCH_BYTES, MAX_BATCH_RECORDS } from '../../../lambda/deliver/limits.ts';
import { Pacer } from '../../../lambda/deliver/pacer.ts';
import type { PackedRecord } from '../../../lambda/deliver/pack-events.ts';
import { putBatch } from '../../../lambda/deliver/put-batch.ts';
import { BatchBody, bodies, newPutRecordBatch } from '../../../lambda/deliver/put-record-batch-body.ts';
import { Sender } from '../../../lambda/deliver/send-records.ts';
import { STREAM } from '../../../local/account.ts';
import type { FirehoseFaultHook } from '../../../local/faults.ts';
import { VirtualClock } from '../../../local/virtual-clock.ts';
import { BUCKET, PLENTY_OF_TIME, s3Event, unpackEvents, useLocalAccount } from '../../run-locally.ts';

const local = useLocalAccount();
beforeEach(() => local.reset());

const record = (bytes: number): PackedRecord => ({
  data: Buffer.alloc(bytes, 'x'),
  events: 1,
  eventBytes: bytes,
  earliest: undefined,
  ranges: [],
  release() {},
});

/** Bytes of all values, without a short pattern. */
const filled = (length: number, first: number) =>
  Buffer.from(Uint8Array.from({ length }, (_, i) => first + i * 37 + (i >> 8)));

function bodyOf(records: Uint8Array[], stream = STREAM): BatchBody {
  const body = new BatchBody(stream);
  for (const data of records) body.add(data);
  return body;
}

async function send(records: PackedRecord[]) {
  Object.assign(process.env, local.account().environment);
  const deadline = startDeadline(() => 60_000, 0);
  const options = {
    deliveryStreamName: STREAM,
    maxCallsInFlight: 1,
    maxBatchRecords: MAX_BATCH_RECORDS,
    retryBaseMs: 0,
  };
  const sender = new Sender({ ...options, firehose: new FirehoseClient({ maxAttempts: 1 }), deadline });
  for (const one of records) sender.add(one);
  await sender.finish();
  deadline.clear();
  return { calls: sender.counts.calls, accepted: sender.counts.recordsAccepted, error: sender.error };
}

describe('a call is filled up to the limits of Firehose', () => {
  const million = Array.from({ length: 4 }, () => record(1_000_000));
  const last = MAX_BATCH_BYTES - 4_000_000;

  it.each([
    ['one byte under', last - 1, 1],
    ['exactly full', last, 1],
    ['one byte over', last + 1, 2],
  ])('4 MiB: %s', async (_name, bytes, calls) => {
    expect(await send([...million, record(bytes)])).toEqual({ calls, accepted: 5, error: undefined });
  });

  it.each([
    [499, 1],
    [500, 1],
    [501, 2],
  ])('%i records', async (count, calls) => {
    const records = Array.from({ length: count }, () => record(3));
    expect(await send(records)).toEqual({ calls, accepted: count, error: undefined });
  });
});

describe('a pace', () => {
  /** Sends records on a virtual clock. @returns seconds and bytes of each call, since the start */
  async function sendPaced(
    bytesPerSecond: number,
    records: PackedRecord[],
    {
      clock = new VirtualClock(),
      pacer = new Pacer(bytesPerSecond, clock),
      timeoutMs = 300_000,
      calls = 4,
    } = {},
  ) {
    const startedAt = clock.now();
    const sent: [seconds: number, records: number][] = [];
    local.reset({
      firehose: ({ entryCount }) => {
        sent.push([(clock.now() - startedAt) / 1_000, entryCount]);
        return undefined;
      },
    });
    Object.assign(process.env, local.account().environment);
    const sender = new Sender({
      ...{
        deliveryStreamName: STREAM,
        maxCallsInFlight: calls,
        maxBatchRecords: MAX_BATCH_RECORDS,
        retryBaseMs: 0,
      },
      ...{ firehose: new FirehoseClient({ maxAttempts: 1 }), clock, pacer },
      deadline: startDeadline(() => timeoutMs - (clock.now() - startedAt), 0, clock),
    });
    for (const one of records) {
      sender.add(one);
      await sender.waitForRoom();
    }
    await sender.finish();
    return { sent, sender, clock, pacer };
  }

  it('is kept on average, with calls of one second', async () => {
    const { sent, sender } = await sendPaced(
      200_000,
      Array.from({ length: 30 }, () => record(100_000)),
      { calls: 1 },
    );
    expect(sent.map(([, records]) => records)).toEqual(Array(15).fill(2));
    // The first two have the credit of the second before.
    expect(sent.map(([seconds]) => seconds)).toEqual([0, 0, ...Array.from({ length: 13 }, (_, i) => i + 1)]);
    expect(sender.counts.recordsAccepted).toBe(30);
  });

  it('is kept by calls in parallel', async () => {
    const { sent } = await sendPaced(
      100_000,
      Array.from({ length: 20 }, () => record(100_000)),
    );
    for (const [i, [seconds]] of sent.entries()) expect(seconds).toBeGreaterThanOrEqual(i - 1);
  });

  it('allows a record that is larger than one second', async () => {
    const { sent } = await sendPaced(65_536, [record(1_000_000), record(1_000_000)], { calls: 1 });
    expect(sent.map(([, records]) => records)).toEqual([1, 1]);
    expect(sent[1]?.[0]).toBeCloseTo(1_000_000 / 65_536 - 1, 2);
  });

  it('goes on in the next invocation of the container', async () => {
    const first = await sendPaced(100_000, [record(1_000_000)]);
    first.clock.skip(2_000);
    const { sent } = await sendPaced(100_000, [record(1)], first);
    expect(sent[0]?.[0]).toBeCloseTo(7, 2);
  });

  it('does not save up more than a second', async () => {
    const { clock, pacer } = await sendPaced(100_000, [record(1)]);
    clock.skip(3_600_000);
    const { sent } = await sendPaced(
      100_000,
      Array.from({ length: 4 }, () => record(100_000)),
      { clock, pacer, calls: 1 },
    );
    expect(sent.map(([seconds]) => seconds)).toEqual([0, 0, 1, 2]);
  });

  it('stops at the deadline without an error, and without waiting for it', async () => {
    const ten = Array.from({ length: 10 }, () => record(100_000));
    const clock = new VirtualClock();
    const startedAt = clock.now();
    const { sender, sent } = await sendPaced(100_000, ten, { timeoutMs: 3_500, calls: 1, clock });
    expect(clock.now() - startedAt).toBe(3_000);
    expect(sent.map(([seconds]) => seconds)).toEqual([0, 0, 1, 2, 3]);
    expect({ isClosed: sender.isClosed, error: sender.error }).toEqual({ isClosed: true, error: undefined });
    expect(sender.counts.recordsAccepted).toBe(5);
  });

  it('does not limit the calls without a setting', async () => {
    const { calls } = await send(Array.from({ length: 4 }, () => record(1_000_000)));
    expect(calls).toBe(1);
  });
});

describe('the body of a call', () => {
  it('has the format of the API for any bytes and any name', () => {
    const records = [0, 1, 2, 3, 4, 255, 256].map((length) => filled(length, 0));
    const { DeliveryStreamName, Records } = JSON.parse(
      bodyOf(records, 'my"stream').end().body.toString('utf8'),
    );
    expect(DeliveryStreamName).toBe('my"stream');
    expect(Records.map(({ Data }: { Data: string }) => Buffer.from(Data, 'base64'))).toEqual(records);
  });

  it('is byte for byte what the SDK would send, and so is the signed hash', async () => {
    const requests: { body: Uint8Array; headers: Record<string, string> }[] = [];
    const firehose = new FirehoseClient({
      requestHandler: {
        handle: async (request: (typeof requests)[number]) => {
          requests.push(request);
          return { response: { statusCode: 200, headers: {}, body: Readable.from(['{}']) } };
        },
      },
    });
    let pieces = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.tuple(fc.nat(90_000), fc.nat(255)).map(([length, first]) => filled(length, first)),
          { minLength: 1, maxLength: 6 },
        ),
        async (records) => {
          const Records = records.map((Data) => ({ Data }));
          await firehose.send(new PutRecordBatchCommand({ DeliveryStreamName: STREAM, Records }));
          const body = bodyOf(records);
          await firehose.send(newPutRecordBatch(STREAM, body.end()));
          const again = new BatchBody(STREAM);
          for (const i of records.keys()) again.addFrom(body, i);
          await firehose.send(newPutRecordBatch(STREAM, again.end()));
          const [theirs, ours, oursAgain] = requests.splice(0).map(({ body, headers }) => ({
            bodyHash: createHash('sha256').update(body).digest('hex'),
            signedHash: headers['x-amz-content-sha256'],
            length: Number(headers['content-length']),
          }));
          expect(ours).toEqual(theirs);
          expect(oursAgain).toEqual(theirs);
          for (const one of [body, again]) one.release();
          expect(ours?.signedHash).toBe(ours?.bodyHash);
          if ((ours?.length ?? 0) > 100_000) pieces++;
        },
      ),
      { numRuns: 30, seed: 12 },
    );
    expect(pieces).toBeGreaterThan(10);
  });

  it('fits in a reused buffer even at its maximum length', () => {
    const smallest = bodies.take().length;
    // One byte more than a multiple of three: the longest base64 for its length.
    const records = Array.from({ length: MAX_BATCH_RECORDS }, () => Buffer.alloc(8_386, 'x'));
    const left = MAX_BATCH_BYTES - 8_386 * (MAX_BATCH_RECORDS - 1);
    records[0] = Buffer.alloc(left, 'y');
    const { body } = bodyOf(records, 's'.repeat(64)).end();
    expect(body.buffer.byteLength).toBe(smallest);
    expect(JSON.parse(body.toString('utf8')).Records).toHaveLength(MAX_BATCH_RECORDS);
  });

  it('rejects a record that does not fit', () => {
    const body = bodyOf([Buffer.alloc(MAX_BATCH_BYTES)]);
    expect(() => body.add(Buffer.alloc(20_000))).toThrow(RangeError);
    expect(JSON.parse(body.end().body.toString('utf8')).Records).toHaveLength(1);
    expect(() => new BatchBody('s'.repeat(MAX_BATCH_BYTES * 2))).toThrow(RangeError);
    expect(() => new BatchBody(STREAM).addFrom(body, 1)).toThrow('no record 1: the other body has 1 records');
  });

  it('accepts no record after its end', () => {
    const body = bodyOf([filled(9, 0)]);
    body.end();
    expect(() => body.add(filled(9, 0))).toThrow('the body has ended');
    expect(body.records).toBe(1);
    body.release();
    expect(() => new BatchBody(STREAM).addFrom(body, 0)).toThrow(RangeError);
  });

  it('frees its buffer only once if it is released twice', () => {
    const body = bodyOf([filled(9, 0)]);
    body.release();
    // Reuses the freed buffer. A second release must not free it again.
    const second = bodyOf([filled(50, 1)]);
    body.release();
    const third = bodyOf([filled(60, 2)]);
    expect(third.end().body.buffer).not.toBe(second.end().body.buffer);
    expect(JSON.parse(second.end().body.toString('utf8')).Records).toEqual([
      { Data: filled(50, 1).toString('base64') },
    ]);
  });

  it('counts its data, even if copied from another body', () => {
    const body = bodyOf([0, 1, 2, 3].map((length) => filled(length, 0)));
    const again = new BatchBody(STREAM);
    for (const place of [1, 3]) again.addFrom(body, place);
    expect([body.records, body.dataBytes, again.records, again.dataBytes]).toEqual([4, 6, 2, 4]);
  });

  it('does not change with the buffers of its records', () => {
    const data = filled(50_000, 7);
    const body = bodyOf([data]);
    const [before] = JSON.parse(body.end().body.toString('utf8')).Records;
    data.fill(0);
    const again = new BatchBody(STREAM);
    again.addFrom(body, 0);
    expect(JSON.parse(again.end().body.toString('utf8')).Records).toEqual([before]);
    expect(Buffer.from(before.Data, 'base64')).toEqual(filled(50_000, 7));
  });

  it('frees its buffer only after a complete answer', async () => {
    const abort = new AbortController();
    const put = async (firehose?: FirehoseFaultHook, maxAttempts = 1) => {
      local.reset(firehose && { firehose });
      Object.assign(process.env, local.account().environment);
      const body = bodyOf([record(9).data]);
      const client = new FirehoseClient({ maxAttempts });
      const result = await putBatch(client, STREAM, body, abort.signal);
      body.release();
      return result;
    };
    const givenBack = vi.spyOn(bodies, 'giveBack');
    expect((await put(() => ({ kind: 'resetAfter' }))).error?.code).toBe('ECONNRESET');
    expect((await put(() => ({ kind: 'serverError' }))).error?.code).toBe('InternalFailure');
    let calls = 0;
    const firstIsCutOff: FirehoseFaultHook = () => (calls++ === 0 ? { kind: 'resetAfter' } : undefined);
    expect((await put(firstIsCutOff, 5)).rejected).toEqual([]);
    expect(calls).toBe(2);
    expect(givenBack).not.toHaveBeenCalled();
    expect((await put()).rejected).toEqual([]);
    expect(givenBack).toHaveBeenCalledOnce();
    expect((await put(() => ({ kind: 'hang', whileHanging: () => abort.abort() }))).isAborted).toBe(true);
    expect(givenBack).toHaveBeenCalledOnce();
  });
});

describe('putBatch', () => {
  const answer = (output: unknown) => ({ send: async () => output }) as unknown as FirehoseClient;
  const put = (output: unknown) =>
    putBatch(answer(output), STREAM, bodyOf([filled(1, 1), filled(2, 2)]), AbortSignal.timeout(1_000));

  it.each([
    ['an entry with neither record ID nor error', { RequestResponses: [{ RecordId: 'a' }, {}] }, 1, false],
    [
      'an entry with an error',
      { RequestResponses: [{ RecordId: 'a' }, { ErrorCode: 'InternalFailure' }] },
      1,
      false,
    ],
    ['an answer for fewer records', { RequestResponses: [{ RecordId: 'a' }] }, 2, true],
    ['an answer without entries', {}, 2, true],
  ])('does not count %s as accepted', async (_name, output, rejected, isCallError) => {
    const result = await put(output);
    expect(result.rejected).toHaveLength(rejected);
    expect(result.isCallError).toBe(isCallError);
    expect(result.error?.isPassing).toBe(true);
  });
});

describe('a retry', () => {
  /** Answers each call with the next list of accepted records; `undefined` fails the entire call. */
  function firehoseThatAccepts(answers: (boolean[] | undefined)[]) {
    const sent: string[][] = [];
    const firehose = new FirehoseClient({
      maxAttempts: 1,
      requestHandler: {
        handle: async ({ body, headers }: { body: Uint8Array; headers: Record<string, string> }) => {
          expect(createHash('sha256').update(body).digest('hex')).toBe(headers['x-amz-content-sha256']);
          const { Records } = JSON.parse(Buffer.from(body).toString('utf8'));
          sent.push(Records.map(({ Data }: { Data: string }) => Buffer.from(Data, 'base64').toString()));
          const accepted = answers.shift();
          const RequestResponses = accepted?.map((is) => (is ? { RecordId: 'id' } : { ErrorCode: 'Slow' }));
          const text = JSON.stringify(accepted ? { FailedPutCount: 1, RequestResponses } : {});
          return { response: { statusCode: accepted ? 200 : 503, headers: {}, body: Readable.from([text]) } };
        },
      },
    });
    return { firehose, sent };
  }

  it('sends only rejected records, in order, or all of them if the call failed', async () => {
    Object.assign(process.env, local.account().environment);
    const { firehose, sent } = firehoseThatAccepts([
      undefined,
      [true, false, true, false, false],
      undefined,
      [false, true, false],
      [true, true],
    ]);
    const deadline = startDeadline(() => 60_000, 0);
    const options = { deliveryStreamName: STREAM, maxCallsInFlight: 1, maxBatchRecords: 5, retryBaseMs: 0 };
    const sender = new Sender({ ...options, firehose, deadline });
    const ledger = new ObjectLedger();
    for (const [index, text] of ['a', 'b', 'c', 'd', 'e'].entries()) {
      sender.add({ ...record(1), data: Buffer.from(text), ranges: [ledger.enter(index)] });
    }
    await sender.finish();
    deadline.clear();
    expect(sent.map((call) => call.join(''))).toEqual(['abcde', 'abcde', 'bde', 'bde', 'be']);
    const { recordsAccepted, bytesAccepted, callsRetried, entriesRetried } = sender.counts;
    expect({ recordsAccepted, bytesAccepted, callsRetried, entriesRetried }).toEqual({
      recordsAccepted: 5,
      bytesAccepted: 5,
      callsRetried: 2,
      entriesRetried: 5,
    });
    expect({ delivered: ledger.delivered, outstanding: ledger.outstanding }).toEqual({
      delivered: 5,
      outstanding: 0,
    });
  });
});

describe('a call that fails permanently', () => {
  it('stops the retries of the other calls, and its error is kept', async () => {
    const errors = [
      Object.assign(new Error('Slow down.'), { name: 'ServiceUnavailableException' }),
      Object.assign(new Error('no'), { name: 'AccessDeniedException', $metadata: { httpStatusCode: 400 } }),
    ];
    let calls = 0;
    let wake: () => void = () => {};
    const sleep = () => new Promise<void>((resolve) => (wake = resolve));
    const firehose = { send: () => Promise.reject(errors[calls++]) } as unknown as FirehoseClient;
    const deadline = startDeadline(() => 60_000, 0);
    const options = { deliveryStreamName: STREAM, maxCallsInFlight: 2, maxBatchRecords: 1, retryBaseMs: 1 };
    const sender = new Sender({ ...options, firehose, deadline, clock: { ...systemClock, sleep } });
    sender.add(record(1));
    sender.add(record(1));
    const finished = sender.finish();
    await vi.waitUntil(() => sender.isClosed);
    wake();
    await finished;
    deadline.clear();
    expect(calls).toBe(2);
    expect(sender.error?.code).toBe('AccessDeniedException');
  });
});

describe('the window of calls', () => {
  const put = (count: number) => {
    const Records = Array.from({ length: count }, (_, n) => ({ n }));
    local.account().s3.putObject(BUCKET, 'a.json.gz', gzipSync(JSON.stringify({ Records })));
  };

  it('does not advance while its oldest call has no answer', async () => {
    const accepted = { RequestResponses: Array.from({ length: 10 }, () => ({ RecordId: 'accepted' })) };
    let calls = 0;
    let answerFirst: (output: unknown) => void = () => {};
    const first = new Promise((resolve) => {
      answerFirst = resolve;
    });
    const firehose = {
      send: () => (calls++ === 0 ? first : Promise.resolve(accepted)),
    } as unknown as FirehoseClient;
    const deadline = startDeadline(() => 60_000, 0);
    const options = { deliveryStreamName: STREAM, maxCallsInFlight: 4, maxBatchRecords: 10, retryBaseMs: 0 };
    const sender = new Sender({ ...options, firehose, deadline });
    for (let n = 0; n < 200; n++) sender.add(record(1));
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect({ calls, accepted: sender.counts.recordsAccepted, hasRoom: sender.hasRoom }).toEqual({
      calls: 4,
      accepted: 30,
      hasRoom: false,
    });

    answerFirst(accepted);
    await sender.finish();
    deadline.clear();
    expect({ calls, accepted: sender.counts.recordsAccepted, hasRoom: sender.hasRoom }).toEqual({
      calls: 20,
      accepted: 200,
      hasRoom: true,
    });
  });

  it('pauses reading while all its calls are in flight', async () => {
    let most = 0;
    let busy = 0;
    local.reset({
      firehose: () => {
        busy++;
        most = Math.max(most, busy);
        setTimeout(() => busy--, 20);
        return { kind: 'slow', delayMs: 20 };
      },
    });
    put(300);
    const { handler } = local.createHandler({
      PACKING: 'single',
      MAX_BATCH_RECORDS: '10',
      MAX_CALLS_IN_FLIGHT: '3',
    });
    await handler(s3Event('a.json.gz'), PLENTY_OF_TIME);
    expect(most).toBeGreaterThan(1);
    expect(most).toBeLessThanOrEqual(4);
    expect(unpackEvents(local.taken)).toHaveLength(300);
  });
});
