import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { BUCKET, PLENTY_OF_TIME, s3Event, unpackEvents, useLocalAccount } from '../run-locally.ts';

const local = useLocalAccount();
beforeEach(() => local.reset());

const [A, B] = ['{"eventName":"A"}', '{"eventName":"B"}'];
const KEY = 'hostile.json.gz';
const PLACE = { file: { path: `s3://${BUCKET}/${KEY}` } };
const isValid = new Ajv2020({ strictRequired: false, allowUnionTypes: true }).compile(
  JSON.parse(readFileSync(new URL('../../docs/event.schema.json', import.meta.url), 'utf8')),
);

const documentOf = (...records: string[]) => gzipSync(`{"Records":[${records}]}`, { level: 1 });

const flattenedOf = (request_parameters: string) => ({
  aws: { cloudtrail: { flattened: { request_parameters } } },
});

/** Delivers one object, and expects no error outside its records. */
async function deliver(stored: Buffer, settings: Record<string, string> = {}, key = KEY) {
  local.account().s3.putObject(BUCKET, key, stored);
  const { handler, reports } = local.createHandler(settings);
  await handler(s3Event(key), PLENTY_OF_TIME);
  const [report] = reports;
  expect(report).toMatchObject({ objectsDone: 1, unbalanced: 0, errors: [] });
  const events = unpackEvents(local.taken);
  return { report, events, messages: events.map(({ message }) => message) };
}

describe('an invalid record', () => {
  const notAnObject = '7 -0.5e3 "text" true null [] [{"eventName":"A"}] [null]'.split(' ');
  const notJson = 'nope {"a":} {a:1} [} {"a":1,} {"a":01} "\\x" {"a":"\0"} {"a":"\n"} {\'a\':1} +1'.split(
    ' ',
  );

  it.each([
    ...notAnObject.map((text) => [text, 'JSON, but not an object']),
    ...notJson.map((text) => [text, 'not JSON']),
  ])('%j becomes a pipeline_error and does not affect its neighbours', async (text = '', reason) => {
    const { events, messages, report } = await deliver(documentOf(A, text, B));
    expect(messages).toEqual([A, text, B]);
    expect(events[1]).toMatchObject({
      event: { kind: 'pipeline_error' },
      error: { message: `the record is ${reason}`, type: 'MalformedRecordError' },
      log: { ...PLACE, offset: 1 },
    });
    expect(report).toMatchObject({ delivered: 3, malformed: 1 });
  });

  describe('is reported at', () => {
    const now = '2026-11-03T09:10:11.012Z';
    beforeEach(() => {
      vi.useFakeTimers({ now: new Date(now), toFake: ['Date'] });
    });
    afterEach(() => {
      vi.useRealTimers();
    });

    it.each([
      ['the time in the name of its object', 'x_20261002T0304Z_x.json.gz', '2026-10-02T03:04:00Z'],
      ['the time of the invocation if the name has an impossible one', 'x_20269999T9999Z_x.json.gz', now],
      ['the time of the invocation if the name has none', KEY, now],
    ])('%s', async (_, key, time) => {
      const { events } = await deliver(documentOf('7', '{"a":}', A), {}, key);
      expect(events.map((event) => event['@timestamp'])).toEqual([time, time, undefined]);
    });
  });
});

