import { randomBytes } from 'node:crypto';
import { gunzipSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PACKINGS, type Packing } from '../../../lambda/contract.ts';
import { ObjectLedger } from '../../../lambda/deliver/ledger.ts';
import { MAX_RECORD_BYTES } from '../../../lambda/deliver/limits.ts';
import { type PackedRecord, Packer } from '../../../lambda/deliver/pack-events.ts';

function pack(packing: Packing, events: string[], ledgers = [new ObjectLedger()]) {
  const records: PackedRecord[] = [];
  const packer = new Packer(packing, (record) => records.push(record));
  const next = ledgers.map(() => 0);
  events.forEach((event, i) => {
    const which = i % ledgers.length;
    const ledger = ledgers[which];
    if (!packer.fits(event) || !ledger) throw new Error('does not fit');
    const index = next[which] ?? 0;
    packer.add(event, { ledger, index, time: undefined });
    next[which] = index + 1;
  });
  packer.flush();
  return records;
}

function unpack(packing: Packing, { data }: PackedRecord): string {
  return (packing === 'gzip' ? gunzipSync(data) : Buffer.from(data)).toString('utf8');
}

const sizes = (records: PackedRecord[]) => records.map(({ data }) => data.length);
const text = (bytes: number) => 'x'.repeat(bytes);

describe('at the limit of a record', () => {
  it('single: one under and exactly fit, one over does not', () => {
    const packer = new Packer('single', () => {});
    expect([-1, 0, 1].map((more) => packer.fits(text(MAX_RECORD_BYTES + more)))).toEqual([true, true, false]);
    expect(sizes(pack('single', [text(MAX_RECORD_BYTES)]))).toEqual([MAX_RECORD_BYTES]);
  });

  it('lines: the newline counts', () => {
    const packer = new Packer('lines', () => {});
    expect([-2, -1, 0].map((more) => packer.fits(text(MAX_RECORD_BYTES + more)))).toEqual([
      true,
      true,
      false,
    ]);
    expect(sizes(pack('lines', [text(MAX_RECORD_BYTES - 1)]))).toEqual([MAX_RECORD_BYTES]);
  });

  it.each([
    [MAX_RECORD_BYTES - 3, [MAX_RECORD_BYTES - 1]],
    [MAX_RECORD_BYTES - 2, [MAX_RECORD_BYTES]],
    [MAX_RECORD_BYTES - 1, [MAX_RECORD_BYTES - 600, 601]],
  ])('lines: two events of %i bytes together', (bytes, expected) => {
    expect(sizes(pack('lines', [text(bytes - 600), text(600)]))).toEqual(expected);
  });

  it('lines: bytes count, not characters', () => {
    const wide = '漢'.repeat(341_333);
    expect(Buffer.byteLength(wide)).toBe(MAX_RECORD_BYTES - 1);
    const packer = new Packer('lines', () => {});
    expect([packer.fits(wide), packer.fits(`${wide}x`)]).toEqual([true, false]);
    expect(sizes(pack('lines', [wide]))).toEqual([MAX_RECORD_BYTES]);
  });

  it('gzip: events up to the capacity fit even if they do not compress', () => {
    const full = new Packer('gzip', () => {}).capacity + 1;
    // Random bytes compress worse than any text.
    expect(gzipSync(randomBytes(full), { level: 1 }).length).toBeLessThanOrEqual(MAX_RECORD_BYTES);
    const records = pack('gzip', [text(full - 2), text(0)]);
    expect(records.map(({ eventBytes }) => eventBytes)).toEqual([full]);
    expect(pack('gzip', [text(full - 1), text(0)])).toHaveLength(2);
  });

  it('gzip: an event larger than a record gets its own, but only if it compresses', () => {
    const large = JSON.stringify({ text: text(5_000_000) });
    const records = pack('gzip', ['{"a":1}', large, '{"b":2}']);
    expect(records.map((record) => unpack('gzip', record))).toEqual(['{"a":1}\n', `${large}\n`, '{"b":2}\n']);
    let noise = '';
    for (const byte of randomBytes(2_000_000)) noise += String.fromCharCode(byte);
    expect(new Packer('gzip', () => {}).fits(noise)).toBe(false);
  });
});

