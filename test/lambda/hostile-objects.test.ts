import { constants, gzipSync } from 'node:zlib';
import { beforeEach, describe, expect, it } from 'vitest';
import { VirtualClock } from '../../local/virtual-clock.ts';
import { BUCKET, PLENTY_OF_TIME, s3Event, unpackEvents, useLocalAccount } from '../run-locally.ts';

const local = useLocalAccount();
beforeEach(() => local.reset());

const [A, B, C] = ['{"eventName":"A"}', '{"eventName":"B"}', '{"eventName":"C"}'];
const DOCUMENT = `{"Records":[${A},${B},${C}]}`;
/** Stored, not deflated, so the tests can cut or change each byte of the text in the object. */
const STORED = gzipSync(DOCUMENT, { level: 0 });
const KEY = 'hostile.json.gz';

function put(bytes: Buffer | string, key = KEY): void {
  local.account().s3.putObject(BUCKET, key, typeof bytes === 'string' ? gzipSync(bytes) : bytes);
}

/** Runs one invocation without a work queue, so the handler throws every error. */
async function invoke(event: unknown, settings: Record<string, string> = {}) {
  const { handler, reports } = local.createHandler({ WORK_QUEUE_URL: '', ...settings });
  const error = await handler(event, PLENTY_OF_TIME).then(
    () => undefined,
    (thrown: Error) => thrown.message,
  );
  const events = unpackEvents(local.taken);
  return { error, report: reports[0], events, messages: events.map(({ message }) => message) };
}

function withByte(bytes: Buffer, at: number, value: number): Buffer {
  const copy = Buffer.from(bytes);
  copy.writeUInt8(value, at < 0 ? bytes.length + at : at);
  return copy;
}

/** Gzip members that inflate to `mebibytes` MiB of one byte, and have a thousandth of that size. */
function filled(byte: string, mebibytes: number): Buffer {
  const member = gzipSync(Buffer.alloc(16 << 20, byte));
  return Buffer.concat(new Array<Buffer>(mebibytes / 16).fill(member));
}

describe('gzip bombs', () => {
  it('stop at MAX_INFLATED_BYTES, after the records before it', async () => {
    put(Buffer.concat([gzipSync(`{"Records":[${A},${B}`), filled(' ', 10_240), gzipSync(']}')]));
    const { error, messages } = await invoke(s3Event(KEY), { MAX_INFLATED_BYTES: '1000000' });
    expect(error).toContain('LogObjectError: too-large at byte 1000000');
    expect(messages).toEqual([A, B]);
  });

  it.each([
    ['one under', 1, undefined],
    ['exactly at', 0, undefined],
    ['one over', -1, 'too-large'],
  ])('an object %s that limit', async (_, room, expected) => {
    put(DOCUMENT);
    const result = await invoke(s3Event(KEY), { MAX_INFLATED_BYTES: String(DOCUMENT.length + room) });
    if (expected === undefined) expect(result.error).toBeUndefined();
    else expect(result.error).toContain(expected);
    expect(result.messages).toEqual([A, B, C]);
  });

  it('that take too long stop being requeued after the attempt limit', async () => {
    // 512 MiB at an eighth of that size. Each slice inflates to little, so the deadline is noticed in time.
    const strategy = constants.Z_HUFFMAN_ONLY;
    const member = gzipSync(Buffer.alloc(16 << 20, ' '), { strategy });
    put(Buffer.concat([gzipSync('{"Records":['), ...new Array<Buffer>(32).fill(member), gzipSync(']}')]));
    const message = { eventSource: 'aws:sqs', messageId: 'message-0', body: JSON.stringify(s3Event(KEY)) };
    const clock = new VirtualClock();
    const settings = { MAX_ATTEMPTS_WITHOUT_PROGRESS: '1' };
    const { handler, reports } = local.createHandler(settings, { clock });
    await local.account().deliver(handler, { Records: [message] }, () => {
      const endsAt = clock.now() + 60_000;
      let looks = 0;
      const getRemainingTimeInMillis = () => {
        // Time runs out in the middle of the object.
        if (looks++ === 100) clock.skip(55_000);
        return endsAt - clock.now();
      };
      return { getRemainingTimeInMillis };
    });
    const [letter] = local.account().workQueue.deadLetters;
    expect(JSON.parse(letter?.body ?? '')).toMatchObject({ key: KEY, nextRecord: 0, attempt: 1 });
    for (const { errors, inflatedBytes } of reports) {
      expect(errors).toMatchObject([{ error: 'ran out of time' }]);
      expect(inflatedBytes).toBeGreaterThan(1 << 20);
      expect(inflatedBytes).toBeLessThan(256 << 20);
    }
  });
});

