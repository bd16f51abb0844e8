import { readdirSync, readFileSync } from 'node:fs';
import { gunzipSync, gzipSync } from 'node:zlib';
import { beforeEach, describe, expect, it } from 'vitest';
import { normalizeRecord } from '../../lambda/normalize/normalize-record.ts';
import { parseEvent } from '../../lambda/trigger/parse-event.ts';
import { prepareEvent } from '../prepare-event.ts';
import { BUCKET, PLENTY_OF_TIME, s3Event, unpackEvents, useLocalAccount } from '../run-locally.ts';
import { findRecordsPlainly } from './read/plain-records.ts';

/** Events with an intended failure, or with records that become another event. Each has its own test. */
const SPECIAL = new Set(['truncated.json', 'sqs-one-unknown.json', 'malformed.json', 'oversized.json']);

const eventsUrl = new URL('../../events/', import.meta.url);
const local = useLocalAccount();

/** The expected events of an object on disk, from the reference version of the reader. */
function expectedEvents(key: string): unknown[] {
  const stored = readFileSync(new URL(`objects/${encodeURI(key)}`, eventsUrl));
  const inflated = stored[0] === 0x1f ? gunzipSync(stored) : stored;
  const texts = findRecordsPlainly(inflated.toString('utf8'));
  return texts.map((text) => JSON.parse(JSON.stringify(normalizeRecord(text))));
}

