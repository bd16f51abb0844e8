import { randomBytes } from 'node:crypto';
import { gunzipSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PACKINGS, type Packing } from '../../lambda/contract.ts';
import { ObjectLedger } from '../../lambda/deliver/ledger.ts';
import { MAX_RECORD_BYTES } from '../../lambda/deliver/limits.ts';
import { type PackedRecord, Packer } from '../../lambda/deliver/pack-events.ts';

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

  it('gzip: what fits for certain still does where nothing compresses', () => {
    const full = new Packer('gzip', () => {}).capacity + 1;
    // Bytes that no text could hold: worse than any event.
    expect(gzipSync(randomBytes(full), { level: 1 }).length).toBeLessThanOrEqual(MAX_RECORD_BYTES);
    const records = pack('gzip', [text(full - 2), text(0)]);
    expect(records.map(({ eventBytes }) => eventBytes)).toEqual([full]);
    expect(pack('gzip', [text(full - 1), text(0)])).toHaveLength(2);
  });

  it('gzip: an event larger than a record goes alone where it compresses, and only there', () => {
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
    '%s: what is unpacked is what was packed, in order, each record within the limit',
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

  it('lines: a record that was given back and filled again was whole before, and is whole after', () => {
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

  it('each record of each object stands in exactly one receipt', () => {
    fc.assert(
      fc.property(fc.array(event, { maxLength: 12 }), fc.integer({ min: 1, max: 3 }), (events, objects) => {
        const ledgers = Array.from({ length: objects }, () => new ObjectLedger());
        const records = pack('lines', events, ledgers);
        expect(ledgers.reduce((sum, { outstanding }) => sum + outstanding, 0)).toBe(events.length);
        for (const { receipts } of records)
          for (const receipt of receipts) receipt.ledger.acknowledge(receipt);
        expect(ledgers.reduce((sum, { delivered }) => sum + delivered, 0)).toBe(events.length);
        expect(ledgers.map(({ outstanding }) => outstanding)).toEqual(ledgers.map(() => 0));
      }),
      { numRuns: 60, seed: 7 },
    );
  });
});

describe('the ledger', () => {
  it('resumes at the lowest record that is not acknowledged', () => {
    const ledger = new ObjectLedger(10);
    const first = ledger.enter(10);
    const second = ledger.enter(11);
    const third = ledger.enter(12);
    expect([ledger.resumePoint, ledger.hasProgress]).toEqual([10, false]);
    ledger.acknowledge(second);
    expect([ledger.resumePoint, ledger.hasProgress]).toEqual([10, false]);
    ledger.acknowledge(first);
    expect([ledger.resumePoint, ledger.hasProgress]).toEqual([12, true]);
    ledger.acknowledge(third);
    ledger.acknowledge(third);
    expect([ledger.resumePoint, ledger.delivered, ledger.outstanding]).toEqual([13, 3, 0]);
  });

  it('does not balance where a record was read and never entered', () => {
    const ledger = new ObjectLedger();
    ledger.recordsRead = 3;
    ledger.enter(0);
    ledger.filter(1);
    expect(ledger.isBalanced).toBe(false);
    ledger.enter(2);
    expect(ledger.isBalanced).toBe(true);
  });
});
