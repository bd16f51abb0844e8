import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ObjectLedger } from '../../lambda/deliver/ledger.ts';
import { BILLED_STEP_BYTES } from '../../lambda/deliver/limits.ts';
import { parseEvent } from '../../lambda/trigger/parse-event.ts';
import { parseNotification } from '../../lambda/trigger/parse-notification.ts';
import { remainingOf, toRemaining, toResumePoint } from '../../lambda/trigger/remaining-records.ts';
import { formatResumes } from '../../lambda/trigger/resume-message.ts';
import { VirtualClock } from '../../local/virtual-clock.ts';
import { BUCKET, PLENTY_OF_TIME, s3Event, unpackEvents, useLocalAccount } from '../run-locally.ts';

const clock = new VirtualClock();
const local = useLocalAccount(clock);

const ref = {
  bucket: 'b',
  key: 'k.json.gz',
  etag: '"e"',
  attempt: 2,
  refusals: 1,
  refusedSince: 5,
  firstSeen: 4,
};

describe('a resume message', () => {
  it('is parsed to the values that were formatted', () => {
    const point = {
      nextRecord: 3,
      ranges: [
        [3, 4],
        [9, 9],
      ] as const,
      nextUnread: 20,
    };
    const claim = { parent: 'p', handOver: 'h' };
    const one = { ...ref, ...point };
    const [single = '', ...more] = formatResumes([one], 77, claim);
    expect(more).toEqual([]);
    expect(parseNotification(single)).toEqual({ refs: [one], skipped: expect.anything(), claim, sentAt: 77 });
    const [several = ''] = formatResumes([one, { ...ref, nextRecord: 0 }], 77, claim);
    expect(parseNotification(several)).toMatchObject({
      refs: [one, { ...ref, nextRecord: 0 }],
      claim,
      sentAt: 77,
    });
  });

  it('of an earlier version can still be parsed', () => {
    const old = { bucket: 'b', key: 'k.json.gz', versionId: 'v', nextRecord: 7, attempt: 1 };
    expect(parseNotification(old).refs).toEqual([old]);
    expect(parseNotification({ resume: [old, old] }).refs).toEqual([old, old]);
    const sent = {
      eventSource: 'aws:sqs',
      messageId: 'm',
      body: JSON.stringify(old),
      attributes: { SentTimestamp: '99' },
    };
    const { items } = parseEvent({ Records: [sent] });
    expect(items[0]?.notification?.refs[0]).toMatchObject({ firstSeen: 99 });
    const newer = { ...sent, body: JSON.stringify({ ...old, firstSeen: 7 }) };
    expect(parseEvent({ Records: [newer] }).items[0]?.notification?.refs[0]).toMatchObject({ firstSeen: 7 });
  });

  it('works in an earlier version, which skips no record', () => {
    const [body = ''] = formatResumes(
      [{ ...ref, nextRecord: 3, ranges: [[3, 4]], nextUnread: 20 }],
      1,
      undefined,
    );
    // The earlier version read these members and started at nextRecord.
    const { bucket, key, nextRecord, attempt } = JSON.parse(body);
    expect({ bucket, key, nextRecord, attempt }).toEqual({
      bucket: 'b',
      key: 'k.json.gz',
      nextRecord: 3,
      attempt: 2,
    });
  });

  it.each([
    { ranges: [[3, 4]] },
    { ranges: [[3, 4]], nextUnread: 4 },
    { ranges: [[4, 3]], nextUnread: 9 },
    {
      ranges: [
        [3, 5],
        [5, 6],
      ],
      nextUnread: 9,
    },
    { ranges: [[4, 5]], nextUnread: 9 },
    { ranges: [[3]], nextUnread: 9 },
    { ranges: [], nextUnread: 9 },
    { ranges: 'all', nextUnread: 9 },
    { ranges: [[3, 4.5]], nextUnread: 9 },
  ])('is rejected if its numbers are inconsistent: %j', (numbers) => {
    const message = { bucket: 'b', key: 'k.json.gz', nextRecord: 3, attempt: 0, ...numbers };
    expect(() => parseNotification(message)).toThrow('a resume message with missing or invalid numbers');
  });

  it('that needs a second one has no claim, because a claim must cover all objects', () => {
    const refs = Array.from({ length: 30 }, (_, i) => ({
      ...ref,
      key: `${'k'.repeat(900)}${i}.json`,
      nextRecord: 0,
    }));
    const bodies = formatResumes(Array(40).fill(refs).flat(), 1, { parent: 'p', handOver: 'h' });
    expect(bodies).toHaveLength(2);
    for (const body of bodies) {
      expect(Buffer.byteLength(body)).toBeLessThanOrEqual(1_048_576);
      expect(parseNotification(body).claim).toBeUndefined();
    }
    expect(bodies.flatMap((body) => JSON.parse(body).resume)).toHaveLength(1_200);
  });

  it('is filled to its limit before the next one starts', () => {
    const refs = Array.from({ length: 3_500 }, () => ({ ...ref, key: 'k'.repeat(900), nextRecord: 0 }));
    const bodies = formatResumes(refs, 1, undefined);
    const bytesOfOne = JSON.stringify(refs[0]).length + 1;
    const perMessage = Math.floor(1_000_000 / bytesOfOne);
    expect(bodies.map((body) => JSON.parse(body).resume.length)).toEqual([
      perMessage,
      perMessage,
      perMessage,
      3_500 - 3 * perMessage,
    ]);
  });
});

