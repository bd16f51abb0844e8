import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { chooseStream } from '../../lambda/deliver/choose-stream.ts';
import type { FirehoseFault } from '../../local/faults.ts';
import { VirtualClock } from '../../local/virtual-clock.ts';
import { BUCKET, PLENTY_OF_TIME, s3Event, unpackEvents, useLocalAccount } from '../run-locally.ts';

const clock = new VirtualClock();
const local = useLocalAccount(clock);

const STREAMS = ['events-a', 'events-b', 'events-c'] as const;
const BAD = 'events-b';
const NAMES = { streams: STREAMS, queue: 'work', claimBucket: 'claims', receiptStream: 'receipts' };
/** Small records and calls, so that an object fills the window of its stream. */
const SETTINGS = {
  PACKING: 'single',
  MAX_BATCH_RECORDS: '2',
  DELIVERY_STREAM_NAME: STREAMS.join(),
};
const RECORDS = 12;

/** Three keys of each stream, those of the bad one first. */
const KEYS = [BAD, 'events-a', 'events-c'].flatMap((stream) =>
  Array.from({ length: 1_000 }, (_, i) => `AWSLogs/${i}.json.gz`)
    .filter((key) => chooseStream(STREAMS, { key }) === stream)
    .slice(0, 3),
);
const isBad = (key: string) => chooseStream(STREAMS, { key }) === BAD;

function putObjects(keys: string[], records = RECORDS): void {
  for (const key of keys) {
    const document = { Records: Array.from({ length: records }, (_, n) => ({ key, n })) };
    local.account().s3.putObject(BUCKET, key, gzipSync(JSON.stringify(document)));
  }
}

/** One message per object. */
function queueEvent(keys: string[]) {
  const Records = keys.map((key) => ({
    eventSource: 'aws:sqs',
    messageId: key,
    body: JSON.stringify(s3Event(key)),
  }));
  return { Records };
}

/** Backoffs of no time: only calls decide how long an invocation lasts. */
const SURROUNDINGS = { random: () => 0 };

/**
 * Makes one stream fail. Time runs out when the others have had time to end: after 20 calls to the failing stream since
 * the last record of the others. Or after 2,000, if these do not deliver.
 */
function failOne(fault: FirehoseFault, expected: number) {
  const failing = { isOn: true, calls: 0, last: 0 };
  const firehose = ({ stream }: { stream: string }) => {
    if (stream !== BAD || !failing.isOn) return undefined;
    failing.calls++;
    if (local.taken.length < expected) failing.last = failing.calls;
    return fault;
  };
  const isOver = () => failing.isOn && (failing.calls - failing.last > 20 || failing.calls > 2_000);
  const startContext = () => ({ getRemainingTimeInMillis: () => (isOver() ? 2_000 : 60_000) });
  return { failing, firehose, startContext };
}

/** Returns how often each record of each key was delivered, by stream. */
function countCopies(): Map<string, number> {
  const counts = new Map<string, number>();
  for (const [stream, records] of local.takenBy)
    for (const { message } of unpackEvents(records)) {
      const { key, n } = JSON.parse(String(message));
      const name = `${stream} ${key} ${n}`;
      counts.set(name, (counts.get(name) ?? 0) + 1);
    }
  return counts;
}

/** Each record once, in the stream of its object. */
function once(keys: string[], records = RECORDS): Map<string, number> {
  const names = keys.flatMap((key) =>
    Array.from({ length: records }, (_, n) => `${chooseStream(STREAMS, { key })} ${key} ${n}`),
  );
  return new Map(names.map((name) => [name, 1]));
}

const sorted = (counts: Map<string, number>) => [...counts].sort();

// Between attempts the SDK waits on the machine's clock.
beforeEach(() => {
  vi.stubEnv('AWS_MAX_ATTEMPTS', '1');
});
afterEach(() => {
  vi.unstubAllEnvs();
});

