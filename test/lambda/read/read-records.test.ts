import { deflateRawSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LogObjectError } from '../../../lambda/read/log-object-error.ts';
import { type NextRecord, readRecords } from '../../../lambda/read/read-records.ts';
import type { SplitOptions } from '../../../lambda/read/split-records.ts';
import { cut, documentWithRecords } from './json-documents.ts';
import { findRecordsPlainly } from './plain-records.ts';

async function read(chunks: Uint8Array[], options?: SplitOptions) {
  const texts: (string | undefined)[] = [];
  const opened = { times: 0 };
  async function* bytes() {
    yield* chunks;
  }
  const open = () => {
    opened.times++;
    return bytes();
  };
  const onRecords = async (nextRecord: NextRecord) => {
    for (let record = nextRecord(); record; record = nextRecord()) texts.push(record.text);
    return true;
  };
  try {
    const { outcome } = await readRecords(open, onRecords, options);
    return { outcome, texts, opened: opened.times };
  } catch (error) {
    if (!(error instanceof LogObjectError)) throw error;
    return { outcome: error.code, byte: error.byte, texts, opened: opened.times };
  }
}

/** Creates one document of distinct records, which do not compress to almost zero bytes. */
function manyRecords(count: number): { records: string[]; document: Buffer } {
  const records = Array.from(
    { length: count },
    (_, i) => `{"n":${i},"text":"${((i * 7919) % 104_729).toString(36).repeat(9)}"}`,
  );
  return { records, document: Buffer.from(`{"Records":[${records.join(',')}]}`) };
}

function inPieces(bytes: Buffer, size: number): Buffer[] {
  return Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) =>
    bytes.subarray(i * size, (i + 1) * size),
  );
}

describe('readRecords', () => {
  it('finds the same records in plain and gzipped bytes, in any number of members and chunks', async () => {
    let members = 0;
    await fc.assert(
      fc.asyncProperty(
        documentWithRecords,
        fc.array(fc.nat(), { maxLength: 4 }),
        fc.array(fc.nat(), { maxLength: 8 }),
        async (document, memberCuts, cuts) => {
          const expected = findRecordsPlainly(document);
          const plain = Buffer.from(document);
          const parts = cut(plain, memberCuts);
          const stored = Buffer.concat(parts.map((part) => gzipSync(part)));
          members += parts.length;
          expect((await read(cut(stored, cuts))).texts).toEqual(expected);
          expect((await read(cut(plain, cuts))).texts).toEqual(expected);
        },
      ),
      { numRuns: 300, seed: 4 },
    );
    expect(members).toBeGreaterThan(600);
  });

  it.each([1, 2, 3, 1000, 65_536])('reads chunks of %i bytes', async (size) => {
    const { records, document } = manyRecords(300);
    const stored = gzipSync(document);
    const chunks = Array.from({ length: Math.ceil(stored.length / size) }, (_, i) =>
      stored.subarray(i * size, (i + 1) * size),
    );
    const result = await read(chunks);
    expect(result).toEqual({ outcome: 'records', texts: records, opened: 1 });
  });

  it('stops if the caller returns false, and closes the source', async () => {
    let closed = false;
    async function* bytes() {
      try {
        for (let i = 0; ; i++) yield Buffer.from(i === 0 ? '{"Records":[0' : `,${i}`);
      } finally {
        closed = true;
      }
    }
    let seen = 0;
    const result = await readRecords(bytes, async (nextRecord) => {
      while (nextRecord()) seen++;
      return seen < 10;
    });
    expect(result).toEqual({ outcome: 'stopped', recordsSeen: 10, inflatedBytes: 34 });
    expect(closed).toBe(true);
  });

  it.each([
    ['continues', 'has no record', '[]}', 'empty'],
    ['stops', 'has one', '[1]}', 'stopped'],
  ])('%s if the caller returns false for a chunk that %s', async (_does, _has, chunk, expected) => {
    async function* bytes() {
      yield Buffer.from('{"Records":');
      yield Buffer.from(chunk);
    }
    const { outcome } = await readRecords(bytes, async () => false);
    expect(outcome).toBe(expected);
  });

  it('counts records that the caller did not get', async () => {
    const { records, document } = manyRecords(300);
    const received: (string | undefined)[] = [];
    const result = await readRecords(
      async function* () {
        yield gzipSync(document);
      },
      async (nextRecord) => {
        const record = nextRecord();
        if (record) received.push(record.text);
        return true;
      },
    );
    expect(result).toEqual({ outcome: 'records', recordsSeen: 300, inflatedBytes: document.length });
    expect(received).toEqual([records[0]]);
  });
});

