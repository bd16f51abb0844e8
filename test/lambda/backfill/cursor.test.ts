import { describe, expect, it } from 'vitest';
import {
  type BackfillCursor,
  claimOf,
  formatCursor,
  newCursor,
  parseCursor,
  stepId,
} from '../../../lambda/backfill/cursor.ts';

const RANGE = {
  job: 'january-2026',
  bucket: 'example-trail-bucket',
  prefix: 'AWSLogs/111122223333/CloudTrail/eu-west-3/',
  from: '2026-01-01',
  until: '2026-02-01T12:00:00Z',
  order: 'oldest-first',
} as const;

const parsed = (change: object) => parseCursor({ backfill: { ...newCursor(RANGE), ...change } });

describe('a cursor', () => {
  it('survives its message', () => {
    const cursor: BackfillCursor = {
      ...newCursor(RANGE),
      ...{ startAfter: 'AWSLogs/é\u0001😀', order: 'newest-first' as const, day: '2026-01-31' },
      ...{ page: 1, listed: 2, enqueued: 3, archived: 4, step: 5, waits: 6, refusals: 7 },
      ...{ refusedSince: 8, sentAt: 9 },
    };
    const body = formatCursor(cursor);
    expect(body).toMatch(/^[ -~]+$/);
    expect(parseCursor(JSON.parse(body))).toEqual(cursor);
  });

  it.each([undefined, null, 1, 'text', [], {}, { resume: [] }])('is not %j', (value) => {
    expect(parseCursor(value)).toBeUndefined();
  });

  it.each(['2026-01-01', '2026-01-01T12:00Z', '2026-01-01T12:00:01Z', '2026-01-01T12:00:01.5Z'])(
    'may start at %s',
    (from) => {
      expect(parsed({ from })?.from).toBe(from);
    },
  );

  it.each([
    ['version', 2, 'a version other than 1'],
    ['job', 'two words', 'no valid job'],
    ['job', 'x'.repeat(65), 'no valid job'],
    ['job', '', 'no valid job'],
    ['bucket', 'SECRET/', 'no valid bucket'],
    ['prefix', 'SECRET', 'no valid prefix'],
    ['prefix', `${'SECRET'.repeat(200)}/`, 'no valid prefix'],
    ['startAfter', 7, 'no valid startAfter'],
    ['startAfter', undefined, 'no valid startAfter'],
    ['from', '2026-02-30', 'no valid from'],
    ['from', '2026-01-01T24:00Z', 'no valid from'],
    ['from', '2026-01-01T12:00+01:00', 'no valid from'],
    ['from', 1_767_225_600_000, 'no valid from'],
    ['until', 'SECRET', 'no valid until'],
    ['until', '2026-01-01', 'an until that is not after from'],
    ['order', 'SECRET', 'an order other than oldest-first and newest-first'],
    ['day', '2026-02-29', 'no valid day'],
    ['page', -1, 'no valid page'],
    ['listed', 1.5, 'no valid listed'],
    ['enqueued', '1', 'no valid enqueued'],
    ['archived', undefined, 'no valid archived'],
    ['step', null, 'no valid step'],
    ['handOver', 'SECRET SECRET', 'no valid handOver'],
    ['waits', Number.MAX_SAFE_INTEGER + 1, 'no valid waits'],
    ['refusals', true, 'no valid refusals'],
    ['refusedSince', 'SECRET', 'no valid refusedSince'],
    ['sentAt', 'SECRET', 'no valid sentAt'],
  ])('with the %s %j is refused by name', (name, value, problem) => {
    const parse = () => parsed({ [name]: value });
    expect(parse).toThrow(`unrecognized notification: a backfill cursor that has ${problem}`);
    expect(parse).not.toThrow(/SECRET/);
  });

  it.each([null, 'SECRET', [], 7])('is no %j', (backfill) => {
    expect(() => parseCursor({ backfill })).toThrow('a backfill cursor that is not an object');
  });
});

describe('the claim of a step', () => {
  it('is the same for each message of the step, with another holder', () => {
    const [one, other] = [claimOf(newCursor(RANGE)), claimOf(newCursor(RANGE))];
    expect(one.parent).toBe(other.parent);
    expect(one.handOver).not.toBe(other.handOver);
    expect(one.parent).toMatch(/^backfill-[0-9a-f]{64}-0$/);
  });

  it.each([
    ['step', { step: 1 }],
    ['job', { job: 'other' }],
    ['bucket', { bucket: 'other' }],
    ['prefix', { prefix: 'other/' }],
    ['from', { from: '2026-01-02' }],
    ['until', { until: '2026-02-02' }],
    ['order', { order: 'newest-first' } as const],
  ])('is another one for another %s', (_name, change) => {
    const cursor = { ...newCursor(RANGE), ...change };
    expect(stepId(cursor, cursor.step)).not.toBe(stepId(newCursor(RANGE), 0));
  });
});
