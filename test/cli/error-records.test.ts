import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { doneKey, errorFolder } from '../../cli/operate/replay-errors/error-folder.ts';
import { parseErrorRecord } from '../../cli/operate/replay-errors/parse-error-record.ts';
import { splitErrorLines } from '../../cli/operate/replay-errors/split-error-lines.ts';
import { MAX_RECORD_BYTES } from '../../lambda/deliver/limits.ts';

/** Lines of `{…}`, or the reason why there is none, when the text arrives in pieces. */
async function split(text: string | Buffer, pieceBytes: number): Promise<[number, string][]> {
  const bytes = Buffer.from(text);
  async function* pieces() {
    // The buffer is reused, as the inflater's is.
    const piece = Buffer.alloc(pieceBytes);
    for (let at = 0; at < bytes.length; at += pieceBytes) {
      const length = bytes.copy(piece, 0, at, at + pieceBytes);
      yield piece.subarray(0, length);
    }
  }
  const found: [number, string][] = [];
  for await (const line of splitErrorLines(pieces()))
    found.push([line.line, 'json' in line ? line.json.toString() : line.reason]);
  return found;
}

const A = '{"a":"}\\"\\\\{","b":[{}]}';
const B = '{"rawData":"é😀"}';

describe('lines of an error object', () => {
  it.each<[string, string, [number, string][]]>([
    [
      'one object per line',
      `${A}\n${B}\n`,
      [
        [1, A],
        [2, B],
      ],
    ],
    [
      'no newline at the end',
      `${A}\n${B}`,
      [
        [1, A],
        [2, B],
      ],
    ],
    [
      'several objects on a line',
      `${A}${B} ${A}\n${B}${B}`,
      [
        [1, A],
        [1, B],
        [1, A],
        [2, B],
        [2, B],
      ],
    ],
    [
      'empty lines and white space',
      `\n \t\r\n${A} \r\n\n${B}`,
      [
        [3, A],
        [5, B],
      ],
    ],
    ['nothing', '', []],
    [
      'text',
      `oops {}\n${B}`,
      [
        [1, 'not a JSON object'],
        [2, B],
      ],
    ],
    [
      'text after an object',
      `${A}x${B}\n${B}`,
      [
        [1, A],
        [1, 'not a JSON object'],
        [2, B],
      ],
    ],
    [
      'a list',
      `[${A}]\n${B}`,
      [
        [1, 'not a JSON object'],
        [2, B],
      ],
    ],
    [
      'a line that breaks off',
      `{"rawData":"abc\n${B}\n`,
      [
        [1, 'the line ends inside a JSON object'],
        [2, B],
      ],
    ],
    [
      'a line that ends with a backslash',
      `{"rawData":"abc\\\n${B}\n`,
      [
        [1, 'the line ends inside a JSON object'],
        [2, B],
      ],
    ],
    [
      'an end that breaks off',
      `${A}\n{"rawData":`,
      [
        [1, A],
        [2, 'the file ends inside a JSON object'],
      ],
    ],
  ])('%s', async (_, text, expected) => {
    for (const pieceBytes of [1, 2, 7, 1000]) expect(await split(text, pieceBytes)).toEqual(expected);
  });

  it('of 4 MiB are read, and longer ones are skipped', async () => {
    const objectOf = (bytes: number) => `{"a":"${'x'.repeat(bytes - 8)}"}`;
    const max = 4 * 1024 * 1024;
    for (const [bytes, fits] of [
      [max - 1, true],
      [max, true],
      [max + 1, false],
    ] as const) {
      const found = await split(`${objectOf(bytes)}\n${B}`, 65_536);
      expect(found.map(([line, text]) => [line, text.length])).toEqual([
        [1, fits ? bytes : 'a JSON object of more than 4194304 bytes'.length],
        [2, B.length],
      ]);
    }
  });
});

describe('an undelivered record', () => {
  const parse = (record: object | string) =>
    parseErrorRecord(Buffer.from(typeof record === 'string' ? record : JSON.stringify(record)));
  const rawData = (data: Buffer | string) => Buffer.from(data).toString('base64');

  it('is the bytes that were sent to the stream', () => {
    const member = gzipSync('{"a":1}\n');
    // The forms of a failed transformation and of a failed conversion in the AWS documentation.
    const transformed = {
      attemptsMade: 4,
      arrivalTimestamp: 1730626200000,
      errorCode: 'Lambda.FunctionTimedOut',
      errorMessage: 'message',
      attemptEndingTimestamp: 1730626260000,
      rawData: rawData(member),
      lambdaArn: 'arn',
    };
    expect(parse(transformed)).toEqual({ data: member, errorCode: 'Lambda.FunctionTimedOut' });
    const { errorCode: _, ...others } = transformed;
    expect(parse({ ...others, ErrorCode: 'DataFormatConversion.ParseError' })).toEqual({
      data: member,
      errorCode: 'DataFormatConversion.ParseError',
    });
    expect(parse({ rawData: rawData('é\n') })).toEqual({ data: Buffer.from('é\n'), errorCode: 'unknown' });
    expect(parse({ rawData: '', errorCode: '' })).toEqual({ data: Buffer.alloc(0), errorCode: 'unknown' });
  });

  it.each([
    ['not JSON', '{"rawData":"eyJ9",}'],
    ['no rawData', '{"errorCode":"x"}'],
    ['no rawData', '{"rawData":7}'],
    ['rawData is not base64', '{"rawData":"eyJ9!"}'],
    ['rawData is not base64', '{"rawData":"eyJ"}'],
    ['rawData is not base64', '{"rawData":"ey J9"}'],
    ['rawData is not base64', '{"rawData":"ey-_"}'],
  ])('is malformed: %s', (reason, json) => {
    expect(parse(json)).toBe(reason);
  });

  it('has at most the bytes of a Firehose record', () => {
    for (const bytes of [MAX_RECORD_BYTES - 1, MAX_RECORD_BYTES])
      expect(parse({ rawData: rawData(Buffer.alloc(bytes)) })).toMatchObject({ data: { length: bytes } });
    expect(parse({ rawData: rawData(Buffer.alloc(MAX_RECORD_BYTES + 1)) })).toBe(
      'rawData has 1,024,001 bytes, and a Firehose record at most 1,024,000',
    );
  });
});

describe('the folder of undelivered records', () => {
  it('can be one below it, or an object', () => {
    expect(errorFolder('s3://bucket/errors/')).toEqual({ bucket: 'bucket', prefix: 'errors/' });
    expect(errorFolder('s3://bucket/errors/a b/c')).toEqual({ bucket: 'bucket', prefix: 'errors/a b/c' });
  });

  it.each([
    's3://bucket',
    's3://bucket/',
    's3://bucket/errors',
    's3://bucket//a',
    'errors/',
    's3://bucket/errors-done/',
  ])('is not %s', (text) => expect(() => errorFolder(text)).toThrow());

  it('has one beside it for what is done', () => {
    expect(doneKey('errors/a/errors/b')).toBe('errors-done/a/errors/b');
  });
});