describe('a broken object fails with its own error code, after every complete record', () => {
  const { records, document } = manyRecords(3000);
  const stored = gzipSync(document);

  it.each([
    ['empty file', Buffer.alloc(0), 'empty-object', 0],
    ['empty gzip', gzipSync(''), 'empty-object', 0],
    ['half a magic number', stored.subarray(0, 1), 'not-json', 0],
    ['only a magic number', stored.subarray(0, 2), 'truncated-gzip', 2],
    ['gzip of HTML', gzipSync('<html></html>'), 'not-json', 0],
    ['raw deflate', deflateRawSync(document), 'not-json', 0],
  ])('%s', async (_, bytes, outcome, byte) => {
    expect(await read([bytes])).toEqual({ outcome, byte, texts: [], opened: 1 });
  });

  it('truncated gzip, at any byte', async () => {
    for (const length of [
      30,
      1000,
      stored.length >> 1,
      stored.length - 9,
      stored.length - 8,
      stored.length - 1,
    ]) {
      const { outcome, byte, texts } = await read([stored.subarray(0, length)]);
      expect([outcome, byte]).toEqual(['truncated-gzip', length]);
      expect(texts).toEqual(records.slice(0, texts.length));
    }
    // Without the trailer, the deflate data and all records are complete.
    expect((await read([stored.subarray(0, -8)])).texts).toEqual(records);
  });

  it.each([-1, -5, -8])('corrupted trailer (byte %i): bad checksum, after all records', async (at) => {
    const bad = Buffer.from(stored);
    bad[bad.length + at] = (bad.at(at) ?? 0) ^ 1;
    const { outcome, byte, texts, opened } = await read([bad]);
    expect(outcome).toBe('bad-checksum');
    // zlib compares each half of the trailer after its last byte.
    expect(byte).toBe(bad.length - (at < -4 ? 5 : 1));
    expect(texts).toEqual(records);
    expect(opened).toBe(2);
  });

  it('corrupt deflate data in chunks of any size: every record before them is read', async () => {
    for (const at of [100, 5000, stored.length >> 1, stored.length - 2000]) {
      // A reserved block type (binary 11) right after a sync point is an error at a known byte.
      const complete = document.subarray(0, at * 5);
      const head = gzipSync(complete, { finishFlush: 2 /* Z_SYNC_FLUSH: byte-aligned, no end */ });
      const expected = records.filter((_, i) => complete.includes(`${records[i]},`));
      for (const size of [7, 4096, 1 << 20]) {
        const bad = Buffer.concat([head, Buffer.alloc(50_000, 0xff)]);
        const { outcome, byte, texts } = await read(inPieces(bad, size));
        expect([outcome, byte]).toEqual(['corrupt-gzip', head.length]);
        expect(texts.length).toBeGreaterThanOrEqual(expected.length);
        expect(texts).toEqual(records.slice(0, texts.length));
      }
    }
  });

  it('any changed byte: the same records and the same byte as if each byte came alone', async () => {
    const { document } = manyRecords(50);
    const first = gzipSync(document.subarray(0, 1_000));
    const good = Buffer.concat([first, gzipSync(document.subarray(1_000))]);
    // Without the magic bytes of the first member, which decide whether it is gzip at all.
    const anywhere = fc.integer({ min: 2, max: good.length - 1 });
    const secondHeader = fc.integer({ min: first.length, max: first.length + 9 });
    const outcomes = new Set<string>();
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(anywhere, secondHeader),
        fc.integer({ min: 1, max: 255 }),
        fc.constantFrom(400, 1 << 20),
        async (at, change, size) => {
          const bad = Buffer.from(good);
          bad[at] = (bad[at] ?? 0) ^ change;
          const { opened, ...inSteps } = await read(inPieces(bad, size));
          const { opened: _, ...alone } = await read(inPieces(bad, 1));
          expect(inSteps).toEqual(alone);
          if (opened === 2) outcomes.add(inSteps.outcome);
        },
      ),
      { numRuns: 60, seed: 5 },
    );
    expect([...outcomes].sort()).toEqual(['bad-checksum', 'bytes-after-gzip', 'corrupt-gzip']);
  });

  it('bytes after the gzip data', async () => {
    for (const more of [Buffer.from('more'), Buffer.alloc(1), Buffer.alloc(100_000)]) {
      const result = await read([Buffer.concat([stored, more])]);
      expect(['corrupt-gzip', 'bytes-after-gzip']).toContain(result.outcome);
      expect(result.texts).toEqual(records);
      // zlib needs two bytes to detect that they do not start another member.
      expect((result.byte ?? 0) - stored.length).toBeLessThanOrEqual(1);
    }
  });

  it('truncated JSON in valid gzip', async () => {
    const { outcome, byte, texts } = await read([gzipSync(document.subarray(0, -2))]);
    expect([outcome, byte]).toEqual(['truncated-json', document.length - 2]);
    expect(texts).toEqual(records);
  });

  it('without quoting the content', async () => {
    for (const bytes of [Buffer.from('secret'), gzipSync('{"Records":[{"secret":1}]secret')]) {
      const failure = await readRecords(
        async function* () {
          yield bytes;
        },
        async () => true,
      ).catch((error: Error) => error);
      expect(failure).toBeInstanceOf(LogObjectError);
      expect(String(failure)).not.toContain('secret');
    }
  });
});
