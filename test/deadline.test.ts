import { gzipSync } from 'node:zlib';
import { beforeEach, describe, expect, it } from 'vitest';
import { createRandom } from '../cli/corpus/random.ts';
import { QUEUE } from '../cli/local-account.ts';
import { PACKINGS } from '../lambda/contract.ts';
import { BUCKET, s3Event, unpackEvents, useLocalAccount } from './run-locally.ts';

const local = useLocalAccount();
beforeEach(() => local.reset());

const KEY = 'AWSLogs/111122223333/CloudTrail/eu-west-3/2026/11/22/a.json.gz';

function put(count: number, record = (n: number): unknown => ({ n })) {
  const Records = Array.from({ length: count }, (_, n) => record(n));
  local.account().s3.putObject(BUCKET, KEY, gzipSync(JSON.stringify({ Records })));
}

/** Time that passes: an invocation of so many milliseconds. */
function lasting(ms: number) {
  const endsAt = performance.now() + ms;
  return { getRemainingTimeInMillis: () => endsAt - performance.now() };
}

/** Time is over as soon as it has begun, but for the margin that is kept to hand on. */
function outOfTime() {
  let polls = 0;
  return { getRemainingTimeInMillis: () => (polls++ === 0 ? 60_000 : 5_000) };
}

const resumes = () =>
  local
    .account()
    .sqs.messages(QUEUE)
    .map(({ body }) => JSON.parse(body));
const numbers = () => unpackEvents(local.taken).map(({ message }) => JSON.parse(String(message)).n);
const range = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i);

describe('when time runs out', () => {
  it('in a body that trickles, reading stops, what was read is delivered, and the rest is handed on', async () => {
    put(200);
    local.reset({ s3: () => ({ kind: 'slowBody', pauseMs: 40, pieceBytes: 100 }) });
    put(200);
    const { handler, reports } = local.createHandler({ PACKING: 'single', DEADLINE_MARGIN_MS: '1000' });
    await handler(s3Event(KEY), lasting(400));
    expect(reports[0]).toMatchObject({ objectsDone: 0, itemsFailed: 0, resumes: 1, failed: 0 });
    expect(resumes()).toEqual([
      { bucket: BUCKET, key: KEY, nextRecord: reports[0]?.delivered, attempt: expect.any(Number) },
    ]);
    expect(numbers()).toEqual(range(0, reports[0]?.delivered ?? -1));
  });

  it('in a Firehose call that is never answered, the records in flight come again, and nothing else', async () => {
    let calls = 0;
    local.reset({ firehose: () => (calls++ === 1 ? { kind: 'slow', delayMs: 60_000 } : undefined) });
    put(9);
    const settings = {
      PACKING: 'single',
      MAX_BATCH_RECORDS: '3',
      MAX_CALLS_IN_FLIGHT: '1',
      DEADLINE_MARGIN_MS: '200',
    };
    const { handler, reports } = local.createHandler(settings);
    await handler(s3Event(KEY), lasting(500));
    expect(reports[0]).toMatchObject({ recordsRead: expect.any(Number), delivered: 3, resumes: 1 });
    expect(resumes()).toEqual([{ bucket: BUCKET, key: KEY, nextRecord: 3, attempt: 0 }]);

    const [resume] = resumes();
    await handler(
      { Records: [{ eventSource: 'aws:sqs', messageId: 'm', body: JSON.stringify(resume) }] },
      lasting(60_000),
    );
    expect(numbers()).toEqual([0, 1, 2, 3, 4, 5, 3, 4, 5, 6, 7, 8]);
  });

  it('before anything was read, the whole object is handed on as one attempt more', async () => {
    put(3);
    const { handler } = local.createHandler();
    expect(await handler(s3Event(KEY), outOfTime())).toBeUndefined();
    expect(resumes()).toEqual([{ bucket: BUCKET, key: KEY, nextRecord: 0, attempt: 1 }]);
  });

  it('attempts without progress are counted, and end as a failed item instead of circling', async () => {
    put(3);
    const { handler, reports } = local.createHandler({ MAX_ATTEMPTS_WITHOUT_PROGRESS: '4' });
    await local.account().deliver(handler, s3Event(KEY), () => outOfTime());
    expect(local.account().workQueue.deadLetters.map(({ body }) => JSON.parse(body))).toEqual([
      { bucket: BUCKET, key: KEY, nextRecord: 0, attempt: 4 },
    ]);
    // One direct invocation, three resumes, and three receives of the last one.
    expect(reports).toHaveLength(7);
  });

  it('progress sets the attempts back', async () => {
    put(40);
    let now = 0;
    const settings = { PACKING: 'single', MAX_BATCH_RECORDS: '5', MAX_CALLS_IN_FLIGHT: '1' };
    const { handler, reports } = local.createHandler(settings);
    // Each invocation has time for a little; the queue brings the rest until all is delivered.
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
    'an object too large for one invocation is delivered over several, each record once (%s)',
    async (packing) => {
      put(12_000, (n) => ({ n, noise: createRandom(n).base64(400) }));
      const { handler, reports } = local.createHandler({
        PACKING: packing,
        MAX_BATCH_RECORDS: packing === 'single' ? '100' : '1',
        MAX_CALLS_IN_FLIGHT: '2',
        DEADLINE_MARGIN_MS: '30000',
      });
      const bytesInTime = packing === 'gzip' ? 1_500_000 : 6_000_000;
      // Time passes by what the stream takes, as if it were as narrow as a real one.
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

  it('leaves no timer behind', async () => {
    put(1);
    const { handler } = local.createHandler();
    const timers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
    const before = timers();
    await handler(s3Event(KEY), lasting(900_000));
    expect(timers()).toBeLessThanOrEqual(before + 1);
  });
});

describe('what no retry can help', () => {
  it.each(['badRequest', 'notFound', 'accessDenied', 'tooLarge'] as const)(
    '%s is tried once',
    async (kind) => {
      local.reset({ firehose: () => ({ kind }) });
      put(3);
      const { handler, reports } = local.createHandler({ WORK_QUEUE_URL: '' });
      await expect(handler(s3Event(KEY), lasting(60_000))).rejects.toThrow(KEY);
      expect(reports[0]).toMatchObject({ firehoseCalls: 1, failed: 3, delivered: 0 });
    },
  );

  it.each(['throttle', 'serverError', 'resetBefore'] as const)(
    '%s is tried again until it goes well',
    async (kind) => {
      local.reset({ firehose: ({ sequence }) => (sequence < 4 ? { kind } : undefined) });
      put(3);
      const { handler, reports } = local.createHandler();
      await handler(s3Event(KEY), lasting(60_000));
      expect(reports[0]).toMatchObject({ firehoseCalls: 5, callsRetried: 4, delivered: 3 });
      expect(numbers()).toEqual([0, 1, 2]);
    },
  );

  it('a stream that stays shut is left while there is time to hand on, not hammered until the end', async () => {
    local.reset({ firehose: () => ({ kind: 'throttle' }) });
    put(3);
    const { handler, reports } = local.createHandler({ RETRY_BASE_MS: '20', DEADLINE_MARGIN_MS: '200' });
    await expect(handler(s3Event(KEY), lasting(600))).rejects.toThrow('ServiceUnavailableException');
    expect(reports[0]?.firehoseCalls).toBeLessThan(30);
    expect(reports[0]?.throttles).toBe(reports[0]?.firehoseCalls);
  });
});
