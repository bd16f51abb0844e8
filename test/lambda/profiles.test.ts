import { gunzipSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { PACKINGS, PROFILES } from '../../lambda/contract.ts';
import { MAX_RECORD_BYTES } from '../../lambda/deliver/limits.ts';
import { parseRecord } from '../../lambda/normalize/normalize-record.ts';
import { chooseProfile } from '../../lambda/normalize/profiles/choose-profile.ts';
import { generateRecords } from '../../samples/generate-records.ts';
import { BUCKET, PLENTY_OF_TIME, s3Event, unpackEvents, useLocalAccount } from '../run-locally.ts';

const local = useLocalAccount();
const KEY =
  'AWSLogs/111122223333/CloudTrail/eu-west-3/2026/11/03/111122223333_CloudTrail_eu-west-3_20261103T0805Z_aB3dE5gH7jK9mN1p.json.gz';

/** Delivers one log object with these records, separated by white space and a comma. Returns the last report. */
async function deliver(records: string[], settings: Record<string, string>) {
  local.reset();
  const body = gzipSync(`{"Records":[${records.join(' ,\n')}]}`);
  local.account().s3.putObject(BUCKET, KEY, body);
  const { handler, reports } = local.createHandler(settings);
  await local.account().deliver(handler, s3Event(KEY), () => PLENTY_OF_TIME);
  return reports.at(-1);
}

const unpacked = () =>
  local.taken.map((record) => (record[0] === 0x1f ? gunzipSync(record) : record).toString('utf8'));

const generated = [...generateRecords({ seed: 73, count: 200 })];

describe.each(PROFILES)('profile %s', (profile) => {
  it.each(PACKINGS)('delivers the events of its rules with packing %s', async (packing) => {
    const report = await deliver(generated, { PROFILE: profile, PACKING: packing });
    expect(report).toMatchObject({ recordsRead: 200, delivered: 200, malformed: 0, unbalanced: 0 });
    const normalize = chooseProfile(profile);
    const events = unpackEvents(local.taken);
    expect(events).toEqual(
      generated.map((text) =>
        JSON.parse(profile === 'raw' ? text : JSON.stringify(normalize(text, parseRecord(text)))),
      ),
    );
  });

  it('leaves out the events of excludeEvents', async () => {
    const excluded = 'kms.amazonaws.com:Decrypt';
    const report = await deliver(
      ['{"eventSource":"kms.amazonaws.com","eventName":"Decrypt"}', '{"eventName":"Decrypt"}'],
      { PROFILE: profile, EXCLUDE_EVENTS: excluded },
    );
    expect(report).toMatchObject({ recordsRead: 2, delivered: 1, filtered: 1, unbalanced: 0 });
  });

  it('delivers a malformed record as a pipeline_error with its place', async () => {
    const report = await deliver(['{"eventName":"A"}', '{"eventName":A}', '{"eventName":"B"}'], {
      PROFILE: profile,
    });
    expect(report).toMatchObject({ recordsRead: 3, delivered: 3, malformed: 1 });
    expect(unpackEvents(local.taken)[1]).toMatchObject({
      message: '{"eventName":A}',
      event: { kind: 'pipeline_error' },
      error: { type: 'MalformedRecordError' },
      log: { file: { path: `s3://${BUCKET}/${KEY}` }, offset: 1 },
    });
  });
});

describe('profile raw', () => {
  const spaced =
    '{ "eventTime" :\r\n"2026-11-03T08:00:00Z",\n\t"n": 1.0e5, "é\\n\\u2028": "\u2028 😀", "n": -0 }';

  it('delivers the exact text of a record in packing single', async () => {
    await deliver([spaced, ...generated], { PROFILE: 'raw', PACKING: 'single' });
    expect(unpacked()).toEqual([spaced, ...generated]);
  });

  it.each(['lines', 'gzip'])('changes only line breaks between tokens in packing %s', async (packing) => {
    await deliver([spaced, ...generated], { PROFILE: 'raw', PACKING: packing });
    const lines = unpacked().join('').split('\n');
    expect(lines.pop()).toBe('');
    const line =
      '{ "eventTime" :  "2026-11-03T08:00:00Z", \t"n": 1.0e5, "é\\n\\u2028": "\u2028 😀", "n": -0 }';
    expect(lines).toEqual([line, ...generated]);
  });

  it('reports the time of the records', async () => {
    const report = await deliver([spaced], { PROFILE: 'raw' });
    expect(report?.deliveryLagSeconds).toBeGreaterThan(0);
  });

  const ofBytes = (bytes: number) => `{"eventName":"A","x":"${'x'.repeat(bytes - 24)}"}`;

  it.each([
    ['single', -1, 'keeps'],
    ['single', 0, 'keeps'],
    ['single', 1, 'replaces'],
    ['lines', -2, 'keeps'],
    ['lines', -1, 'keeps'],
    ['lines', 0, 'replaces'],
  ])('packing %s, a record of the limit %i: %s it', async (packing, more, outcome) => {
    const record = ofBytes(MAX_RECORD_BYTES + more);
    expect(Buffer.byteLength(record)).toBe(MAX_RECORD_BYTES + more);
    const report = await deliver(['{"eventName":"B"}', record], { PROFILE: 'raw', PACKING: packing });
    const delivered = unpacked().join('');
    const isKept = outcome === 'keeps';
    expect(report).toMatchObject({ delivered: 2, truncated: isKept ? 0 : 1 });
    expect(delivered.includes(record)).toBe(isKept);
    if (isKept) return;
    const event = unpackEvents(local.taken)[1];
    expect(event).toMatchObject({
      event: { kind: 'pipeline_error' },
      error: { type: 'OversizeEvent' },
      log: { file: { path: `s3://${BUCKET}/${KEY}` }, flags: ['truncated'], offset: 1 },
    });
    expect(record.startsWith(`${event?.message}`)).toBe(true);
  });
});

describe('MAX_EVENT_BYTES', () => {
  const record = (bytes: number) => `{"requestParameters":{"x":"${'x'.repeat(bytes)}"}}`;
  const bytesOfEvent = (text: string) =>
    Buffer.byteLength(JSON.stringify(chooseProfile('seed')(text, parseRecord(text))));
  const limit = 20_480;
  /** An event of the limit: the value is in `message` and in the flattened text. */
  const exact = record((limit - bytesOfEvent(record(0))) / 2);

  it.each(PACKINGS)('truncates a longer event, with packing %s', async (packing) => {
    expect(bytesOfEvent(exact)).toBe(limit);
    const settings = { PACKING: packing, MAX_EVENT_BYTES: String(limit) };
    const longer = record((limit - bytesOfEvent(record(0))) / 2 + 1);
    const report = await deliver([exact, longer], settings);
    expect(report).toMatchObject({ delivered: 2, truncated: 1 });
    const [first, second] = unpackEvents(local.taken);
    expect(first).toHaveProperty('aws.cloudtrail.flattened');
    expect(second).not.toHaveProperty('aws');
    expect(second).toMatchObject({ message: longer });
  });

  it('truncates the message, and names the place of the record', async () => {
    await deliver([record(50_000)], { PACKING: 'gzip', MAX_EVENT_BYTES: String(limit) });
    const [event] = unpackEvents(local.taken);
    expect(Buffer.byteLength(JSON.stringify(event))).toBe(limit);
    expect(event).toMatchObject({ log: { flags: ['truncated'], offset: 0 } });
  });
});

describe('MAX_EVENTS_PER_RECORD', () => {
  it.each([
    ['lines', '199', [199, 1]],
    ['lines', '200', [200]],
    ['lines', '201', [200]],
    ['gzip', '90', [90, 90, 20]],
    ['single', '90', Array.from({ length: 200 }, () => 1)],
  ])('packing %s, %s: 200 events become records of %j', async (packing, limit, expected) => {
    const records = Array.from({ length: 200 }, (_, n) => `{"eventName":"A${n}"}`);
    await deliver(records, { PACKING: packing, MAX_EVENTS_PER_RECORD: limit });
    const counts = local.taken.map((record) => unpackEvents([record]).length);
    expect(counts).toEqual(expected);
    expect(unpackEvents(local.taken).map(({ message }) => message)).toEqual(records);
  });
});