describe('the remaining records', () => {
  it('are the unacknowledged ones, over several invocations', () => {
    let holes = 0;
    fc.assert(
      fc.property(fc.infiniteStream(fc.tuple(fc.boolean(), fc.nat(9))), fc.nat(40), (draws, total) => {
        const acknowledged = new Set<number>();
        const next = () => draws.next().value as [boolean, number];
        let remaining = { ranges: [] as readonly (readonly [number, number])[], nextUnread: 0 };
        for (let invocation = 0; invocation < 5; invocation++) {
          const ledger = new ObjectLedger(remainingOf(toResumePoint(remaining)));
          const stopAt = next()[1] * 5;
          let range: ReturnType<typeof ledger.enter> | undefined;
          for (let n = toResumePoint(remaining).nextRecord; n < Math.min(total, stopAt); n++) {
            expect(ledger.wants(n)).toBe(!acknowledged.has(n));
            if (acknowledged.has(n)) continue;
            range = ledger.enter(n, next()[0] ? range : undefined);
            const { first, last } = range;
            if (!next()[0]) continue;
            ledger.acknowledge(range);
            range = undefined;
            for (let i = first; i <= last; i++) acknowledged.add(i);
          }
          remaining = ledger.remaining;
          if (remaining.ranges.length > 0) holes++;
          for (let n = 0; n < total; n++) {
            const isLeft =
              n >= remaining.nextUnread || remaining.ranges.some(([first, last]) => first <= n && n <= last);
            expect(isLeft, `record ${n}`).toBe(!acknowledged.has(n));
          }
        }
      }),
      { numRuns: 200, seed: 10 },
    );
    expect(holes).toBeGreaterThan(100);
  });

  it('merge into 1,000 ranges at most: some records repeat, none is lost', () => {
    const ranges = Array.from({ length: 3_000 }, (_, i): [number, number] => [2 * i, 2 * i]);
    const remaining = toRemaining(ranges, 9_000);
    expect(remaining.ranges).toHaveLength(1_000);
    expect(remaining.ranges.at(-1)).toEqual([1_998, 5_998]);
  });
});

describe('a resume message that asks for more than its object has', () => {
  it.each([
    [{ nextRecord: 4 }, 4, 0],
    [{ nextRecord: 1, ranges: [[1, 1]], nextUnread: 9 }, 9, 1],
  ])('%j of 3 records: fails with both numbers', async (point, reached, delivered) => {
    local.reset();
    local.account().s3.putObject(BUCKET, 'a.json.gz', gzipSync('{"Records":[{},{},{}]}'));
    const { handler, reports } = local.createHandler();
    const body = JSON.stringify({ bucket: BUCKET, key: 'a.json.gz', attempt: 0, ...point });
    const message = { eventSource: 'aws:sqs', messageId: 'm', body };
    // A delivered record is progress, so the object is requeued without it and fails on the next attempt.
    await local.account().deliver(handler, { Records: [message] }, () => PLENTY_OF_TIME);
    expect(reports[0]?.errors[0]?.error).toBe(`Error: expected to process 3 records, got to ${reached}`);
    expect(local.account().workQueue.deadLetters).toHaveLength(1);
    expect(unpackEvents(local.taken)).toHaveLength(delivered);
  });
});

describe('an object limited to 10 records', () => {
  it.each([
    [10, undefined],
    [11, 'LogObjectError: too-many-records at byte '],
  ])('with %i records: %s', async (count, expected) => {
    local.reset();
    const Records = Array.from({ length: count }, (_, n) => ({ n }));
    local.account().s3.putObject(BUCKET, 'a.json.gz', gzipSync(JSON.stringify({ Records })));
    const { handler, reports } = local.createHandler({ MAX_RECORDS_PER_OBJECT: '10' });
    await local.account().deliver(handler, s3Event('a.json.gz'), () => PLENTY_OF_TIME);
    expect(new Set(unpackEvents(local.taken).map(({ message }) => message)).size).toBe(10);
    expect(reports.every(({ resumes }) => resumes === 0)).toBe(true);
    expect(local.account().workQueue.deadLetters).toHaveLength(expected === undefined ? 0 : 1);
    if (expected !== undefined) expect(reports[0]?.errors[0]?.error).toContain(expected);
  });
});