describe('the handler with the files of events/', () => {
  const names = readdirSync(eventsUrl).filter((name) => name.endsWith('.json') && !SPECIAL.has(name));

  it.each(names)('%s: delivers exactly the expected events, in order', async (name) => {
    local.reset();
    const event = await prepareEvent(name.slice(0, -5), local.account().s3);
    const { handler, reports } = local.createHandler({ MAX_OBJECTS_IN_FLIGHT: '1' });
    await local.account().deliver(handler, event, () => PLENTY_OF_TIME);

    const refs = parseEvent(event).items.flatMap(({ notification }) => notification?.refs ?? []);
    const expected = refs.flatMap(({ key, nextRecord }) => expectedEvents(key).slice(nextRecord));
    expect(unpackEvents(local.taken)).toEqual(expected);
    const [report] = reports;
    expect(report).toMatchObject({
      unbalanced: 0,
      objects: refs.length,
      objectsDone: refs.length,
      recordsRead: expected.length,
      delivered: expected.length,
      malformed: 0,
      truncated: 0,
      errors: [],
    });
  });

  it('sqs-one-unknown.json: dead-letters only the unrecognized message', async () => {
    local.reset();
    const event = await prepareEvent('sqs-one-unknown', local.account().s3);
    const { handler, reports } = local.createHandler();
    await local.account().deliver(handler, event, () => PLENTY_OF_TIME);
    expect(local.account().workQueue.deadLetters.map(({ body }) => body)).toEqual(['{"hello":"world"}']);
    expect(reports.map(({ delivered, itemsFailed }) => [delivered, itemsFailed])).toEqual([
      [50, 1],
      [0, 1],
      [0, 1],
      [0, 1],
      [0, 1],
    ]);
  });

  it('truncated.json: delivers every complete record once, then dead-letters the object', async () => {
    local.reset();
    const event = await prepareEvent('truncated', local.account().s3);
    const { handler, reports } = local.createHandler();
    await local.account().deliver(handler, event, () => PLENTY_OF_TIME);

    const messages = unpackEvents(local.taken).map(({ message }) => message);
    expect(messages).toHaveLength(112);
    expect(new Set(messages).size).toBe(112);
    const [letter] = local.account().workQueue.deadLetters;
    expect(JSON.parse(letter?.body ?? '')).toMatchObject({ bucket: BUCKET, nextRecord: 112 });
    expect(reports.at(-1)?.errors[0]?.error).toMatch(/truncated-gzip at byte 16952/);
  });

  it('malformed.json: delivers a pipeline_error event between two others', async () => {
    local.reset();
    const event = await prepareEvent('malformed', local.account().s3);
    const { handler, reports } = local.createHandler();
    await local.account().deliver(handler, event, () => PLENTY_OF_TIME);
    const [first, malformed, third] = unpackEvents(local.taken);
    expect(malformed).toMatchObject({
      message: expect.stringMatching(/^"\{\\"eventVersion\\"/),
      event: { kind: 'pipeline_error' },
      error: { type: 'MalformedRecordError' },
      log: { offset: 1 },
    });
    for (const { event: fields } of [first, third] as { event: unknown }[])
      expect(fields).toMatchObject({ action: expect.any(String) });
    expect(reports).toMatchObject([{ delivered: 3, malformed: 1, truncated: 0, errors: [] }]);
  });

  it('oversized.json: truncates the record that does not fit in a Firehose record', async () => {
    local.reset();
    const event = await prepareEvent('oversized', local.account().s3);
    const { handler, reports } = local.createHandler({ PACKING: 'lines' });
    await local.account().deliver(handler, event, () => PLENTY_OF_TIME);
    const [, oversized, ...others] = unpackEvents(local.taken);
    expect(oversized?.event).toMatchObject({ action: 'CreatePolicy' });
    expect(oversized?.log).toMatchObject({ flags: ['truncated'], offset: 1 });
    expect(others.map(({ log }) => log)).toEqual([undefined]);
    expect(reports).toMatchObject([{ delivered: 3, malformed: 0, truncated: 1, errors: [] }]);
  });
});

describe('the handler', () => {
  beforeEach(() => local.reset());

  const put = (key: string, ...records: unknown[]) =>
    local.account().s3.putObject(BUCKET, key, gzipSync(JSON.stringify({ Records: records })));

  it('retries only the entries that Firehose rejected', async () => {
    local.reset({
      firehose: ({ sequence }) => (sequence < 2 ? { kind: 'partial', entries: [1, 3] } : undefined),
    });
    put('a.json.gz', { n: 0 }, { n: 1 }, { n: 2 }, { n: 3 }, { n: 4 });
    const { handler, reports } = local.createHandler({ PACKING: 'single' });
    await handler(s3Event('a.json.gz'), PLENTY_OF_TIME);

    const numbers = unpackEvents(local.taken).map(({ message }) => JSON.parse(String(message)).n);
    // Call 1 sends 5 entries, and 2 fail. Call 2 sends those 2, and its entry 1 fails. Call 3 sends that one.
    expect(numbers).toEqual([0, 2, 4, 1, 3]);
    expect(reports[0]).toMatchObject({ delivered: 5, entriesRetried: 3, firehoseCalls: 3 });
  });

  it('never exceeds the limits of a Firehose call', async () => {
    const big = { text: 'x'.repeat(20_000) };
    put('many.json.gz', ...Array.from({ length: 1203 }, (_, n) => ({ n })));
    put('big.json.gz', ...Array.from({ length: 300 }, () => big));
    for (const packing of ['single', 'lines', 'gzip']) {
      const { handler, reports } = local.createHandler({ PACKING: packing });
      await handler(s3Event('many.json.gz', 'big.json.gz'), PLENTY_OF_TIME);
      expect(reports[0]).toMatchObject({ delivered: 1503, callsRetried: 0, entriesRetried: 0 });
    }
  });

  it('delivers an invalid record as a pipeline_error event', async () => {
    local
      .account()
      .s3.putObject(BUCKET, 'odd.json.gz', gzipSync('{"Records":[{"eventName":"Good"},7,{"a":}]}'));
    const { handler, reports } = local.createHandler();
    await handler(s3Event('odd.json.gz'), PLENTY_OF_TIME);
    const events = unpackEvents(local.taken);
    expect(events).toHaveLength(3);
    expect(events[2]).toMatchObject({
      message: '{"a":}',
      event: { kind: 'pipeline_error' },
      error: { message: 'the record is not JSON', type: 'MalformedRecordError' },
      log: { file: { path: `s3://${BUCKET}/odd.json.gz` }, offset: 2 },
    });
    expect(reports[0]).toMatchObject({ recordsRead: 3, delivered: 3, malformed: 2 });
  });

  it.each(['notFound', 'accessDenied'] as const)('names the object if S3 answers %s', async (kind) => {
    local.reset({ s3: () => ({ kind }) });
    const { handler } = local.createHandler({ WORK_QUEUE_URL: '' });
    await expect(handler(s3Event('x.json.gz'), PLENTY_OF_TIME)).rejects.toThrow(
      `s3://${BUCKET}/x.json.gz: S3 GetObject: ${kind === 'notFound' ? 'NoSuchKey (HTTP 404)' : 'AccessDenied (HTTP 403)'}`,
    );
  });

  it('fails on an unrecognized event', async () => {
    const { handler } = local.createHandler();
    await expect(handler({ hello: 'world' }, PLENTY_OF_TIME)).rejects.toThrow(
      'unrecognized notification: an object with hello',
    );
  });

  it('counts and reports JSON of an unknown form, and does not retry it', async () => {
    local.account().s3.putObject(BUCKET, 'other.json', Buffer.from('{"a":1}'));
    const { handler, reports } = local.createHandler();
    await handler(s3Event('other.json'), PLENTY_OF_TIME);
    expect(reports[0]).toMatchObject({
      objects: 1,
      objectsDone: 0,
      withoutRecords: 1,
      recordsRead: 0,
      errors: [
        { object: `s3://${BUCKET}/other.json`, error: 'holds no records: an object with a at byte 0' },
      ],
      hasErrors: true,
    });
  });

  it('refuses to start with missing or invalid settings', () => {
    expect(() => local.createHandler({ DELIVERY_STREAM_NAME: '' })).toThrow(
      'DELIVERY_STREAM_NAME is not set',
    );
    expect(() => local.createHandler({ PACKING: 'zip' })).toThrow(
      'PACKING must be one of single, lines, gzip (got "zip")',
    );
    expect(() => local.createHandler({ MAX_CALLS_IN_FLIGHT: '0' })).toThrow(
      'MAX_CALLS_IN_FLIGHT must be an integer from 1 to 100',
    );
  });
});