describe.each([
  ['throttles every call', { kind: 'throttle' }],
  ['throttles every record', { kind: 'partial', entries: () => true }],
  ['does not exist', { kind: 'notFound' }],
  ['is not allowed', { kind: 'accessDenied' }],
] as const)('if one of three streams %s', (_name, fault) => {
  it.each(['1', '4'])('the others deliver, and its objects follow later: %s at once', async (atOnce) => {
    const others = KEYS.filter((key) => !isBad(key));
    const { failing, firehose, startContext } = failOne(fault, others.length * RECORDS);
    local.reset({ firehose }, NAMES);
    putObjects(KEYS);
    const settings = { ...SETTINGS, MAX_OBJECTS_IN_FLIGHT: atOnce };
    const { handler, reports } = local.createHandler(settings, SURROUNDINGS);
    const answer = await handler(queueEvent(KEYS), startContext());
    // Every message is acknowledged, so none uses up a receive.
    expect(answer).toEqual({ batchItemFailures: [] });
    expect(sorted(countCopies())).toEqual(sorted(once(others)));
    expect(reports).toMatchObject([{ objectsDone: 6, resumes: 3, itemsFailed: 0, unbalanced: 0 }]);
    expect(reports[0]?.errors).toMatchObject([
      { stream: BAD, error: expect.stringMatching(/^Firehose PutRecordBatch: /) },
      ...KEYS.filter(isBad).map((key) => ({ object: `s3://${BUCKET}/${key}`, messageId: key })),
    ]);
    const { workQueue, collectResumes, deliver } = local.account();
    collectResumes();
    expect(workQueue.nextVisibleAt).toBeGreaterThanOrEqual(clock.now() + 15_000);

    failing.isOn = false;
    await deliver(handler, { Records: [] }, startContext);
    expect(sorted(countCopies())).toEqual(sorted(once(KEYS)));
    expect(workQueue).toMatchObject({ isEmpty: true, deadLetters: [], redeliveries: 0 });
  });
});

describe('several streams', () => {
  it('have receipts that name the stream of each object', async () => {
    local.reset({}, NAMES);
    putObjects(KEYS);
    const { handler, reports } = local.createHandler(SETTINGS);
    await handler(queueEvent(KEYS), PLENTY_OF_TIME);
    const receipts = local.receipts.flatMap((record) =>
      record
        .toString()
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line)),
    );
    expect(receipts.map(({ object, stream, done }) => [object, stream, done]).sort()).toEqual(
      KEYS.map((key) => [`s3://${BUCKET}/${key}`, chooseStream(STREAMS, { key }), true]).sort(),
    );
    expect(reports[0]).toMatchObject({
      delivered: KEYS.length * RECORDS,
      firehoseRecords: KEYS.length * RECORDS,
      firehoseCalls: local.account().firehose.counts.calls - 1,
      errors: [],
    });
  });

  it('each have a rate of their own', async () => {
    const [a = '', b = ''] = ['events-a', 'events-c'].map((stream) =>
      KEYS.find((key) => chooseStream(STREAMS, { key }) === stream),
    );
    const secondsOf = async (...keys: string[]) => {
      local.reset({}, NAMES);
      putObjects(keys, 1_000);
      const { handler } = local.createHandler({
        ...{ PACKING: 'lines', MAX_BYTES_PER_SECOND: '65536', MAX_EVENTS_PER_RECORD: '50' },
        DELIVERY_STREAM_NAME: STREAMS.join(),
      });
      const startedAt = clock.now();
      await handler(queueEvent(keys), PLENTY_OF_TIME);
      expect(sorted(countCopies())).toEqual(sorted(once(keys, 1_000)));
      return (clock.now() - startedAt) / 1_000;
    };
    const one = await secondsOf(a);
    expect(one).toBeGreaterThan(1.5);
    expect(await secondsOf(a, b)).toBeLessThan(1.2 * one);
  });
});