describe('a record with unusual values', () => {
  const members =
    'eventName eventTime eventSource eventType awsRegion sourceIPAddress userAgent errorCode errorMessage ' +
    'userIdentity requestParameters responseElements resources tlsDetails insightDetails recipientAccountId';
  const ofAll = (value: string) => `{${members.split(' ').map((name) => `"${name}":${value}`)}}`;
  const ofIdentity = (value: string) => `{"userIdentity":{"accountId":${value},"sessionContext":${value}}}`;
  const values =
    'null "" [] {} [[]] [{}] -0 1e-400 false 12345678901234567890 "\\u0000" "\\ud800" "\\udc00\\ud800" "\\ud83d" ' +
    '"\u2028\x7f\ufeff\uffff" "__proto__" "constructor" {"__proto__":{"type":"x","arn":1}} ' +
    '{"constructor":{"prototype":{"polluted":1}},"toString":1,"hasOwnProperty":2}';

  it.each([
    ...values.split(' ').map((value) => [`${value} in all members`, ofAll(value)]),
    ...values.split(' ').map((value) => [`an identity of ${value}`, ofIdentity(value)]),
    ['no members', '{}'],
    ['a __proto__ member', '{"__proto__":{"eventName":"no","userIdentity":{"arn":"no"}}}'],
    ['a member twice', '{"eventName":"A","eventName":"B"}'],
    ['spaces and lines', '{ "eventName" :\r\n\t"A" }'],
    ['a number too large for a double', '{"eventName":1e999,"requestParameters":{"n":-1e999}}'],
    ['a leap second', '{"eventTime":"2016-12-31T23:59:60Z"}'],
    ['a time before year 0', '{"eventTime":"0000-01-01T00:00:00+23:59"}'],
    ['a time with a megabyte of fraction', `{"eventTime":"2026-01-01T00:00:00.${'1'.repeat(1_100_000)}Z"}`],
    ['a host name of two million labels', `{"sourceIPAddress":"${'a.'.repeat(2_000_000)}com"}`],
  ])('%s: the event matches the schema', async (_, text = '') => {
    const { events, messages, report } = await deliver(documentOf(A, text, B), { PACKING: 'single' });
    expect(messages).toEqual([A, text.slice(0, String(messages[1]).length), B]);
    for (const event of events) {
      const { kind } = Object(event.event);
      expect(kind === 'pipeline_error' || isValid(event), JSON.stringify(isValid.errors)).toBe(true);
      expect(JSON.stringify(event)).not.toContain('"no"}');
    }
    expect(report).toMatchObject({ delivered: 3, malformed: 0 });
    expect(report?.deliveryLagSeconds).not.toBeNaN();
    expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false);
  });

  it('has U+FFFD for bytes that are not UTF-8, even at the closing quote', async () => {
    const bytes = [0xff, 0xc3, 0x28, 0xc0, 0xaf, 0xed, 0xa0, 0x80, 0xf4, 0x90, 0x80, 0x80, 0xe2, 0x82];
    const record = Buffer.concat([Buffer.from('{"eventName":"'), Buffer.from(bytes), Buffer.from('"}')]);
    const parts = [Buffer.from('{"Records":['), record, Buffer.from(`,${B}]}`)];
    const { messages, report } = await deliver(gzipSync(Buffer.concat(parts)));
    expect(messages).toEqual([record.toString('utf8'), B]);
    expect(messages[0]).toMatch(/\ufffd"\}$/);
    expect(report).toMatchObject({ malformed: 0 });
  });

  const shapes = [
    ['arrays', '[', ']'],
    ['objects', '{"a":', '}'],
  ] as const;

  it.each(shapes.flatMap((shape) => [9_999, 10_000].map((levels) => [levels, ...shape] as const)))(
    'and %i levels of %s, including its own, is normalized',
    async (levels, _, open, close) => {
      const nested = `${open.repeat(levels - 1)}7${close.repeat(levels - 1)}`;
      const record = `{"eventName":"deep","requestParameters":${nested}}`;
      const { events, report } = await deliver(documentOf(A, record, B));
      expect(report).toMatchObject({ delivered: 3, malformed: 0 });
      expect(events[1]).toMatchObject({
        message: record,
        event: { action: 'deep' },
        ...flattenedOf(nested.replaceAll(':', ': ')),
      });
    },
  );

  it.each(shapes.flatMap((shape) => [10_001, 1_000_000].map((levels) => [levels, ...shape] as const)))(
    'and %i levels of %s becomes a pipeline_error at any place in its object',
    async (levels, _, open, close) => {
      const nested = `${open.repeat(levels - 1)}7${close.repeat(levels - 1)}`;
      // All start alike, so the splitter can guess the end of each but the last from the start of the next.
      const recordWith = (value: unknown) => `{"eventVersion":"1.11","requestParameters":${value}}`;
      const [deep, one, two] = [nested, '{"n":1}', '{"n":2}'].map(recordWith);
      for (const records of [
        [deep, one, two],
        [one, deep, two],
        [one, two, deep],
      ]) {
        local.reset();
        const { events, messages, report } = await deliver(documentOf(...records.map(String)), {
          MAX_RECORD_BYTES: '16777216',
        });
        const at = records.indexOf(deep);
        expect(report).toMatchObject({ delivered: 3, malformed: 1, truncated: levels > 10_001 ? 1 : 0 });
        expect(events[at]).toMatchObject({
          event: { kind: 'pipeline_error' },
          error: {
            message: 'the record has more than 10,000 levels of nesting',
            type: 'MalformedRecordError',
          },
          log: { ...PLACE, offset: at },
        });
        expect(deep?.startsWith(String(messages[at]))).toBe(true);
        if (levels === 10_001) expect(messages[at]).toBe(deep);
        expect(messages.toSpliced(at, 1)).toEqual([one, two]);
        expect(events.toSpliced(at, 1)).toMatchObject([1, 2].map((n) => flattenedOf(`{"n": ${n}}`)));
      }
    },
  );

  it('and a user agent that slows regular expressions down is normalized', async () => {
    const starts = 'Mozilla/5.0( Linux;Android4.0; HbbTV/1.1.1(;;;;; SmartTV (( a/ $&'.split(' ');
    const fills = ['\t', ' ', '; ', ...'1 a ( . Build/ _1 Mozilla [a-z]+)*$ \\'.split(' ')];
    const agents = starts.flatMap((start) => fills.map((fill) => start + fill.repeat(7_000)));
    const { events, report } = await deliver(
      documentOf(...agents.map((agent) => JSON.stringify({ userAgent: agent }))),
    );
    expect(report).toMatchObject({ delivered: agents.length, malformed: 0, truncated: 0 });
    for (const [i, event] of events.entries()) {
      expect(isValid(event), JSON.stringify(isValid.errors)).toBe(true);
      expect(event).toMatchObject({ user_agent: { original: agents[i] } });
    }
  });
});

