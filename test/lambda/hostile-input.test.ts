import { inspect } from 'node:util';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createHandler } from '../../lambda/handler.ts';
import { QUEUE } from '../../local/account.ts';
import { VirtualClock } from '../../local/virtual-clock.ts';
import { BUCKET, PLENTY_OF_TIME, s3Event, unpackEvents, useLocalAccount } from '../run-locally.ts';

const local = useLocalAccount();
beforeEach(() => local.reset());

const KEY = 'hostile.json.gz';
const A = '{"eventName":"A"}';
const documentOf = (...records: string[]) => gzipSync(`{"Records":[${records}]}`);
const DOCUMENT = documentOf(A);

const put = (key: string, bytes: Buffer) => local.account().s3.putObject(BUCKET, key, bytes);

/** Runs one invocation without a work queue, so the handler throws every error. */
async function invoke(event: unknown, settings: Record<string, string> = {}) {
  const { handler, reports } = local.createHandler({ WORK_QUEUE_URL: '', ...settings });
  const answer = await handler(event, PLENTY_OF_TIME).catch((thrown: Error) => thrown);
  const error = answer instanceof Error ? answer.message : undefined;
  const events = unpackEvents(local.taken);
  return { answer, error, report: reports[0], events, messages: events.map(({ message }) => message) };
}

/** An SQS batch with these message bodies. */
function queueOf(...bodies: unknown[]) {
  return {
    Records: bodies.map((body, i) => ({
      eventSource: 'aws:sqs',
      messageId: `message-${i}`,
      body: typeof body === 'string' ? body : JSON.stringify(body),
    })),
  };
}

describe('keys', () => {
  const words =
    '%41 %2F é e\u0301 日本語 😀 \u{10ffff} \ufeff \uffff \u2028 .. ../x a/../b ./x a//b //b /b a. ... __proto__ constructor';
  const names = [
    ...Array.from({ length: 128 }, (_, code) => `a${String.fromCharCode(code)}b`),
    ...words.split(' '),
    'k'.repeat(1024 - '.json.gz'.length),
    '日'.repeat((1024 - '.json.gz'.length) / 3),
  ].map((name) => `${name}.json.gz`);
  const eventBridge = (key: string) => ({
    source: 'aws.s3',
    'detail-type': 'Object Created',
    detail: { bucket: { name: BUCKET }, object: { key } },
  });

  it.each<[string, unknown]>([
    ['an S3 event, form-encoded', s3Event(...names)],
    ['a CloudTrail notification, not encoded', { s3Bucket: BUCKET, s3ObjectKey: names }],
    ['EventBridge, not encoded', queueOf(...names.map(eventBridge))],
  ])('with unusual characters lead to the right object, in %s', async (_, event) => {
    for (const key of names) put(key, documentOf(JSON.stringify(key)));
    const { events, report } = await invoke(event);
    // Each record is its own key as a string, delivered with its place. Both must match.
    const places = events.map(({ message, log }) => [`s3://${BUCKET}/${JSON.parse(String(message))}`, log]);
    expect(places).toEqual(places.map(([path]) => [path, { file: { path }, offset: 0 }]));
    expect(new Set(places.map(([path]) => path))).toEqual(
      new Set(names.map((key) => `s3://${BUCKET}/${key}`)),
    );
    expect(report).toMatchObject({ objectsDone: names.length, delivered: names.length });
  });

  it('that only resemble those of log objects are skipped', async () => {
    const { report } = await invoke(
      s3Event('a.json.', 'a.json.gz.', 'a.json\n', 'a.JSON', 'a.json/', 'json', 'a.gz'),
    );
    expect(report).toMatchObject({ objects: 0, skippedOthers: 7, errors: [] });
  });

  it.each<[string, Record<string, unknown>, string]>([
    ['one byte too long', { object: { key: `${'k'.repeat(1020)}.json` } }, 'KeyTooLong'],
    ['of a missing object', { object: { key: 'no.json' } }, 'NoSuchKey'],
    ['of a missing version', { object: { key: KEY, versionId: 'no' } }, 'NoSuchVersion'],
    [
      'of a missing bucket',
      { bucket: { name: 'no-such-bucket' } },
      's3://no-such-bucket/hostile.json.gz: S3 GetObject: NoSuchBucket',
    ],
    [
      'of a bucket that is a path',
      { bucket: { name: '../x' } },
      's3://../x/hostile.json.gz: S3 GetObject: InvalidBucketName',
    ],
  ])('%s: fails with the error of S3', async (_, s3, expected) => {
    put(KEY, DOCUMENT);
    const record = { eventSource: 'aws:s3', eventName: 'ObjectCreated:Put' };
    const place = { bucket: { name: BUCKET }, object: { key: KEY } };
    const { error, messages } = await invoke({ Records: [{ ...record, s3: { ...place, ...s3 } }] });
    expect(error).toContain(expected);
    expect(messages).toEqual([]);
  });

  it('1,000 in one notification, one of them twice: reads each once per entry', async () => {
    const keys = Array.from({ length: 999 }, (_, i) => `${i}.json.gz`);
    for (const key of keys) put(key, documentOf(`{"eventName":"${key}"}`));
    const { report, messages } = await invoke(s3Event(...keys, '7.json.gz'));
    expect(report).toMatchObject({ objects: 1000, objectsDone: 1000, delivered: 1000, firehoseCalls: 1 });
    expect(new Set(messages).size).toBe(999);
    expect(messages.filter((message) => message === '{"eventName":"7.json.gz"}')).toHaveLength(2);
  });

  it.each([
    ['one with a character that XML does not allow', ['\uffff.json.gz']],
    // Each byte takes six in JSON: 180 of them do not fit in one message.
    [
      '180 of 1,024 control characters',
      Array.from({ length: 180 }, (_, i) => `${'\x01'.repeat(1013)}${i + 100}.json.gz`),
    ],
  ])('%s: the rest is still requeued', async (_, keys) => {
    for (const key of keys) put(key, DOCUMENT.subarray(0, -8));
    const { error } = await invoke(s3Event(...keys), { WORK_QUEUE_URL: local.account().sqs.queueUrl(QUEUE) });
    expect(error).toBeUndefined();
    const bodies = local
      .account()
      .sqs.drain(QUEUE)
      .map(({ body }) => JSON.parse(body));
    const rests: { key: string }[] = bodies.flatMap((body) => body.resume ?? body);
    expect(rests.map(({ key }) => key)).toEqual(keys);
  });
});

