import { beforeEach, describe, expect, it } from 'vitest';
import {
  type BackfillCursor,
  type CursorRange,
  formatCursor,
  newCursor,
  parseCursor,
} from '../../../lambda/backfill/cursor.ts';
import type { LogLine, StepLine } from '../../../lambda/backfill/log-lines.ts';
import { parseNotification } from '../../../lambda/trigger/parse-notification.ts';
import { VirtualClock } from '../../../local/virtual-clock.ts';
import { BUCKET, PLENTY_OF_TIME, useLocalAccount } from '../../run-locally.ts';

const clock = new VirtualClock();
const local = useLocalAccount(clock);
beforeEach(() => {
  process.env.AWS_MAX_ATTEMPTS = '1';
  local.reset();
  local.account().s3.putObject(BUCKET, 'the bucket exists', Buffer.from('x'));
});

const PREFIX = 'AWSLogs/111122223333/CloudTrail/eu-west-3/';
const RANGE: CursorRange = {
  ...{ job: 'job-1', bucket: BUCKET, prefix: PREFIX, order: 'oldest-first' },
  ...{ from: '2026-01-01', until: '2026-02-01' },
};
const HOUR = 3_600_000;

const keyOf = (n: number, day = '2026/01/15') =>
  `${PREFIX}${day}/111122223333_CloudTrail_eu-west-3_${day.replaceAll('/', '')}T1200Z_${String(n).padStart(5, '0')}.json.gz`;

function putObjects(count: number, day?: string, options?: object): void {
  for (let n = 0; n < count; n++)
    local.account().s3.putObject(BUCKET, keyOf(n, day), Buffer.from('x'), options);
}

/** Starts a function; `settings` override those of the backfill function. */
function start(settings: Record<string, string> = {}) {
  const lines: LogLine[] = [];
  const { handler, reports } = local.createHandler(
    { ...local.account().backfillEnvironment, ...settings },
    { log: (line) => lines.push(line), random: () => 1 },
  );
  const steps = () =>
    lines.flatMap((line): StepLine[] => ('backfillStep' in line ? [line.backfillStep] : []));
  /** Invokes the function with one message. @returns whether it was acknowledged, and its error */
  async function receive(
    cursor: BackfillCursor | object,
    { receives = 1, messageId = 'm', sentAt = sentAtOf(cursor) } = {},
  ) {
    const body = 'step' in cursor ? formatCursor(cursor as BackfillCursor) : JSON.stringify(cursor);
    const attributes = { ApproximateReceiveCount: String(receives), SentTimestamp: String(sentAt) };
    const answer = await handler(
      { Records: [{ eventSource: 'aws:sqs', messageId, body, attributes }] },
      PLENTY_OF_TIME,
    );
    const isAcknowledged = answer?.batchItemFailures?.length === 0;
    return { isAcknowledged, error: reports.at(-1)?.errors[0]?.error, report: reports.at(-1) };
  }
  return { receive, lines, steps };
}

/** SQS's time of a message is the function's own, unless an operator sent the message again. */
function sentAtOf(cursor: BackfillCursor | object): number {
  return 'sentAt' in cursor && typeof cursor.sentAt === 'number' ? cursor.sentAt : clock.now();
}

/** Removes and returns what is on the backfill queue. */
function taken() {
  const { sqs, queues } = local.account();
  const messages = sqs.drain(queues.backfill.queue);
  return {
    objects: messages.flatMap(({ body }) => parseNotification(body).refs.map(({ key }) => key)),
    sizes: messages.flatMap(({ body }) => parseNotification(body).refs.length || []),
    cursors: messages.flatMap(({ body, delaySeconds }) => {
      const cursor = parseCursor(JSON.parse(body));
      return cursor ? [{ ...cursor, delaySeconds }] : [];
    }),
  };
}

/** Moves a cursor on until nothing is left. */
async function walk(range: Partial<CursorRange> = {}) {
  const { receive, lines, steps } = start();
  const objects: string[] = [];
  const sizes: number[] = [];
  let cursor: BackfillCursor | undefined = newCursor({ ...RANGE, ...range });
  for (let step = 0; cursor; step++) {
    if (step > 100) throw new Error('the walk does not end');
    expect(await receive(cursor, { messageId: `m${step}` })).toMatchObject({ isAcknowledged: true });
    const page = taken();
    expect(page.cursors.length).toBeLessThanOrEqual(1);
    objects.push(...page.objects);
    sizes.push(...page.sizes);
    cursor = page.cursors[0];
  }
  return { objects, sizes, lines, steps: steps() };
}

