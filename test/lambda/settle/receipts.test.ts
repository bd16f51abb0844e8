import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { Coverage } from '../../../digest/coverage.ts';
import { parseReceipt } from '../../../digest/receipt.ts';
import type { FirehoseFaultHook, S3FaultHook } from '../../../local/faults.ts';
import { VirtualClock } from '../../../local/virtual-clock.ts';
import { createRandom } from '../../../samples/random.ts';
import { BUCKET, PLENTY_OF_TIME, s3Event, useLocalAccount } from '../../run-locally.ts';

const clock = new VirtualClock();
const local = useLocalAccount(clock);
const NAMES = { streams: ['events'], queue: 'work', claimBucket: 'claims', receiptStream: 'receipts' };

function put(key: string, records: unknown[], text = JSON.stringify({ Records: records })) {
  const stored = gzipSync(text);
  local.account().s3.putObject(BUCKET, key, stored);
  return { bytes: stored.length, etag: createHash('md5').update(stored).digest('hex') };
}

function receipts(): Record<string, unknown>[] {
  const lines = local.receipts.flatMap((record) => record.toString().split('\n').slice(0, -1));
  return lines.map((line) => JSON.parse(line));
}

function coverage(): Coverage {
  const sum = new Coverage();
  for (const receipt of receipts()) sum.add(parseReceipt(JSON.stringify(receipt)) ?? expect.fail());
  return sum;
}

const records = (count: number) => Array.from({ length: count }, (_, n) => ({ eventName: `E${n}` }));

describe('a receipt', () => {
  it('tells what an invocation did with an object', async () => {
    local.reset({}, NAMES);
    const huge = `{"eventName":"Huge","eventSource":"s","requestParameters":{"a":"${'x'.repeat(1_100_000)}"}}`;
    const text = `{"Records":[{"eventName":"A"},{broken},${huge},{"eventSource":"kms","eventName":"Skip"}]}`;
    const { bytes, etag } = put('a.json.gz', [], text);
    const { handler } = local.createHandler({ EXCLUDE_EVENTS: 'kms:Skip' });
    await handler(s3Event('a.json.gz'), PLENTY_OF_TIME);
    expect(receipts()).toEqual([
      {
        at: new Date(clock.now()).toISOString(),
        object: `s3://${BUCKET}/a.json.gz`,
        versionId: null,
        ...{ etag, bytes, from: 0, records: 4, delivered: 3, filtered: 1, malformed: 1, truncated: 1 },
        filteredByRule: { excludeEvents: 1 },
        ...{ covered: '0-3', total: 4, done: true, unknown: false, stream: 'events' },
      },
    ]);
  });

  it('of an empty object covers nothing and is complete', async () => {
    local.reset({}, NAMES);
    const { etag } = put('a.json.gz', []);
    await local.createHandler().handler(s3Event('a.json.gz'), PLENTY_OF_TIME);
    expect(receipts()).toMatchObject([{ records: 0, covered: '', total: 0, done: true }]);
    expect(coverage().judge(`s3://${BUCKET}/a.json.gz`, etag)).toEqual({ state: 'received' });
  });

  it('of several objects shares one Firehose record', async () => {
    local.reset({}, NAMES);
    const keys = Array.from({ length: 120 }, (_, n) => `${n}.json.gz`);
    for (const key of keys) put(key, records(1));
    await local.createHandler().handler(s3Event(...keys), PLENTY_OF_TIME);
    expect(receipts().map(({ object }) => object)).toEqual(keys.map((key) => `s3://${BUCKET}/${key}`));
    expect(local.receipts).toHaveLength(1);
  });

  it('is not put without objects, or without a stream', async () => {
    const streams: string[] = [];
    const note: FirehoseFaultHook = ({ stream }) => {
      streams.push(stream);
      return undefined;
    };
    local.reset({ firehose: note }, NAMES);
    await local.createHandler().handler({ Records: [] }, PLENTY_OF_TIME);
    expect(streams).toEqual([]);
    put('a.json.gz', records(1));
    await local.createHandler({ RECEIPT_STREAM_NAME: '' }).handler(s3Event('a.json.gz'), PLENTY_OF_TIME);
    expect(streams).toEqual(['events']);
  });

  it('names the version and the members of an unrecognized document', async () => {
    local.reset({}, NAMES);
    local
      .account()
      .s3.putObject(BUCKET, 'a.json.gz', gzipSync('{"Records":[{}]}{"other":1}'), { versionId: 'v1' });
    const event = s3Event('a.json.gz');
    Object.assign(event.Records[0]?.s3.object ?? {}, { versionId: 'v1' });
    await local.createHandler().handler(event, PLENTY_OF_TIME);
    expect(receipts()).toMatchObject([{ versionId: 'v1', unknown: true, done: true }]);
    const [{ etag } = {}] = receipts();
    expect(coverage().judge(`s3://${BUCKET}/a.json.gz`, String(etag)).reason).toMatch(/unrecognized form/);
  });
});