describe('an unrecognized notification fails, but not the rest of its batch', () => {
  const record = { eventSource: 'aws:s3', eventName: 'ObjectCreated:Put' };

  it.each<[string, unknown, string]>([
    ['text', 'hello', 'text that is not JSON'],
    ['empty text', '', 'text that is not JSON'],
    ['a string', '"{}"', 'a JSON string'],
    ['a number', '7', 'a number'],
    ['null', 'null', 'null'],
    ['arrays in arrays', '['.repeat(5e5) + ']'.repeat(5e5), 'notifications nested too deeply'],
    ['a record that is null', { Records: [null] }, 'a record that is null'],
    [
      'no key',
      { Records: [{ ...record, s3: { bucket: { name: BUCKET } } }] },
      'an object without bucket or key',
    ],
    ['a key that is a number', { s3Bucket: BUCKET, s3ObjectKey: [7] }, 'an object without bucket or key'],
    [
      'an incomplete escape',
      { Records: [{ ...record, s3: { object: { key: '%E4.json' } } }] },
      'key is not form-encoded',
    ],
    ['members of a prototype', '{"__proto__":{"Records":[]},"constructor":1}', 'an object with constructor'],
    [
      'a negative index',
      { bucket: BUCKET, key: KEY, nextRecord: -1, attempt: 0 },
      'with missing or invalid numbers',
    ],
    ['50,000 nested payloads', `${'{"requestPayload":'.repeat(5e4)}7${'}'.repeat(5e4)}`, ''],
  ])('%s', async (_, body, expected) => {
    put(KEY, DOCUMENT);
    const { answer, messages, report } = await invoke(queueOf(s3Event(KEY), body));
    expect(answer).toEqual({ batchItemFailures: [{ itemIdentifier: 'message-1' }] });
    expect(report?.errors).toEqual([
      { error: expect.stringMatching(/^unrecognized notification: /), messageId: 'message-1' },
    ]);
    expect(report?.errors[0]?.error).toContain(expected);
    expect(messages).toEqual([A]);
  });
});