describe('a page', () => {
  it.each([
    [0, []],
    [1, [1]],
    [99, [99]],
    [100, [100]],
    [101, [100, 1]],
    [1_000, Array(10).fill(100)],
    [1_001, [...Array(10).fill(100), 1]],
  ])('of %i objects becomes messages of up to 100', async (count, expected) => {
    putObjects(count);
    const { objects, sizes, steps } = await walk();
    expect(sizes).toEqual(expected);
    expect(new Set(objects).size).toBe(count);
    expect(steps.length).toBe(count > 1_000 ? 2 : 1);
    expect(steps.at(-1)).toMatchObject({ state: 'done', listed: count, enqueued: count, archived: 0 });
  });

  it('is logged with the sums, and the last one twice', async () => {
    putObjects(1_001);
    const { lines } = await walk();
    const common = { ...RANGE, archived: 0, delaySeconds: 0 };
    const first = { startAfter: keyOf(999), page: 1, listed: 1_000, enqueued: 1_000, state: 'enqueued' };
    const last = { startAfter: keyOf(1_000), page: 2, listed: 1_001, enqueued: 1_001, state: 'done' };
    expect(lines).toEqual([
      { backfillStep: { ...common, ...first } },
      { backfillStep: { ...common, ...last } },
      { backfillDone: { ...common, ...last } },
    ]);
  });

  it('starts at the first day of the range, and ends with its last', async () => {
    for (const day of ['2025/12/31', '2026/01/01', '2026/01/31', '2026/02/01']) putObjects(2, day);
    const { objects, steps } = await walk();
    expect(objects).toEqual(
      [0, 1].map((n) => keyOf(n, '2026/01/01')).concat([0, 1].map((n) => keyOf(n, '2026/01/31'))),
    );
    expect(steps.at(-1)?.listed).toBe(4);
  });

  it('starts after the key that an operator names', async () => {
    putObjects(3);
    const { receive } = start();
    await receive(newCursor({ ...RANGE, startAfter: keyOf(1) }));
    expect(taken().objects).toEqual([keyOf(2)]);
  });
});

describe('newest-first', () => {
  it('walks the days backwards, and each day forwards', async () => {
    for (const day of ['2026/01/30', '2026/01/02', '2026/01/31', '2025/12/31']) putObjects(2, day);
    const { objects } = await walk({ order: 'newest-first' });
    const days = ['2026/01/31', '2026/01/30', '2026/01/02'];
    expect(objects).toEqual(days.flatMap((day) => [keyOf(0, day), keyOf(1, day)]));
  });

  it('walks a day of many pages', async () => {
    putObjects(2_500, '2026/01/31');
    putObjects(1, '2026/01/30');
    const { objects, steps } = await walk({ order: 'newest-first' });
    expect(new Set(objects).size).toBe(2_501);
    expect(objects.length).toBe(2_501);
    expect(objects.at(-1)).toBe(keyOf(0, '2026/01/30'));
    expect(steps[0]).toMatchObject({
      day: '2026-01-31',
      startAfter: keyOf(999, '2026/01/31'),
      enqueued: 1_000,
    });
  });

  it('lists ten days at once, as most are empty', async () => {
    const { steps } = await walk({ order: 'newest-first' });
    expect(steps.map(({ day }) => day)).toEqual(['2026-01-21', '2026-01-11', '2026-01-01', '2026-01-01']);
  });
});

describe('an archived object', () => {
  it.each(['GLACIER', 'DEEP_ARCHIVE'])('of %s is counted and named', async (storageClass) => {
    putObjects(101, undefined, { storageClass });
    const { objects, lines, steps } = await walk();
    expect(objects).toEqual([]);
    expect(steps.at(-1)).toMatchObject({ listed: 101, enqueued: 0, archived: 101 });
    const named = lines.flatMap((line) =>
      'backfillArchived' in line ? [line.backfillArchived.objects] : [],
    );
    expect(named.map((objects) => objects.length)).toEqual([100, 1]);
    expect(named[0]?.[0]).toBe(`s3://${BUCKET}/${keyOf(0)}`);
  });

  it('is read if it is restored', async () => {
    putObjects(1, undefined, { storageClass: 'GLACIER', restoredUntil: new Date('2099-01-01') });
    expect((await walk()).objects).toEqual([keyOf(0)]);
  });

  it.each(['STANDARD_IA', 'GLACIER_IR', 'INTELLIGENT_TIERING'])('is none of %s', async (storageClass) => {
    putObjects(1, undefined, { storageClass });
    expect((await walk()).objects).toEqual([keyOf(0)]);
  });

  it('is not counted out of range', async () => {
    putObjects(1, '2026/01/15', { storageClass: 'GLACIER' });
    const { steps } = await walk({ until: '2026-01-15T12:00Z' });
    expect(steps.at(-1)).toMatchObject({ listed: 1, archived: 0 });
  });
});