describe('invalid stored bytes fail after the complete records', () => {
  const inStored = (text: string) => STORED.indexOf(text);
  const longName = Buffer.concat([withByte(STORED, 3, 8).subarray(0, 10), Buffer.alloc(1 << 20, 'n')]);

  it.each<[string, Buffer, string | undefined, string[]]>([
    ['an empty object', Buffer.alloc(0), 'empty-object at byte 0', []],
    ['gzip of an empty file', gzipSync(''), 'empty-object at byte 0', []],
    ['half of the magic number', STORED.subarray(0, 1), 'not-json at byte 0', []],
    ['gzip cut inside record 1', STORED.subarray(0, inStored(B) + 3), 'truncated-gzip at byte 48', [A]],
    ['gzip without its trailer', STORED.subarray(0, -8), 'truncated-gzip at byte 82', [A, B, C]],
    ['a wrong checksum', withByte(STORED, -8, STORED.readUInt8(82) ^ 1), 'bad-checksum', [A, B, C]],
    ['a wrong length', withByte(STORED, -1, 1), 'bad-checksum at byte 89', [A, B, C]],
    ['an unknown block type', withByte(STORED, 10, 7), 'corrupt-gzip at byte 10', []],
    [
      'a changed letter',
      withByte(STORED, inStored(B) + 14, 0x62),
      'bad-checksum',
      [A, '{"eventName":"b"}', C],
    ],
    [
      'text after the gzip',
      Buffer.concat([STORED, Buffer.from('more')]),
      'bytes-after-gzip at byte 90',
      [A, B, C],
    ],
    [
      'a line feed after the gzip',
      Buffer.concat([STORED, Buffer.from('\n')]),
      'bytes-after-gzip at byte 90',
      [A, B, C],
    ],
    [
      'a line break after the gzip',
      Buffer.concat([STORED, Buffer.from('\r\n')]),
      'bytes-after-gzip at byte 90',
      [A, B, C],
    ],
    [
      'half of another member after the gzip',
      Buffer.concat([STORED, STORED.subarray(0, 1)]),
      'truncated-gzip',
      [A, B, C],
    ],
    [
      'a byte after two members',
      Buffer.concat([gzipSync('{"Records":['), gzipSync(`${A}]}`), Buffer.from('x')]),
      'bytes-after-gzip',
      [A],
    ],
    ['zstd', Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x24, 0]), 'zstd at byte 0', []],
    ['UTF-16 with a byte-order mark', Buffer.from(`\ufeff${DOCUMENT}`, 'utf16le'), 'utf-16 at byte 0', []],
    ['UTF-16 without a byte-order mark', Buffer.from(DOCUMENT, 'utf16le'), 'utf-16 at byte 0', []],
    [
      'zeros after the gzip',
      Buffer.concat([STORED, Buffer.alloc(9)]),
      'bytes-after-gzip at byte 90',
      [A, B, C],
    ],
    ['gzip twice', gzipSync(STORED), 'double-gzip at byte 0', []],
    ['a zip file', Buffer.from('PK\x03\x04'), 'not-json at byte 0', []],
    [
      '10,000 empty members first',
      Buffer.concat([...new Array(10_000).fill(gzipSync('')), STORED]),
      undefined,
      [A, B, C],
    ],
    [
      'a file name of 1 MiB in the header',
      Buffer.concat([longName, Buffer.alloc(1), STORED.subarray(10)]),
      undefined,
      [A, B, C],
    ],
    ['plain text under .gz', Buffer.from(DOCUMENT), undefined, [A, B, C]],
  ])('%s', async (_, bytes, expected, delivered) => {
    put(bytes);
    const { error, messages, report } = await invoke(s3Event(KEY));
    if (expected === undefined) expect(error).toBeUndefined();
    else expect(error).toContain(`s3://${BUCKET}/${KEY}: LogObjectError: ${expected}`);
    expect(messages).toEqual(delivered);
    expect(report).toMatchObject({ recordsRead: delivered.length, unbalanced: 0 });
  });
});

