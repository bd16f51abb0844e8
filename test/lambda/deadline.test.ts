import { gzipSync } from 'node:zlib';
import { beforeEach, describe, expect, it } from 'vitest';
import { PACKINGS } from '../../lambda/contract.ts';
import { startDeadline } from '../../lambda/deadline.ts';
import { QUEUE } from '../../local/account.ts';
import { VirtualClock } from '../../local/virtual-clock.ts';
import { createRandom } from '../../samples/random.ts';
import { BUCKET, s3Event, unpackEvents, useLocalAccount } from '../run-locally.ts';

const clock = new VirtualClock();
const local = useLocalAccount(clock);
beforeEach(() => local.reset());

const KEY = 'AWSLogs/111122223333/CloudTrail/eu-west-3/2026/11/22/a.json.gz';

function put(count: number, record = (n: number): unknown => ({ n })) {
  const Records = Array.from({ length: count }, (_, n) => record(n));
  local.account().s3.putObject(BUCKET, KEY, gzipSync(JSON.stringify({ Records })));
}

/** The context of an invocation with `ms` milliseconds left on the virtual clock. */
function lasting(ms: number) {
  const endsAt = clock.now() + ms;
  return { getRemainingTimeInMillis: () => endsAt - clock.now() };
}

/** The context of an invocation with only the margin left. */
function outOfTime() {
  let polls = 0;
  return { getRemainingTimeInMillis: () => (polls++ === 0 ? 60_000 : 5_000) };
}

const resumes = () =>
  local
    .account()
    .sqs.messages(QUEUE)
    .map(({ body }) => JSON.parse(body));
const queued = (body: unknown) => ({
  Records: [{ eventSource: 'aws:sqs', messageId: 'm', body: JSON.stringify(body) }],
});
const numbers = () => unpackEvents(local.taken).map(({ message }) => JSON.parse(String(message)).n);
const range = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i);

describe('startDeadline', () => {
  it.each([
    ['keeps the margin', 60_000, 10_000, 50_000],
    ['keeps half of the time if the margin is longer', 12_000, 10_000, 6_000],
  ])('%s', (_, totalMs, marginMs, untilMs) => {
    const { getRemainingTimeInMillis } = lasting(totalMs);
    const deadline = startDeadline(getRemainingTimeInMillis, marginMs, clock);
    const margin = totalMs - untilMs;
    clock.skip(untilMs - 1);
    expect([deadline.isNear(), deadline.signal.aborted]).toEqual([false, false]);
    clock.skip(1);
    expect([deadline.isNear(), deadline.signal.aborted]).toEqual([true, true]);
    expect(deadline.sendingMs()).toBe(margin - margin / 4);
    expect(deadline.requeueMs()).toBe(margin - margin / 20);
    deadline.clear();
  });
});

describe('when time runs out', () => {
  it('stops reading a slow body, delivers what was read and requeues the rest', async () => {
    local.reset({
      s3: () => ({ kind: 'slowBody', pauseMs: 1, pieceBytes: 100 }),
      // Each call takes a second.
      firehose: () => void clock.skip(1_000),
    });
    put(3_000, (n) => ({ n, noise: createRandom(n).base64(40) }));
    const { handler, reports } = local.createHandler({ PACKING: 'single', MAX_BATCH_RECORDS: '2' });
    await handler(s3Event(KEY), lasting(20_000));
    expect(reports[0]).toMatchObject({ objectsDone: 0, itemsFailed: 0, resumes: 1, failed: 0 });
    const { nextRecord } = resumes()[0];
    expect(nextRecord).toBe(reports[0]?.delivered);
    expect(nextRecord).toBeLessThan(3_000);
    expect(numbers().sort((a, b) => a - b)).toEqual(range(0, nextRecord));
  });

  it('resends only the records of a Firehose call that was never answered', async () => {
    let calls = 0;
    local.reset({
      firehose: () => (calls++ === 1 ? { kind: 'hang', whileHanging: clock.passUntil } : undefined),
    });
    put(9);
    const settings = { PACKING: 'single', MAX_BATCH_RECORDS: '3', MAX_CALLS_IN_FLIGHT: '1' };
    const { handler, reports } = local.createHandler(settings);
    await handler(s3Event(KEY), lasting(20_000));
    expect(reports[0]).toMatchObject({ delivered: 3, resumes: 1 });
    expect(reports[0]?.errors[0]?.error).toMatch(
      /^Firehose PutRecordBatch: TimeoutError: no answer within \d+ ms$/,
    );
    expect(resumes()).toMatchObject([{ bucket: BUCKET, key: KEY, nextRecord: 3, attempt: 0 }]);

    await handler(queued(resumes()[0]), lasting(60_000));
    expect(numbers()).toEqual([0, 1, 2, 3, 4, 5, 3, 4, 5, 6, 7, 8]);
  });

  it('requeues an unread object and increments its attempt', async () => {
    put(3);
    const { handler } = local.createHandler();
    expect(await handler(s3Event(KEY), outOfTime())).toBeUndefined();
    expect(resumes()).toMatchObject([{ bucket: BUCKET, key: KEY, nextRecord: 0, attempt: 1 }]);
  });

  it('fails an object after the limit of attempts without progress', async () => {
    put(3);
    const { handler, reports } = local.createHandler({ MAX_ATTEMPTS_WITHOUT_PROGRESS: '4' });
    await local.account().deliver(handler, s3Event(KEY), () => outOfTime());
    expect(local.account().workQueue.deadLetters.map(({ body }) => JSON.parse(body))).toMatchObject([
      { bucket: BUCKET, key: KEY, nextRecord: 0, attempt: 4 },
    ]);
    // One direct invocation, three resumes, and five receives of the last one.
    expect(reports).toHaveLength(9);
  });

  it('resets the attempts on progress', async () => {
    put(40);
    let now = 0;
    const settings = { PACKING: 'single', MAX_BATCH_RECORDS: '5', MAX_CALLS_IN_FLIGHT: '1' };
    const { handler, reports } = local.createHandler(settings);
    // Each invocation delivers a few records and requeues the rest.
    await local.account().deliver(handler, s3Event(KEY), () => {
      let polls = 0;
      const budget = now++ % 2 === 0 ? 1 : 8;
      return { getRemainingTimeInMillis: () => (polls++ < budget ? 60_000 : 5_000) };
    });
    expect(new Set(numbers())).toEqual(new Set(range(0, 40)));
    expect(local.account().workQueue.deadLetters).toEqual([]);
    expect(reports.length).toBeGreaterThan(4);
  });

  it.each(PACKINGS)(
    'delivers an object too large for one invocation over several, each record once (%s)',
    async (packing) => {
      put(12_000, (n) => ({ n, noise: createRandom(n).base64(400) }));
      const { handler, reports } = local.createHandler({
        PACKING: packing,
        MAX_BATCH_RECORDS: packing === 'single' ? '100' : '1',
        MAX_CALLS_IN_FLIGHT: '2',
        DEADLINE_MARGIN_MS: '30000',
      });
      const bytesInTime = packing === 'gzip' ? 1_500_000 : 6_000_000;
      // Time passes with the bytes sent, to simulate the throughput of a real stream.
      await local.account().deliver(handler, s3Event(KEY), () => {
        const before = local.account().firehose.counts.bytes;
        return {
          getRemainingTimeInMillis: () =>
            Math.max(5_000, 60_000 * (1 - (local.account().firehose.counts.bytes - before) / bytesInTime)),
        };
      });
      expect(numbers().sort((a, b) => a - b)).toEqual(range(0, 12_000));
      expect(reports.length).toBeGreaterThan(1);
      expect(reports.reduce((sum, { delivered }) => sum + delivered, 0)).toBe(12_000);
    },
  );

  it('leaves no timer running', async () => {
    put(1);
    const { handler } = local.createHandler();
    await handler(s3Event(KEY), lasting(900_000));
    expect(clock.timers).toBe(0);
  });
});

