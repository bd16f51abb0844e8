import { gzipSync } from 'node:zlib';

/** Almost the default size limit of a record. */
const LONG = 4 * 2 ** 20 - 100;

const repeated = (text: string, bytes: number) => text.repeat(Math.floor(bytes / text.length));
const recordWith = (value: string) => `{"requestParameters":${value}}`;
const arrayOf = (item: string) => recordWith(`[${repeated(`${item},`, LONG)}0]`);
const objectOf = (member: (n: number) => string) => {
  const members = Array.from({ length: LONG / member(999_999).length - 1 }, (_, n) => member(n));
  return recordWith(`{${members}}`);
};
const documentOf = (...records: string[]) => gzipSync(`{"Records":[${records}]}`);
const twice = (record: string) => documentOf(record, record);
const around = (before: string, middle: Buffer, after: string) =>
  Buffer.concat([gzipSync(before), middle, gzipSync(after)]);

/** Gzip members that inflate to the given number of MiB of a repeated text. */
function filled(text: string, mebibytes: number): Buffer {
  return Buffer.concat(new Array<Buffer>(mebibytes).fill(gzipSync(repeated(text, 2 ** 20))));
}

/** A sound object of many records, with one thing wrong near its end. */
function broken(change: (stored: Buffer) => Buffer): Buffer {
  const record = recordWith(JSON.stringify(repeated('x', 1_000)));
  return change(gzipSync(`{"Records":[${Array(20_000).fill(record)}]}`));
}

function flipped(stored: Buffer, fromEnd: number): Buffer {
  const copy = Buffer.from(stored);
  copy[copy.length - fromEnd] = (copy.at(-fromEnd) ?? 0) ^ 0xff;
  return copy;
}

/** The kinds of object in the table of docs/reliability.md. The first ones need the most memory to read. */
export const HOSTILE_OBJECTS: Record<string, () => Buffer> = {
  'two records of brackets': () => twice(recordWith('['.repeat(LONG))),
  'two records of nesting just below the limit': () =>
    twice(arrayOf(`${'['.repeat(9_000)}${']'.repeat(9_000)}`)),
  'two records of empty objects': () => twice(arrayOf('{}')),
  'two records of numbers that keep their notation': () => twice(arrayOf('1.0e0')),
  'two records of unique keys': () => twice(objectOf((n) => `"${n}":0`)),
  'a record of 100 MB': () => around('{"Records":[{"a":"', filled('x', 100), '"}]}'),
  'spaces between records': () => around('{"Records":[{}', filled(' ', 200), ',{}]}'),
  'two-byte records': () => around(`{"Records":[${'{},'.repeat(50_000)}{}`, Buffer.alloc(0), ']}'),
  'gzip of nothing': () => gzipSync(''),
  'gzip truncated after 20 MB': () => broken((stored) => stored.subarray(0, -20)),
  'a wrong checksum after 20 MB': () => broken((stored) => flipped(stored, 8)),
  'corrupt deflate data after 20 MB': () => broken((stored) => flipped(stored, 100)),
  'zeros after the gzip data': () => broken((stored) => Buffer.concat([stored, Buffer.alloc(2 ** 20)])),
  'gzip of gzip': () => broken(gzipSync),
  zstd: () => gzipSync(Buffer.concat([Buffer.from('28b52ffd', 'hex'), Buffer.alloc(2 ** 24)])),
  'UTF-16': () => gzipSync(Buffer.from(`\ufeff{"Records":[${repeated('{},', LONG)}{}]}`, 'utf16le')),
  'truncated JSON in a record of 4 MiB': () => gzipSync(`{"Records":[{"a":"${'x'.repeat(LONG)}`),
  'NUL between records': () => gzipSync(`{"Records":[${Array(10_000).fill('{}\0')}]}`),
  'JSON without records': () => gzipSync(JSON.stringify({ hello: 'x'.repeat(LONG) })),
  'a list of numbers': () => gzipSync(`[${repeated('1,', 100_000)}1]`),
  'Records twice, other members of several MB, a byte-order mark': () =>
    gzipSync(
      `\ufeff{"a":"${'x'.repeat(LONG)}","Records":[{}],"Rec\\u006frds":[{}],"b":[${repeated('[],', LONG)}[]]}`,
    ),
  'records of numbers, texts, arrays and null': () => documentOf(...Array(5_000).fill('1,"x",[],null,true')),
  'a record above the size limit': () => documentOf(recordWith(JSON.stringify('x'.repeat(2 * LONG))), '{}'),
  'more nesting than the limit': () => twice(recordWith(`${'['.repeat(20_000)}${']'.repeat(20_000)}`)),
  'bytes that are not UTF-8': () => around('{"Records":[{"a":"', gzipSync(Buffer.alloc(LONG, 0xff)), '"}]}'),
  'lone surrogates': () => twice(recordWith(`"${repeated('\\ud800', LONG)}"`)),
  'escaped text': () => twice(recordWith(`"${repeated('\\n\\u0000', LONG)}"`)),
  'the same key again and again': () => twice(objectOf(() => '"__proto__":{}')),
  'numbers of 20 digits': () => twice(arrayOf('12345678901234567890')),
  'user agents of 64 KB': () =>
    documentOf(
      ...Array.from({ length: 200 }, (_, n) => `{"userAgent":"${n}${repeated('Mozilla/5.0 (', 65_536)}"}`),
    ),
  'different user agents': () =>
    documentOf(
      ...Array.from({ length: 3_000 }, (_, n) => `{"userAgent":"agent-${n}/${n} (${'x'.repeat(400)})"}`),
    ),
  'one text of 200 MB beside the records': () => around('{"a":"', filled('x', 200), '","Records":[{}]}'),
  '20 MB of other members': () => around('{"Records":[{}]', filled(',"a":1', 20), '}'),
  '300 MB of zeros': () => filled('\0', 300),
  'texts that hold records': () =>
    gzipSync(
      JSON.stringify({ Events: Array(4_000).fill({ CloudTrailEvent: `{"a":"${'\\"'.repeat(500)}"}` }) }),
    ),
  'JSON Lines': () => gzipSync(repeated('{"eventVersion":"1","eventName":"A"}\n', LONG)),
};
