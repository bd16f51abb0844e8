import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ObjectLedger } from '../../../lambda/deliver/ledger.ts';
import { makeReceipts } from '../../../lambda/settle/make-receipts.ts';
import {
  type RemainingRecords,
  subtractRemaining,
  toRemaining,
} from '../../../lambda/trigger/remaining-records.ts';

const ref = { bucket: 'b', key: 'k', nextRecord: 0, attempt: 0 };

describe('a receipt', () => {
  it('claims nothing if record counts do not match', () => {
    const ledger = new ObjectLedger();
    ledger.acknowledge(ledger.enter(0));
    ledger.recordsRead = 1;
    const object = { ref, stream: 's', etag: '"e"', ledger, outcome: 'records' } as const;
    expect(makeReceipts([object], 0)).toMatchObject([{ covered: '0', done: true }]);
    // Read but never entered, as a bug in the pipeline would leave it.
    ledger.recordsRead = 2;
    expect(makeReceipts([object], 0)).toMatchObject([{ covered: '', done: false }]);
  });

  it.each(['not-started', 'given-up'] as const)('is not made of an object that is %s', (outcome) => {
    expect(
      makeReceipts([{ ref, stream: 's', etag: undefined, ledger: new ObjectLedger(), outcome }], 0),
    ).toEqual([]);
  });

  it('of an object that S3 refuses has no ETag and no total', () => {
    const object = {
      ref,
      stream: 's',
      etag: undefined,
      ledger: new ObjectLedger(),
      outcome: 'failed',
    } as const;
    expect(makeReceipts([object], 0)).toMatchObject([{ etag: null, bytes: null, total: null, done: false }]);
  });
});

it('what an invocation settled is what a plain set has', () => {
  const remaining = (max: number) =>
    fc
      .tuple(fc.array(fc.tuple(fc.nat(max), fc.nat(5)), { maxLength: 5 }), fc.nat(8))
      .map(([ranges, more]) => {
        const list = ranges.map(([first, length]): [number, number] => [first, first + length]);
        const end = Math.max(0, ...list.map(([, last]) => last + 1)) + more;
        return toRemaining(list, end);
      });
  const has = ({ ranges, nextUnread }: RemainingRecords, n: number) =>
    n >= nextUnread || ranges.some(([first, last]) => first <= n && n <= last);
  let settledOnce = 0;
  fc.assert(
    fc.property(remaining(30), remaining(30), fc.nat(50), (before, after, end) => {
      const found = subtractRemaining(before, after, end).flatMap(([first, last]) =>
        Array.from({ length: last - first + 1 }, (_, i) => first + i),
      );
      // A range of `before` lies before the end, because its records were seen.
      const limit = Math.max(end, before.nextUnread);
      const expected = Array.from({ length: limit }, (_, n) => n).filter(
        (n) => has(before, n) && !has(after, n) && (n < before.nextUnread || n < end),
      );
      expect(found).toEqual(expected);
      if (expected.length > 0) settledOnce++;
    }),
    { numRuns: 2_000, seed: 1 },
  );
  expect(settledOnce).toBeGreaterThan(500);
});
