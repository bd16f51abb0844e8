import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RawRecord } from '../../../lambda/read/raw-record.ts';
import { RecordSplitter, type SplitOptions } from '../../../lambda/read/split-records.ts';
import { anyDocument, cut, documentWithRecords } from './json-documents.ts';
import { findRecordsPlainly } from './plain-records.ts';

function recordsOf(splitter: RecordSplitter, chunk?: Uint8Array): RawRecord[] {
  const records: RawRecord[] = [];
  if (chunk) splitter.push(chunk);
  for (let record = splitter.next(); record; record = splitter.next()) records.push(record);
  return records;
}

function split(chunks: Uint8Array[], options?: SplitOptions) {
  const splitter = new RecordSplitter(options);
  const records = chunks.flatMap((chunk) => recordsOf(splitter, chunk));
  if (!splitter.error) splitter.end();
  records.push(...recordsOf(splitter));
  return {
    outcome: splitter.error?.message ?? splitter.outcome,
    unknown: splitter.unknown,
    records: records.map(({ parsed: _, utf8: _bytes, ...record }) => record),
    texts: records.map(({ text }) => text),
  };
}

const splitText = (text: string, options?: SplitOptions) => split([Buffer.from(text)], options);

describe('the records of any document', () => {
  it('are exactly the slices that the reference parser finds, for any cuts', () => {
    const seen = { records: 0, cutInside: 0, multiByte: 0, several: 0, twice: 0 };
    fc.assert(
      fc.property(documentWithRecords, fc.array(fc.nat(), { maxLength: 12 }), (document, places) => {
        const expected = findRecordsPlainly(document);
        const chunks = cut(Buffer.from(document), places);
        const { outcome, texts } = split(chunks);
        expect(texts).toEqual(expected);
        expect(outcome).toBe(expected.length > 0 ? 'records' : 'empty');

        seen.records += expected.length;
        if (expected.length > 1) seen.several++;
        if (chunks.length > 2 && expected.length > 0) seen.cutInside++;
        if (chunks.some((chunk) => ((chunk[0] ?? 0) & 0xc0) === 0x80)) seen.multiByte++;
        if ((document.match(/"Records"/g) ?? []).length > 1) seen.twice++;
      }),
      { numRuns: 2000, seed: 1 },
    );
    // Not vacuous: some records were cut, some inside a character, and some documents had `Records` twice.
    expect(seen.records).toBeGreaterThan(1500);
    expect(seen.several).toBeGreaterThan(400);
    expect(seen.cutInside).toBeGreaterThan(500);
    expect(seen.multiByte).toBeGreaterThan(200);
    expect(seen.twice).toBeGreaterThan(50);
  });

  it('are the same byte by byte and in one piece', () => {
    fc.assert(
      fc.property(anyDocument, (document) => {
        const bytes = Buffer.from(document);
        const singly = split(Array.from(bytes, (byte) => Uint8Array.of(byte)));
        expect(singly).toEqual(split([bytes]));
        expect(singly.texts).toEqual(findRecordsPlainly(document));
      }),
      { numRuns: 1000, seed: 2 },
    );
  });

  it('of a truncated document are emitted up to its end, which is an error', () => {
    let errors = 0;
    fc.assert(
      fc.property(documentWithRecords, fc.nat(), (document, place) => {
        const bytes = Buffer.from(document.trim());
        const { outcome, texts } = split([bytes.subarray(0, place % bytes.length)]);
        expect(outcome).toMatch(/^(truncated-json|empty-object) at byte/);
        expect(findRecordsPlainly(document).slice(0, texts.length)).toEqual(texts);
        errors++;
      }),
      { numRuns: 500, seed: 3 },
    );
    expect(errors).toBe(500);
  });

  it('are the same whether their ends are guessed or scanned', () => {
    const seen = { guessed: 0, scanned: 0, wrong: 0 };
    // Records with the same start, some of which contain what looks like the start of another.
    const like = fc.constantFrom(
      '{"eventVersion":"1.08","a":"x"}',
      '{"eventVersion":"1.08","a":[{"eventVersion":1},{"eventVersion":"1.08"}]}',
      '{"eventVersion":"1.08","a":"},{\\"eventVersion\\":\\"1"}',
      '{"eventVersion":"1.08","a":{"b":[{},{"eventVersion":"1.08","c":"é"}]}}',
      '{"eventVersion":"1.08","broken":}',
      '{"eventVersion":"1.08","broken":"},{"eventVersion":"1.08"}',
      '7',
      '{ "eventVersion":"1.08" }',
    );
    const document = fc.array(like, { maxLength: 30 }).map((records) => `{"Records":[${records.join(',')}]}`);
    fc.assert(
      fc.property(
        fc.oneof(document, documentWithRecords),
        fc.array(fc.nat(), { maxLength: 3 }),
        fc.nat({ max: 3 }),
        (text, places, firstRecord) => {
          const chunks = cut(Buffer.from(text), places);
          const options = { firstRecord, maxRecordBytes: 60 };
          expect(split(chunks, options)).toEqual(split(chunks, { ...options, mayGuess: false }));

          const splitter = new RecordSplitter();
          for (const record of chunks.flatMap((chunk) => recordsOf(splitter, chunk))) {
            if (record.parsed) {
              seen.guessed++;
              expect(record.parsed).toEqual(JSON.parse(record.text ?? ''));
              expect(record.utf8?.equals(Buffer.from(record.text ?? ''))).toBe(true);
            } else seen.scanned++;
            if (!record.parsed && /},\{"eventVersion/.test(record.text ?? '')) seen.wrong++;
          }
        },
      ),
      { numRuns: 1500, seed: 9 },
    );
    expect(seen.guessed).toBeGreaterThan(400);
    expect(seen.scanned).toBeGreaterThan(1000);
    expect(seen.wrong).toBeGreaterThan(100);
  });

  it.each([
    ['every character', 'é漢😀\u2028\ufeff\u007f', true],
    ['bytes that are no character', Buffer.of(0xff), false],
    ['an incomplete character', Buffer.of(0xe6, 0xbc), false],
    ['a surrogate', Buffer.of(0xed, 0xa0, 0x80), false],
    ['a longer form of a character', Buffer.of(0xc1, 0xa1), false],
    ['U+FFFD itself, which is not distinguished from those', '\ufffd', false],
  ])('come with their bytes only if these are the text: %s', (_, content, isKnown) => {
    const document = Buffer.concat([
      Buffer.from('{"Records":[{"eventVersion":"'),
      Buffer.from(content),
      Buffer.from('"},{"eventVersion":"1"}]}'),
    ]);
    const [first] = recordsOf(new RecordSplitter(), document);
    expect(first?.parsed).toBeDefined();
    expect(first?.utf8?.toString()).toBe(isKnown ? first?.text : undefined);
  });

  it('come without their bytes if they lie across chunks', () => {
    const splitter = new RecordSplitter();
    const record = '{"eventVersion":"1.08"}';
    const document = Buffer.from(`{"Records":[${record},${record},${record},${record},7]}`);
    const records = cut(document, [55]).flatMap((chunk) => recordsOf(splitter, chunk));
    expect(records.map(({ text }) => text)).toEqual([record, record, record, record, '7']);
    expect(records.map(({ utf8 }) => utf8?.length)).toEqual([23, undefined, 23, undefined, undefined]);
  });

  it('have their position and length', () => {
    const { records } = splitText('{"Records": [{"é":1}, 22 ,"x"]}');
    expect(records).toEqual([
      { index: 0, byte: 13, bytes: 8, text: '{"é":1}' },
      { index: 1, byte: 23, bytes: 2, text: '22' },
      { index: 2, byte: 27, bytes: 3, text: '"x"' },
    ]);
  });

  it('survive overwriting the buffer of an earlier chunk', () => {
    const splitter = new RecordSplitter();
    const chunk = Buffer.from('{"Records":[{"a":');
    expect(recordsOf(splitter, chunk)).toEqual([]);
    chunk.fill(0);
    expect(recordsOf(splitter, Buffer.from('1}]}')).map(({ text }) => text)).toEqual(['{"a":1}']);
  });
});

it('throws on push and end while the current chunk has records left', () => {
  const splitter = new RecordSplitter();
  splitter.push(Buffer.from('{"Records":[1,2'));
  expect(splitter.next()?.text).toBe('1');
  expect(() => splitter.push(Buffer.from(']}'))).toThrow('the previous chunk has unread records');
  expect(() => splitter.end()).toThrow('the previous chunk has unread records');
  expect(splitter.next()).toBeUndefined();
  expect(recordsOf(splitter, Buffer.from(']}')).map(({ text }) => text)).toEqual(['2']);
});

describe('the splitter', () => {
  it.each([
    ['{"Records":[]}', 'empty'],
    ['{"Records":[ \n]}', 'empty'],
    ['\ufeff{"Records":[]}', 'empty'],
    ['{}', 'unknown'],
    ['{"Records":null}', 'unknown'],
    ['{"Records":{"Records":[1]}}', 'unknown'],
    ['{"records":[1]}', 'unknown'],
    ['[{"Records":[1]}]', 'records'],
    ['"text"', 'unknown'],
    ['-1.5e3', 'unknown'],
    ['', 'empty-object at byte 0: the object is empty'],
    [' \n', 'truncated-json at byte 2: unexpected end, expected document'],
    ['{"Records":[{"a":1}', 'truncated-json at byte 19: unexpected end, expected comma or bracket'],
    ['{"Records":[{"a":1', 'truncated-json at byte 18: unexpected end, expected end of value'],
    ['{"Records":[{}]', 'truncated-json at byte 15: unexpected end, expected comma or brace'],
    ['hello', 'not-json at byte 0: expected value'],
    ['<html>', 'not-json at byte 0: expected document'],
    ['\u0000', 'not-json at byte 0: expected document'],
    ['{"Records":[{},]}', 'not-json at byte 15: expected record'],
    ['{"Records":[{}{}]}', 'not-json at byte 14: expected comma or bracket'],
    ['{"Records":[{}],}', 'not-json at byte 16: expected key'],
    ['{"Records":[{}],"a":tru}', 'not-json at byte 20: expected value'],
    ['{"Records":[{}]} {"Records":[]}', 'records'],
    ['{"Records":[{}]} ;', 'not-json at byte 17: expected document'],
    ['{,}', 'not-json at byte 1: expected first key'],
    ['{"a" 1}', 'not-json at byte 5: expected colon'],
  ])('reports the outcome of %j: %s', (text, outcome) => {
    expect(splitText(text).outcome).toBe(outcome);
  });

  it('rejects an incomplete or repeated byte-order mark', () => {
    const mark = Buffer.from([0xef, 0xbb, 0xbf]);
    const document = Buffer.from('{"Records":[1]}');
    expect(split([mark.subarray(0, 1), mark.subarray(1), document]).texts).toEqual(['1']);
    expect(split([mark.subarray(0, 2), document]).outcome).toMatch(/^not-json at byte 2/);
    expect(split([mark, mark, document]).outcome).toMatch(/^not-json at byte 3/);
  });

  it('emits the records before an error in the same chunk', () => {
    expect(splitText('{"Records":[{"a":1},{"b":2};').texts).toEqual(['{"a":1}', '{"b":2}']);
  });
});

describe('limits', () => {
  const document = '{"Records":["12345","1234","123456"]}';

  it.each([
    [5, [undefined, undefined, undefined]],
    [6, [undefined, '"1234"', undefined]],
    [7, ['"12345"', '"1234"', undefined]],
    [8, ['"12345"', '"1234"', '"123456"']],
  ])(
    'emits a record longer than %i bytes without its text, in one chunk or in several',
    (maxRecordBytes, texts) => {
      expect(splitText(document, { maxRecordBytes }).texts).toEqual(texts);
      const singly = Array.from(Buffer.from(document), (byte) => Uint8Array.of(byte));
      expect(split(singly, { maxRecordBytes }).texts).toEqual(texts);
      expect(split(singly, { maxRecordBytes }).records.map(({ bytes }) => bytes)).toEqual([7, 6, 8]);
    },
  );

  it('counts and skips the records before firstRecord', () => {
    const splitter = new RecordSplitter({ firstRecord: 2 });
    const records = recordsOf(splitter, Buffer.from('{"Records":[0,{"a":1},"two",3]}'));
    expect(records.map(({ index }) => index)).toEqual([2, 3]);
    expect(splitter.recordsSeen).toBe(4);
    splitter.end();
    expect(splitter.outcome).toBe('records');
  });

  it('does not limit the nesting of a record', () => {
    const deep = '['.repeat(100_000) + ']'.repeat(100_000);
    expect(splitText(`{"Records":[${deep}]}`).texts).toEqual([deep]);
  });
});