describe('a full queue', () => {
  it.each([
    [99, 'done'],
    [100, 'done'],
    [101, 'waiting'],
  ])('of %i messages: %s', async (count, state) => {
    const { sqs, queues } = local.account();
    for (let i = 0; i < count; i++) sqs.send(queues.backfill.queue, 'x');
    sqs.take(queues.backfill.queue, 50, HOUR);
    const { receive, steps } = start();
    await receive(newCursor(RANGE));
    expect(steps().map((step) => step.state)).toEqual([state]);
  });

  it('delays the same cursor longer each time', async () => {
    const { sqs, queues } = local.account();
    const { receive } = start();
    putObjects(1);
    let cursor: BackfillCursor = newCursor(RANGE);
    const delays: number[] = [];
    for (let i = 0; i < 7; i++) {
      for (let n = 0; n < 101; n++) sqs.send(queues.backfill.queue, '{"resume":[]}');
      await receive(cursor, { messageId: `m${i}` });
      const [next] = taken().cursors;
      if (!next) throw new Error('no cursor');
      delays.push(next.delaySeconds);
      expect(next).toMatchObject({ startAfter: '', page: 0, waits: i + 1, step: i + 1 });
      cursor = next;
    }
    expect(delays).toEqual([30, 60, 120, 240, 480, 900, 900]);
    await receive(cursor);
    expect(taken().objects).toEqual([keyOf(0)]);
  });
});

describe('two messages of one step', () => {
  it('are processed as one: the command was run twice', async () => {
    putObjects(1_500);
    const { receive } = start();
    expect((await receive(newCursor(RANGE), { messageId: 'a' })).report?.superseded).toBe(0);
    const second = await receive(newCursor(RANGE), { messageId: 'b' });
    expect(second).toMatchObject({ isAcknowledged: true, report: { superseded: 1 } });
    expect(taken()).toMatchObject({ objects: { length: 1_000 }, cursors: { length: 1 } });
  });

  it('are processed as one: an answer of SQS was lost', async () => {
    putObjects(1_500);
    const { receive } = start();
    const first = newCursor(RANGE);
    await receive(first);
    const [one] = taken().cursors;
    // The next step has not started, so this page is repeated.
    await receive(first, { receives: 2 });
    const [other] = taken().cursors;
    if (!one || !other) throw new Error('no cursor');
    expect(other.handOver).not.toBe(one.handOver);
    await receive(one, { messageId: 'one' });
    await receive(other, { messageId: 'other' });
    expect(taken()).toMatchObject({ objects: { length: 500 }, cursors: { length: 0 } });
  });

  it('of which one was redriven and the other went on', async () => {
    putObjects(1_500);
    const { receive } = start();
    const first = newCursor(RANGE);
    await receive(first);
    const [next] = taken().cursors;
    if (!next) throw new Error('no cursor');
    await receive(next, { messageId: 'next' });
    expect(await receive(first, { receives: 2 })).toMatchObject({
      isAcknowledged: true,
      report: { superseded: 1 },
    });
  });

  it('are the same message: its own claim does not stop it', async () => {
    putObjects(1);
    const first = newCursor(RANGE);
    const { receive } = start();
    await receive(first);
    await receive(first, { messageId: 'after a redrive' });
    expect(taken().objects).toEqual([keyOf(0), keyOf(0)]);
  });
});