describe('receipts of an object that takes several invocations', () => {
  it('add up to all its records', async () => {
    let calls = 0;
    const rejectSome: FirehoseFaultHook = ({ stream }) =>
      stream === 'events' && calls++ < 6 ? { kind: 'partial', entries: (i) => i % 3 === 1 } : undefined;
    local.reset({ firehose: rejectSome }, NAMES);
    const { etag } = put('a.json.gz', records(20));
    const settings = { PACKING: 'single', MAX_BATCH_RECORDS: '5', RETRY_BASE_MS: '60000' };
    const { handler } = local.createHandler(settings, { random: () => 0.999 });
    // Too little time for a retry.
    const short = { getRemainingTimeInMillis: () => 8_000 };
    await local.account().deliver(handler, s3Event('a.json.gz'), () => short);
    const all = receipts();
    expect(all[0]).toMatchObject({ from: 0, done: false, covered: expect.stringMatching(/^0,2-3,5,7-8,/) });
    expect(all[1]).toMatchObject({ from: 1 });
    expect(all.at(-1)).toMatchObject({ done: true, total: 20 });
    const sum = coverage();
    expect(sum.judge(`s3://${BUCKET}/a.json.gz`, etag)).toEqual({ state: 'received' });
    expect(sum.judge(`s3://${BUCKET}/a.json.gz`, 'other').state).toBe('incomplete');
    expect(sum.judge(`s3://${BUCKET}/b.json.gz`, etag).state).toBe('no receipt');
  });

  it('claim nothing of bytes that were corrupted in transit', async () => {
    let isFirst = true;
    const corruptOnce: S3FaultHook = () => {
      const fault = isFirst ? ({ kind: 'wrongChecksum' } as const) : undefined;
      isFirst = false;
      return fault;
    };
    local.reset({ s3: corruptOnce }, NAMES);
    const random = createRandom(1);
    const noisy = Array.from({ length: 200 }, () => ({ eventName: random.base64(3_000) }));
    const { etag } = put('a.json.gz', noisy);
    const { handler } = local.createHandler();
    await local.account().deliver(handler, s3Event('a.json.gz'), () => PLENTY_OF_TIME);
    const [first, second] = receipts();
    expect(first).toMatchObject({ covered: '', total: null, done: false });
    expect(first?.delivered).toBeGreaterThan(0);
    expect(second).toMatchObject({ from: 0, covered: '0-199', done: true, etag });
  });
});

describe('a receipt that cannot be put', () => {
  it('does not fail the item, and is reported', async () => {
    const refuse: FirehoseFaultHook = ({ stream }) =>
      stream === 'receipts' ? { kind: 'serverError' } : undefined;
    local.reset({ firehose: refuse }, NAMES);
    put('a.json.gz', records(1));
    const { handler, reports } = local.createHandler();
    const before = clock.now();
    await handler(s3Event('a.json.gz'), PLENTY_OF_TIME);
    expect(clock.now() - before).toBeLessThanOrEqual(5_000);
    expect(reports).toMatchObject([
      {
        delivered: 1,
        itemsFailed: 0,
        receiptsLost: 1,
        errors: [{ error: expect.stringMatching(/^cannot put receipts: Firehose PutRecordBatch: /) }],
      },
    ]);
  });

  it('is put before the rest is requeued', async () => {
    const order: string[] = [];
    let calls = 0;
    local.reset(
      {
        firehose: ({ stream }) => {
          order.push(stream);
          return stream === 'events' && calls++ > 0 ? { kind: 'badRequest' } : undefined;
        },
        sqs: ({ operation }) => {
          order.push(operation);
          return undefined;
        },
      },
      NAMES,
    );
    put('a.json.gz', records(4));
    const { handler } = local.createHandler({
      PACKING: 'single',
      MAX_BATCH_RECORDS: '2',
      MAX_CALLS_IN_FLIGHT: '1',
    });
    await handler(s3Event('a.json.gz'), PLENTY_OF_TIME);
    expect(order).toEqual(['events', 'events', 'receipts', 'SendMessage']);
  });
});