describe('a secret in the input appears in no report, error or console line', () => {
  const SECRET = 'hunter2-S3CRET';
  const RECORD = `{"eventName":"${SECRET}"}`;
  const STORED = gzipSync(`{"Records":[${RECORD}]}`, { level: 0 });
  const event = s3Event(KEY);
  afterEach(() => vi.restoreAllMocks());

  /** Runs one invocation as Lambda does. Returns its answer and all its output. */
  async function capture(event: unknown, settings: Record<string, string> = {}, remainingMs = 900_000) {
    const written: unknown[][] = [];
    const write = (...values: unknown[]) => written.push(values) > 0;
    for (const name of ['log', 'info', 'warn', 'error', 'debug', 'trace'] as const) {
      vi.spyOn(console, name).mockImplementation(write);
    }
    for (const stream of [process.stdout, process.stderr])
      vi.spyOn(stream, 'write').mockImplementation(write);
    local.createHandler();
    const environment = { ...local.account().environment, RETRY_BASE_MS: '1', WORK_QUEUE_URL: '' };
    const clock = new VirtualClock();
    const handler = createHandler({ ...environment, ...settings }, undefined, { clock });
    const end = clock.now() + remainingMs;
    const answer = await handler(event, { getRemainingTimeInMillis: () => end - clock.now() }).catch(
      (thrown: Error) => thrown,
    );
    vi.restoreAllMocks();
    const unlimited = { depth: 20, maxArrayLength: null, maxStringLength: null };
    return {
      answer,
      output: inspect([written, answer, answer instanceof Error && answer.stack], unlimited),
    };
  }

  it.each<[string, Buffer, boolean, Record<string, string>?]>([
    ['a valid record', STORED, true],
    ['a record that is a string', documentOf(`"${SECRET}"`), true],
    ['a malformed record', documentOf(`{"a":"${SECRET}",}`), true],
    ['the name of a member', documentOf(`{"${SECRET}":{"${SECRET}":[]}}`), true],
    ['text that is not JSON', Buffer.from(SECRET), false],
    ['JSON without Records', Buffer.from(`{"a":"${SECRET}"}`), false],
    ['truncated JSON', gzipSync(`{"Records":[${RECORD},{"a":"${SECRET}`), true],
    ['text after a record', gzipSync(`{"Records":[${RECORD}${SECRET}`), true],
    ['truncated gzip', STORED.subarray(0, -8), true],
    ['gzip with a wrong checksum', Buffer.concat([STORED.subarray(0, -8), Buffer.alloc(8)]), true],
    ['text after the gzip', Buffer.concat([STORED, Buffer.from(SECRET)]), true],
    ['a record that is too long', STORED, false, { MAX_RECORD_BYTES: '9' }],
    ['an object that is too large', STORED, true, { MAX_INFLATED_BYTES: '9' }],
    ['a record that is truncated', documentOf(`{"a":"${SECRET}","b":"${'x'.repeat(2e6)}"}`), true],
    [
      'a time of a megabyte',
      documentOf(`{"eventTime":"2026-01-01T00:00:00.${'1'.repeat(1.1e6)}Z","a":"${SECRET}"}`),
      false,
    ],
  ])('%s', async (_, stored, isDelivered, settings) => {
    put(KEY, stored);
    const { output } = await capture(event, settings);
    expect(output).not.toContain(SECRET);
    expect(output).toContain('"RecordsRead":');
    expect(Buffer.concat(local.taken).includes(SECRET)).toBe(isDelivered);
  });

  it.each<[string, Parameters<typeof local.reset>[0], boolean?]>([
    // The record before the error may or may not have been read.
    ['S3 sends a wrong checksum', { s3: () => ({ kind: 'wrongChecksum' }) }],
    ['S3 cuts the body', { s3: () => ({ kind: 'cut', afterBytes: 20 }) }, true],
    ['Firehose rejects the call', { firehose: () => ({ kind: 'badRequest' }) }, false],
    ['Firehose rejects the call as too large', { firehose: () => ({ kind: 'tooLarge' }) }, false],
    ['Firehose is unreachable', { firehose: () => ({ kind: 'refuse' }) }, false],
    ['Firehose rejects the entry each time', { firehose: () => ({ kind: 'partial', entries: [0] }) }, false],
    ['SQS rejects the resume message', { sqs: () => ({ kind: 'accessDenied' }) }, true],
  ])('%s', async (_, faults, isDelivered) => {
    local.reset(faults);
    put(KEY, faults?.sqs ? STORED.subarray(0, -8) : STORED);
    const { WORK_QUEUE_URL } = local.account().environment;
    const { output } = await capture(event, { WORK_QUEUE_URL }, 60_000);
    expect(output).not.toContain(SECRET);
    expect(output).toContain('"RecordsRead":');
    expect(Object.values(local.account().countFaults()).some((count) => count > 0)).toBe(true);
    const wasDelivered = Buffer.concat(local.taken).includes(SECRET);
    expect(wasDelivered).toBe(isDelivered ?? wasDelivered);
  });

  const s3Record = { eventSource: 'aws:s3', eventName: 'ObjectCreated:Put' };
  const bodies = [
    SECRET,
    JSON.stringify(SECRET),
    [SECRET],
    { hello: SECRET },
    { hello: { [SECRET]: SECRET } },
    { requestPayload: SECRET },
    { Type: 'Notification', Message: SECRET },
    { nextRecord: SECRET, attempt: SECRET, bucket: SECRET, key: SECRET },
    { s3Bucket: SECRET, s3ObjectKey: [{ key: SECRET }] },
    { Records: [SECRET] },
    { Records: [{ eventName: SECRET, eventSource: SECRET }] },
    { Records: [{ EventSource: 'aws:sns', Sns: { Message: `{"a":"${SECRET}",}` } }] },
    { Records: [{ ...s3Record, s3: { object: { key: `%${SECRET}` } } }] },
    { Records: [{ ...s3Record, s3: { bucket: { name: SECRET } } }] },
  ];
  it.each(bodies.map((body) => [body]))('the notification %j', async (body) => {
    for (const event of [body, queueOf(body)]) {
      const { answer, output } = await capture(event);
      expect(answer).not.toBeUndefined();
      expect(output).not.toContain(SECRET);
      expect(output).toContain('unrecognized notification: ');
    }
  });
});