describe('a refusing service', () => {
  const refuse = (service: 's3' | 'sqs', isRefused: (sequence: number) => boolean) => {
    let requests = 0;
    const kind = service === 's3' ? ('accessDenied' as const) : ('serverError' as const);
    const hook = (request: { operation: string }) => {
      const counts = request.operation === (service === 's3' ? 'ListObjectsV2' : 'SendMessage');
      return counts && isRefused(requests++) ? { kind } : undefined;
    };
    local.reset({ [service]: hook });
  };

  it('delays the cursor, and its clock runs until it gives up', async () => {
    refuse('s3', () => true);
    const { receive, steps } = start();
    let cursor: BackfillCursor = newCursor(RANGE);
    const since = clock.now();
    for (let refusals = 1; refusals <= 3; refusals++) {
      expect(await receive(cursor, { messageId: `m${refusals}` })).toMatchObject({ isAcknowledged: true });
      const [next] = taken().cursors;
      expect(next).toMatchObject({
        refusals,
        refusedSince: since,
        delaySeconds: 15 * 2 ** refusals,
        startAfter: '',
      });
      if (next) cursor = next;
      clock.skip(24 * HOUR);
    }
    expect(steps()[0]?.error).toContain('S3 ListObjectsV2: AccessDenied (HTTP 403)');
    // 72 hours are not too long, but a millisecond more is.
    expect(await receive(cursor, { messageId: 'in time' })).toMatchObject({ isAcknowledged: true });
    taken();
    clock.skip(1);
    const late = await receive(cursor, { messageId: 'late' });
    expect(late).toMatchObject({
      isAcknowledged: false,
      error: 'a backfill cursor was refused for 72 hours',
    });
    expect(taken().cursors).toEqual([]);
    const redriven = await receive(cursor, { messageId: 'redriven', sentAt: clock.now() });
    expect(redriven).toMatchObject({ isAcknowledged: true });
    expect(taken().cursors[0]).toMatchObject({ refusals: 1, refusedSince: clock.now() });
  });

  it('keeps what was sent before, and the clock starts anew', async () => {
    // The fourth message, and not the cursor after it.
    refuse('sqs', (request) => request === 3);
    putObjects(1_000);
    const { receive, steps } = start();
    const earlier = { refusals: 5, refusedSince: clock.now() - HOUR };
    await receive({ ...newCursor(RANGE), ...earlier });
    const { objects, cursors } = taken();
    expect(objects.length).toBe(300);
    const progress = { startAfter: keyOf(299), listed: 300, enqueued: 300, page: 0 };
    expect(cursors[0]).toMatchObject({
      ...progress,
      refusals: 1,
      refusedSince: clock.now(),
      delaySeconds: 30,
    });
    expect(steps()[0]).toMatchObject({ ...progress, state: 'refused' });
    await receive(cursors[0] ?? {}, { messageId: 'next' });
    expect(taken().objects.length).toBe(700);
    expect(steps().at(-1)).toMatchObject({ state: 'done', enqueued: 1_000, listed: 1_000, page: 1 });
  });

  it('fails the item if not even the cursor can be put back', async () => {
    refuse('sqs', () => true);
    putObjects(1);
    const { receive, lines } = start();
    const { isAcknowledged, error } = await receive(newCursor(RANGE));
    expect(isAcknowledged).toBe(false);
    expect(error).toContain('SQS SendMessage: InternalFailure (HTTP 500)');
    expect(lines).toEqual([]);
  });
});

describe('an item fails by name', () => {
  it('at the live function', async () => {
    const { environment } = local.account();
    const { receive } = start({ ...environment, BACKFILL: '' });
    expect(await receive(newCursor(RANGE))).toMatchObject({
      isAcknowledged: false,
      error: 'unrecognized notification: a backfill cursor, which only the backfill function reads',
    });
    expect(taken().cursors).toEqual([]);
  });

  it.each([
    ['another bucket', { TRAIL_BUCKET: 'other' }, {}],
    ['another root', { TRAIL_ROOT: 'other/AWSLogs/' }, {}],
    ['another account', { TRAIL_ACCOUNTS: '444455556666' }, {}],
    ['another kind', { KINDS: 'insight' }, {}],
    ['digests', {}, { prefix: 'AWSLogs/111122223333/CloudTrail-Digest/eu-west-3/' }],
    ['another service', {}, { prefix: 'AWSLogs/111122223333/elasticloadbalancing/eu-west-3/' }],
  ])('for %s', async (_name, settings, range) => {
    const { receive } = start(settings);
    expect(await receive(newCursor({ ...RANGE, ...range }))).toMatchObject({
      isAcknowledged: false,
      error: 'the folder of a backfill cursor is out of scope',
    });
  });

  it.each([
    [{ backfill: { ...newCursor(RANGE), page: 'SECRET' } }, 'a backfill cursor that has no valid page'],
    [{ backfill: 'SECRET' }, 'a backfill cursor that is not an object'],
  ])('for a broken cursor', async (body, problem) => {
    const { receive } = start();
    const { isAcknowledged, error } = await receive(body);
    expect({ isAcknowledged, error }).toEqual({
      isAcknowledged: false,
      error: `unrecognized notification: ${problem}`,
    });
  });

  it('for two cursors in one message', () => {
    const cursor = { backfill: newCursor(RANGE) };
    expect(() => parseNotification([cursor, cursor])).toThrow('more than one backfill cursor');
  });
});
