import { readdirSync, readFileSync } from 'node:fs';
import { constants, gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { ENV, PACKINGS, type Packing, PROFILES, type Profile } from '../../lambda/contract.ts';
import { ObjectLedger } from '../../lambda/deliver/ledger.ts';
import { type EventOrigin, Packer } from '../../lambda/deliver/pack-events.ts';
import { deliverRecord } from '../../lambda/deliver-record.ts';
import { RecordSplitter } from '../../lambda/read/split-records.ts';
import { readSettings } from '../../lambda/settings.ts';

const FOLDER = new URL('../../events/objects/', import.meta.url);
const OBJECTS = readdirSync(FOLDER, { recursive: true, encoding: 'utf8' })
  .filter((name) => /\.gz$/.test(name))
  .map((name) => inflate(readFileSync(new URL(encodeURI(name), FOLDER))));

/** One of the samples is truncated. */
function inflate(stored: Buffer): Buffer {
  return gunzipSync(stored, { finishFlush: constants.Z_SYNC_FLUSH });
}

/** Records that no sample has: bytes that are not UTF-8, control characters, other languages, a long one. */
const UNUSUAL = Buffer.concat([
  Buffer.from('{"Records":[{"eventVersion":"1.08","userAgent":"'),
  Buffer.of(0xff),
  Buffer.from(`"},{"eventVersion":"1.08",\t\r\n"awsRegion":"eu-west-1"},
    {"eventVersion":"1.08","userAgent":"é漢😀\u2028\\ud800\\u0000\\""},
    {"eventVersion":"1.08","userAgent":"${'x'.repeat(70_000)}"},{"eventVersion":"1.08"},7]}`),
]);

class CountingPacker extends Packer {
  fromBytes = 0;
  fromText = 0;

  override add(event: string | Buffer, origin: EventOrigin): void {
    if (typeof event === 'string') this.fromText++;
    else this.fromBytes++;
    super.add(event, origin);
  }
}

/** Delivers all records of the objects, chunk by chunk, and returns the Firehose records. */
function deliver(packing: Packing, mayUseBytes: boolean, profile: Profile = 'seed') {
  const settings = readSettings({
    [ENV.deliveryStreamName]: 's',
    [ENV.packing]: packing,
    [ENV.profile]: profile,
  });
  const packed: string[] = [];
  const packer = new CountingPacker(packing, (record) => {
    packed.push(Buffer.from(record.data).toString('latin1'));
    record.release();
  });
  for (const bytes of [...OBJECTS, UNUSUAL]) {
    const splitter = new RecordSplitter();
    const ledger = new ObjectLedger();
    for (let from = 0; from < bytes.length; from += CHUNK_BYTES) {
      // Overwritten after each chunk, as a reader may do.
      const chunk = Buffer.from(bytes.subarray(from, from + CHUNK_BYTES));
      splitter.push(chunk);
      for (let record = splitter.next(); record; record = splitter.next()) {
        if (!mayUseBytes) record.utf8 = undefined;
        const place = { path: 's3://b/k', time: '2026-11-22T00:00:00Z', index: record.index };
        deliverRecord(record, place, ledger, { packer, settings });
      }
      chunk.fill(0);
    }
  }
  packer.flush();
  return { packed, fromBytes: packer.fromBytes, fromText: packer.fromText };
}

const CHUNK_BYTES = 100_000;

describe('deliverRecord', () => {
  it.each(PACKINGS)('packs the same events from bytes and from text: %s', (packing) => {
    const fast = deliver(packing, true);
    const plain = deliver(packing, false);
    expect(fast.packed.length).toBe(plain.packed.length);
    expect(fast.packed.every((data, i) => data === plain.packed[i])).toBe(true);
    expect(plain.fromBytes).toBe(0);
    expect(fast.fromBytes).toBeGreaterThan(0.8 * (fast.fromBytes + fast.fromText));
    // Bytes that are not UTF-8, long records, and the last of each object.
    expect(fast.fromText).toBeGreaterThan(5);
    expect(fast.fromBytes + fast.fromText).toBe(plain.fromText);
  });

  it.each(PROFILES)('packs the same events of each profile: %s', (profile) => {
    const fast = deliver('lines', true, profile);
    const plain = deliver('lines', false, profile);
    expect(fast.packed.join() === plain.packed.join()).toBe(true);
    // Events of profile `raw` are the text itself. Only those of malformed records have a `message`.
    expect(fast.fromBytes > fast.fromText).toBe(profile !== 'raw');
  });
});