describe('the text of an object', () => {
  const mark = '\ufeff';
  const utf16 = Buffer.from(mark + DOCUMENT, 'utf16le');

  it.each<[string, string | Buffer, string, string[]]>([
    ['cut after a record', `{"Records":[${A}`, 'truncated-json at byte 29', [A]],
    ['cut inside a record', `{"Records":[${A},{"eventNa`, 'truncated-json at byte 39', [A]],
    ['an unterminated string', `{"Records":[${A},{"a":"},${B}]}`, 'truncated-json at byte 57', [A]],
    ['HTML', '<html></html>', 'not-json at byte 0', []],
    ['a line that is not JSON', `${DOCUMENT}\n${A},\n`, 'not-json at byte 85', [A, B, C]],
    ['text after the end', `${DOCUMENT}x`, 'not-json at byte 67', [A, B, C]],
    ['NUL after the end', `${DOCUMENT}\0`, 'not-json at byte 67', [A, B, C]],
    ['NUL at the start', `\0${DOCUMENT}`, 'not-json at byte 0', []],
    ['NUL between records', `{"Records":[${A},\0${B}]}`, 'not-json at byte 30', [A]],
    ['UTF-16 with a byte-order mark', gzipSync(utf16), 'utf-16 at byte 0', []],
    ['UTF-16 without a byte-order mark', gzipSync(utf16.subarray(2)), 'utf-16 at byte 0', []],
    ['two byte-order marks', `${mark}${mark}${DOCUMENT}`, 'not-json at byte 3', []],
    ['no comma between records', `{"Records":[${A}${B}]}`, 'not-json at byte 29', [A]],
    ['a comma after the last record', `{"Records":[${A},]}`, 'not-json at byte 30', [A]],
    ['a record that is NaN', `{"Records":[${A},NaN,${B}]}`, 'not-json at byte 30', [A]],
    [
      'brackets that cross',
      `{"Records":[${A},{"a":[},${B}]},${C}]}`,
      'not-json at byte 56',
      [A, `{"a":[},${B}]`],
    ],
  ])('%s: fails after the complete records', async (_, text, expected, delivered) => {
    put(text);
    const { error, messages } = await invoke(s3Event(KEY));
    expect(error).toContain(`s3://${BUCKET}/${KEY}: LogObjectError: ${expected}`);
    expect(messages).toEqual(delivered);
  });

  it.each([
    '{}',
    '7',
    '""',
    'null',
    '{"Records":{"0":{}}}',
    '{"Records":null}',
    '{"Records":"[7]"}',
    '{"records":[7]}',
    '{"a":{"Records":[7]}}',
    '{"__proto__":{"Records":[7]}}',
  ])('%s: has no records, is counted and does not fail', async (text) => {
    put(text);
    const { error, messages, report } = await invoke(s3Event(KEY));
    expect(error).toBeUndefined();
    expect(messages).toEqual([]);
    expect(report).toMatchObject({ objects: 1, objectsDone: 0, withoutRecords: 1, recordsRead: 0 });
  });

  it.each<[string, string, string[]]>([
    ['a byte-order mark', `${mark}${DOCUMENT}`, [A, B, C]],
    ['an empty Records array', '{"Records":[]}', []],
    ['Records twice', `{"Records":[${A}],"Records":[${B},${C}]}`, [A, B, C]],
    ['Records as null and as an array', `{"Records":null,"Records":[${A}]}`, [A]],
    ['Records with escapes', `{"\\u0052ecord\\u0073":[${A}]}`, [A]],
    [
      'megabytes of other members',
      `{"x":"${'x'.repeat(3e6)}","Records":[${A}],"y":[${'[],'.repeat(1e6)}0]}`,
      [A],
    ],
  ])('%s: is read normally', async (_, text, delivered) => {
    put(text);
    const { error, messages, report } = await invoke(s3Event(KEY));
    expect(error).toBeUndefined();
    expect(messages).toEqual(delivered);
    expect(report).toMatchObject({ objectsDone: 1, withoutRecords: 0, malformed: 0 });
  });
});