describe('any events', () => {
  const size = fc.oneof(
    { weight: 6, arbitrary: fc.integer({ min: 0, max: 3_000 }) },
    { weight: 2, arbitrary: fc.integer({ min: 300_000, max: 700_000 }) },
    { weight: 1, arbitrary: fc.integer({ min: -40, max: -1 }).map((less) => MAX_RECORD_BYTES - 700 + less) },
  );
  const event = fc
    .tuple(size, fc.constantFrom('x', 'é', '😀'))
    .map(([bytes, character]) =>
      JSON.stringify(character.repeat(Math.floor(bytes / Buffer.byteLength(character)))),
    );

  it.each(PACKINGS)(
    '%s: unpacking returns the same events in order, and each record is within the limit',
    (packing) => {
      let full = 0;
      fc.assert(
        fc.property(fc.array(event, { maxLength: 12 }), (events) => {
          const records = pack(packing, events);
          const newline = packing === 'single' ? '' : '\n';
          expect(records.map((record) => unpack(packing, record)).join('')).toBe(
            events.map((text) => text + newline).join(''),
          );
          expect(records.reduce((sum, { events: count }) => sum + count, 0)).toBe(events.length);
          for (const bytes of sizes(records)) expect(bytes).toBeLessThanOrEqual(MAX_RECORD_BYTES);
          if (records.length > 1) full++;
        }),
        { numRuns: 60, seed: 6 },
      );
      expect(full).toBeGreaterThan(20);
    },
  );

  it('lines: reuse of a released buffer corrupts no record', () => {
    let reused = 0;
    fc.assert(
      fc.property(fc.array(event, { maxLength: 12 }), (events) => {
        const copies: string[] = [];
        const buffers = new Set<ArrayBufferLike>();
        const packer = new Packer('lines', ({ data, release }) => {
          copies.push(Buffer.from(data).toString('utf8'));
          if (buffers.has(data.buffer)) reused++;
          buffers.add(data.buffer);
          release();
        });
        const ledger = new ObjectLedger();
        for (const [index, json] of events.entries()) packer.add(json, { ledger, index, time: undefined });
        packer.flush();
        expect(copies.join('')).toBe(events.map((json) => `${json}\n`).join(''));
      }),
      { numRuns: 60, seed: 10 },
    );
    expect(reused).toBeGreaterThan(20);
  });

  it('each record of each object is in one range, that of the Firehose record with its event', () => {
    const seen = { shared: 0, several: 0 };
    fc.assert(
      fc.property(fc.array(event, { maxLength: 12 }), fc.integer({ min: 1, max: 3 }), (events, objects) => {
        const ledgers = Array.from({ length: objects }, () => new ObjectLedger());
        const none = ledgers.map(() => 0);
        const all = ledgers.map((_, object) => events.filter((_, i) => i % objects === object).length);
        const records = pack('lines', events, ledgers);
        const held = records.map(({ ranges }) =>
          ranges.flatMap(({ ledger, first, last }) =>
            Array.from({ length: last - first + 1 }, (_, i) => ({ ledger, index: first + i })),
          ),
        );

        for (const [object, ledger] of ledgers.entries()) {
          const indexes = held.flat().filter((record) => record.ledger === ledger);
          expect(indexes.map(({ index }) => index)).toEqual([...Array(all[object]).keys()]);
        }
        for (const [i, record] of records.entries()) {
          const lines = held[i]?.map(
            ({ ledger, index }) => events[index * objects + ledgers.indexOf(ledger)],
          );
          expect(unpack('lines', record).trimEnd().split('\n').sort()).toEqual(lines?.sort());
        }

        const outstanding = () => ledgers.map((ledger) => ledger.outstanding);
        const delivered = () => ledgers.map((ledger) => ledger.delivered);
        expect([outstanding(), delivered()]).toEqual([all, none]);
        for (const range of records.flatMap(({ ranges }) => ranges)) range.ledger.acknowledge(range);
        expect([outstanding(), delivered()]).toEqual([none, all]);
        if (objects > 1 && records.some(({ ranges }) => ranges.length > 1)) seen.shared++;
        if (records.length > 1) seen.several++;
      }),
      { numRuns: 60, seed: 7 },
    );
    for (const count of Object.values(seen)) expect(count).toBeGreaterThan(20);
  });

  it('a record released twice frees its buffer only once', () => {
    const packOne = (name: string) => pack('lines', [JSON.stringify(name)]);
    const [first, kept] = [packOne('a'), packOne('b')];
    for (const record of [...first, ...first]) record.release();
    const held = [...kept, ...packOne('c'), ...packOne('d')];
    expect(held.map((record) => unpack('lines', record))).toEqual(['"b"\n', '"c"\n', '"d"\n']);
    expect(new Set(held.map(({ data }) => data.buffer)).size).toBe(3);
  });
});

describe('the ledger', () => {
  it('keeps the records that are not acknowledged or not read', () => {
    const ledger = new ObjectLedger({ ranges: [], nextUnread: 10 });
    const [first, second, third] = [ledger.enter(10), ledger.enter(11), ledger.enter(12)];
    expect([ledger.remaining, ledger.hasProgress]).toEqual([{ ranges: [], nextUnread: 10 }, false]);
    ledger.acknowledge(second);
    expect([ledger.remaining, ledger.hasProgress]).toEqual([{ ranges: [[10, 10]], nextUnread: 12 }, true]);
    ledger.acknowledge(first);
    expect(ledger.remaining).toEqual({ ranges: [], nextUnread: 12 });
    ledger.acknowledge(third);
    ledger.acknowledge(third);
    expect(ledger.remaining).toEqual({ ranges: [], nextUnread: 13 });
    expect([ledger.delivered, ledger.outstanding]).toEqual([3, 0]);
  });

  it('has no filtered record in a range', () => {
    const ledger = new ObjectLedger();
    const first = ledger.enter(0);
    ledger.filter(1, 'rule');
    const second = ledger.enter(2, first);
    expect([first, second]).toMatchObject([
      { first: 0, last: 0 },
      { first: 2, last: 2 },
    ]);
    for (const range of [first, second]) ledger.acknowledge(range);
    expect([ledger.delivered, ledger.filtered, ledger.outstanding]).toEqual([2, 1, 0]);
  });

  it('does not balance if a record was read but never entered', () => {
    const ledger = new ObjectLedger();
    ledger.recordsRead = 3;
    ledger.enter(0);
    ledger.filter(1, 'rule');
    expect(ledger.isBalanced).toBe(false);
    ledger.enter(2);
    expect(ledger.isBalanced).toBe(true);
  });
});