describe('an error of Firehose', () => {
  it.each(['badRequest', 'notFound', 'accessDenied', 'tooLarge'] as const)(
    '%s is not retried within the invocation',
    async (kind) => {
      local.reset({ firehose: () => ({ kind }) });
      put(3);
      const { handler, reports } = local.createHandler({ WORK_QUEUE_URL: '' });
      await expect(handler(s3Event(KEY), lasting(60_000))).rejects.toThrow(KEY);
      expect(reports[0]).toMatchObject({ firehoseCalls: 1, failed: 3, delivered: 0 });
    },
  );

  it.each(['throttle', 'serverError', 'resetBefore'] as const)(
    '%s is retried until it ends',
    async (kind) => {
      local.reset({ firehose: ({ sequence }) => (sequence < 4 ? { kind } : undefined) });
      put(3);
      const { handler, reports } = local.createHandler();
      await handler(s3Event(KEY), lasting(60_000));
      expect(reports[0]).toMatchObject({ firehoseCalls: 5, callsRetried: 4, delivered: 3 });
      expect(numbers()).toEqual([0, 1, 2]);
    },
  );

  it('is retried with a growing, capped wait and jitter, until the time for sending runs out', async () => {
    const callsAt: number[] = [];
    local.reset({
      firehose: () => {
        callsAt.push(clock.now());
        return { kind: 'throttle' };
      },
    });
    put(3);
    // Full jitter at its longest.
    const { handler, reports } = local.createHandler({ RETRY_BASE_MS: '1000' }, { random: () => 1 });
    const startedAt = clock.now();
    await handler(s3Event(KEY), lasting(60_000));
    const waits = callsAt.slice(1).map((at, i) => at - (callsAt[i] ?? 0));
    expect(waits).toEqual([1_000, 2_000, 4_000, 8_000, 10_000, 10_000, 10_000, 10_000]);
    // 2.5 s of the margin of 10 s are for the resume message and the report.
    expect(clock.now() - startedAt).toBeLessThanOrEqual(57_500);
    expect(reports[0]).toMatchObject({ throttles: 9, firehoseCalls: 9, itemsFailed: 0, resumes: 1 });

    callsAt.length = 0;
    const half = local.createHandler({ RETRY_BASE_MS: '1000' }, { random: () => 0.5 });
    await half.handler(s3Event(KEY), lasting(60_000));
    expect((callsAt[1] ?? 0) - (callsAt[0] ?? 0)).toBe(500);
  });

  it('includes a call without an answer for 30 s', async () => {
    const callsAt: number[] = [];
    local.reset({
      firehose: ({ sequence }) => {
        callsAt.push(clock.now());
        if (sequence > 0) return undefined;
        return { kind: 'hang', whileHanging: clock.passUntil, entries: () => true };
      },
    });
    put(3);
    const { handler, reports } = local.createHandler({}, { random: () => 0 });
    await handler(s3Event(KEY), lasting(300_000));
    expect((callsAt[1] ?? 0) - (callsAt[0] ?? 0)).toBe(30_000);
    expect(reports[0]).toMatchObject({ delivered: 3, firehoseCalls: 2, objectsDone: 1 });
  });
});