describe('a large record', () => {
  it.each([
    ['one under', 100, 0],
    ['exactly at', 101, 0],
    ['one over', 102, 1],
  ])('%s MAX_RECORD_BYTES', async (_, bytes, malformed) => {
    const record = `{"eventName":"${'x'.repeat(bytes - 16)}"}`;
    const { messages, report } = await deliver(documentOf(A, record, B), { MAX_RECORD_BYTES: '101' });
    expect(messages).toEqual([A, malformed ? undefined : record, B]);
    expect(report).toMatchObject({ malformed });
  });

  it.each([
    ['single', 'x'.repeat(1_000_000), 1],
    ['lines', 'x'.repeat(1_000_000), 1],
    // With `flattened`, both events have 2 MB, but only the first compresses enough.
    ['gzip', 'x'.repeat(1_000_000), 0],
    ['gzip', randomBytes(750_000).toString('base64'), 1],
  ])('of 1 MB is complete in `message`, packed as %s', async (packing, text, truncated) => {
    const record = `{"eventName":"large","requestParameters":{"x":"${text}"}}`;
    const { events, messages, report } = await deliver(documentOf(A, record, B), { PACKING: packing });
    expect(messages).toEqual([A, record, B]);
    expect(events[1]).toMatchObject({ event: { action: 'large' } });
    expect(report).toMatchObject({ delivered: 3, malformed: 0, truncated });
  });
});