describe('the report of an invocation with all outcomes', () => {
  it('has exactly these numbers', async () => {
    local.reset({
      firehose: ({ sequence }) => {
        if (sequence === 0) return { kind: 'partial', entries: [1] };
        return sequence === 1 ? { kind: 'throttle' } : undefined;
      },
    });
    const { s3, firehose } = local.account();
    const inFolder = (folder: string, name: string) => `AWSLogs/111122223333/${folder}/${name}`;
    const A = inFolder('CloudTrail', 'a.json.gz');
    const B = inFolder('CloudTrail', 'b.json');
    const C = inFolder('CloudTrail', 'c.json.gz');
    const eventTime = new Date(clock.now() - 90_000).toISOString();
    const text = `{"Records":[{"eventTime":"${eventTime}"},7,{"eventSource":"x.amazonaws.com","eventName":"Skip"},{"a":"${'x'.repeat(2_000_000)}"}]}`;
    s3.putObject(BUCKET, A, gzipSync(text));
    s3.putObject(BUCKET, B, Buffer.from('{"other":1}'));
    s3.putObject(BUCKET, C, gzipSync('{"Records":[{"n":1}]}').subarray(0, -8));
    const { handler, reports } = local.createHandler(
      {
        PACKING: 'single',
        EXCLUDE_EVENTS: 'x.amazonaws.com:Skip',
        MAX_OBJECTS_IN_FLIGHT: '1',
        MAX_CALLS_IN_FLIGHT: '1',
        TRAIL_ROOT: 'AWSLogs/',
        KINDS: 'log',
      },
      { random: () => 0 },
    );
    const many = (count: number, name: string) =>
      Array.from({ length: count }, (_, i) => `${name}${i}.json.gz`);
    const created = s3Event(
      A,
      B,
      C,
      inFolder('CloudTrail-Digest', 'd.json.gz'),
      'e.txt',
      'f.txt',
      ...many(6, inFolder('CloudTrail-Insight', 'g')),
      ...many(7, 'elsewhere'),
    );
    const removed = { Records: [{ eventSource: 'aws:s3', eventName: 'ObjectRemoved:Delete' }] };
    const test = { Event: 's3:TestEvent' };
    const empty = { Records: [] };
    // A different number of each kind, to detect mixed-up counts.
    const bodies = [
      created,
      ...Array(3).fill(removed),
      ...Array(4).fill(test),
      ...Array(5).fill(empty),
      'no',
    ];
    const firstSeen = clock.now() - 60_000;
    const attributes = { ApproximateReceiveCount: '1', SentTimestamp: String(firstSeen) };
    await handler(
      {
        Records: bodies.map((body, i) => ({
          eventSource: 'aws:sqs',
          messageId: `m${i}`,
          attributes,
          body: typeof body === 'string' ? body : JSON.stringify(body),
        })),
      },
      PLENTY_OF_TIME,
    );
    const lines = local.taken.map((data) => data.length);
    expect(reports).toEqual([
      {
        objects: 3,
        objectsDone: 1,
        unknownKinds: 0,
        withoutRecords: 1,
        skippedDigests: 1,
        skippedOthers: 2,
        skippedKinds: 6,
        skippedOutside: 7,
        skippedNotCreated: 3,
        skippedTestEvents: 4,
        skippedEmpty: 5,
        recordsRead: 5,
        delivered: 4,
        filtered: 1,
        filteredByRule: { excludeEvents: 1 },
        failed: 0,
        leftForResume: 0,
        unbalanced: 0,
        malformed: 1,
        truncated: 1,
        inflatedBytes: text.length + '{"other":1}'.length + '{"Records":[{"n":1}]}'.length,
        eventBytes: lines.reduce((sum, bytes) => sum + bytes, 0),
        firehoseCalls: 3,
        firehoseRecords: 4,
        firehoseBytes: firehose.counts.bytes,
        billedBytes: firehose.counts.billedBytes,
        entriesRetried: 1,
        callsRetried: 1,
        throttles: 2,
        deliveryLagSeconds: expect.any(Number),
        resumes: 1,
        superseded: 0,
        receiptsLost: 0,
        oldestUnfinishedSeconds: 60,
        itemsFailed: 1,
        errors: [
          {
            object: `s3://${BUCKET}/${C}`,
            nextRecord: 1,
            error: expect.stringMatching(/^LogObjectError: truncated-gzip at byte \d+: /),
            messageId: 'm0',
            receives: 1,
          },
          { error: 'unrecognized notification: text that is not JSON', messageId: 'm13', receives: 1 },
          { object: `s3://${BUCKET}/${B}`, error: 'holds no records: an object with other at byte 0' },
        ],
        moreErrors: 0,
        hasErrors: true,
      },
    ]);
    expect(reports[0]?.billedBytes).toBe(
      lines.reduce((sum, bytes) => sum + Math.ceil(bytes / BILLED_STEP_BYTES) * BILLED_STEP_BYTES, 0),
    );
    // The lag is that of the first record: the other records and the object names have no time.
    expect(reports[0]?.deliveryLagSeconds).toBeGreaterThanOrEqual(90);
    expect(reports[0]?.deliveryLagSeconds).toBeLessThan(91);
  });
});
