import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Coverage } from '../../digest/coverage.ts';
import { judgeDelivery } from '../../digest/judge-delivery.ts';
import { parseReceipt } from '../../digest/receipt.ts';

const OBJECT = 's3://b/k';
const ETAG = 'e';

const receipt = (covered: string, total: number | null, more: object = {}) =>
  JSON.stringify({ object: OBJECT, etag: ETAG, covered, total, unknown: false, ...more });

function coverageOf(...lines: string[]): Coverage {
  const coverage = new Coverage();
  for (const line of lines) coverage.add(parseReceipt(line) ?? expect.fail(line));
  return coverage;
}

describe('a receipt', () => {
  it.each([
    ['not JSON', '{'],
    ['not an object', '7'],
    ['null', 'null'],
    ['no ETag', receipt('', 0, { etag: undefined })],
    ['no object', receipt('', 0, { object: undefined })],
    ['a total that is no count', receipt('', 0, { total: -1 })],
    ['a total that is no integer', receipt('', 0, { total: 1.5 })],
    ['a total that is a text', receipt('', 0, { total: '1' })],
    ['covered records that are no text', receipt('', 0, { covered: [[0, 1]] })],
    ['a range that runs backwards', receipt('3-2', 4)],
    ['a range with a sign', receipt('-1-2', 4)],
    ['an empty range', receipt('0,,2', 4)],
    ['an index above 2^53', receipt('0-9007199254740993', 4)],
  ])('is not read from %s', (_, line) => expect(parseReceipt(line)).toBeUndefined());
});

describe('the receipts of an object', () => {
  it.each<[string, string[], string]>([
    ['all at once', [receipt('0-4', 5)], 'received'],
    ['nothing to cover', [receipt('', 0)], 'received'],
    ['in two parts', [receipt('0-2', null), receipt('3-4', 5)], 'received'],
    ['in any order', [receipt('4', 5), receipt('2-3', null), receipt('0-1', null)], 'received'],
    ['overlapping', [receipt('0-3', null), receipt('1-2,3-4', 5)], 'received'],
    ['the last one missing', [receipt('0-3', 5)], 'no receipt for 4 of 5 records'],
    ['the first one missing', [receipt('1-4', 5)], 'no receipt for 0 of 5 records'],
    ['two gaps', [receipt('1,3-4', 6)], 'no receipt for 0, 2, 5 of 6 records'],
    ['nothing covered', [receipt('', 3)], 'no receipt for 0 to 2 of 3 records'],
    ['never read to its end', [receipt('0-99', null)], 'not read to its end'],
    [
      'an unknown document',
      [receipt('0', 1, { unknown: true })],
      'a document in it has an unrecognized form',
    ],
    [
      'of another content',
      [receipt('0-4', 5, { etag: 'f' })],
      'only an earlier or later version was received',
    ],
    ['of a read that S3 refused', [receipt('', null, { etag: null })], 'S3 did not return it'],
    [
      'of a read that S3 refused, then granted',
      [receipt('', null, { etag: null }), receipt('0', 1)],
      'received',
    ],
    ['of another object', [receipt('0-4', 5, { object: 's3://b/l' })], 'no receipt'],
  ])('%s', (_, lines, expected) => {
    const { state, reason } = coverageOf(...lines).judge(OBJECT, ETAG);
    expect(reason ?? state).toBe(expected);
  });

  it('prove exactly the records that a plain set has', () => {
    const range = fc.tuple(fc.nat(30), fc.nat(8)).map(([first, more]) => [first, first + more] as const);
    const results = { received: 0, incomplete: 0 };
    fc.assert(
      fc.property(
        fc.array(fc.array(range, { maxLength: 4 }), { maxLength: 6 }),
        fc.nat(30),
        (parts, total) => {
          const lines = parts.map((ranges) => receipt(ranges.map((each) => each.join('-')).join(), null));
          const covered = new Set(
            parts
              .flat()
              .flatMap(([first, last]) => Array.from({ length: last - first + 1 }, (_, i) => first + i)),
          );
          const { state, missing } = coverageOf(...lines, receipt('', total)).judge(OBJECT, ETAG);
          const expected = Array.from({ length: total }, (_, n) => n).filter((n) => !covered.has(n));
          const found = (missing?.ranges ?? []).flatMap(([first, last]) =>
            Array.from({ length: last - first + 1 }, (_, i) => first + i),
          );
          expect(found).toEqual(expected);
          expect(state).toBe(expected.length === 0 ? 'received' : 'incomplete');
          results[state as keyof typeof results]++;
        },
      ),
      { numRuns: 2_000, seed: 1 },
    );
    expect(Math.min(...Object.values(results))).toBeGreaterThan(100);
  });
});

describe('an object without a receipt', () => {
  const object = { bucket: 'b', key: 'k', etag: ETAG, modifiedMs: 1_000_000 };
  const judge = (ageMs: number, isLeftOut = false, lines: string[] = []) =>
    judgeDelivery(object, {
      coverage: coverageOf(...lines),
      isLeftOut: () => isLeftOut,
      nowMs: object.modifiedMs + ageMs,
    }).state;

  it.each([
    [0, 'too early'],
    [1_799_999, 'too early'],
    [1_800_000, 'incomplete'],
    [1_800_001, 'incomplete'],
  ])('is %s ms old: %s', (ageMs, state) => expect(judge(ageMs)).toBe(state));

  it('may be left out by a setting', () => {
    expect(judge(0, true)).toBe('left out by setting');
    expect(judge(9_000_000, true)).toBe('left out by setting');
  });

  it('was received before it was left out', () =>
    expect(judge(9_000_000, true, [receipt('0', 1)])).toBe('received'));
});
