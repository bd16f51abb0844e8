import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LogObjectError } from '../../../lambda/read/log-object-error.ts';
import { type NextRecord, readRecords } from '../../../lambda/read/read-records.ts';
import type { SplitOptions } from '../../../lambda/read/split-records.ts';
import { anyValue, cut } from './json-documents.ts';
import { findRecordsPlainly } from './plain-records.ts';

async function read(bytes: Buffer | string, places: number[] = [], options: SplitOptions = {}) {
  const texts: (string | undefined)[] = [];
  const indexes: number[] = [];
  async function* open() {
    yield* cut(Buffer.from(bytes), places);
  }
  const onRecords = async (nextRecord: NextRecord) => {
    for (let record = nextRecord(); record; record = nextRecord()) {
      texts.push(record.text);
      indexes.push(record.index);
    }
    return true;
  };
  try {
    const { outcome, recordsSeen, unknown } = await readRecords(open, onRecords, options);
    return { outcome, texts, indexes, recordsSeen, unknown };
  } catch (error) {
    if (!(error instanceof LogObjectError)) throw error;
    return { outcome: `${error.code} at byte ${error.byte}`, texts, indexes };
  }
}

const RECORD =
  '{"eventVersion":"1.11","eventName":"A","eventSource":"s3.amazonaws.com","eventTime":"2026-11-03T08:00:00Z"}';
const AGGREGATED = '{"eventVersion":"1.0","eventType":"AwsAggregatedEvent","eventId":"1"}';
const text = (record: string) => JSON.stringify(record);
const subscription = (...records: string[]) =>
  `{"messageType":"DATA_MESSAGE","owner":"1","logEvents":[${records.map(
    (record, i) => `{"id":"${i}","timestamp":1,"message":${text(record)}}`,
  )}]}`;
const lookup = (...records: string[]) =>
  `{"Events":[${records.map((record, i) => `{"EventId":"${i}","CloudTrailEvent":${text(record)}}`)}]}`;
const eventBridge = (detail: string, type = 'AWS API Call via CloudTrail') =>
  `{"version":"0","detail-type":"${type}","source":"aws.s3","detail":${detail}}`;

describe('a log object in another form than a trail’s own', () => {
  it.each<[string, string, string[]]>([
    ['a record', RECORD, [RECORD]],
    ['a record, named by its type', AGGREGATED, [AGGREGATED]],
    ['JSON Lines', `${RECORD}\n${RECORD}\r\n${AGGREGATED}\n`, [RECORD, RECORD, AGGREGATED]],
    ['records without anything in between', RECORD + RECORD, [RECORD, RECORD]],
    ['a list', `[${RECORD} , ${RECORD}]`, [RECORD, RECORD]],
    ['a list of what is no record', '[1]', ['1']],
    ['files joined', `{"Records":[1,2]}\n{"Records":[3]}{"Records":[]}\n`, ['1', '2', '3']],
    ['files joined, each with its byte-order mark', '\ufeff{"Records":[1]}\ufeff{"Records":[2]}', ['1', '2']],
    ['what lookup-events prints', lookup(RECORD, AGGREGATED), [RECORD, AGGREGATED]],
    ['a CloudWatch Logs subscription', subscription(RECORD), [RECORD]],
    [
      'several of them',
      subscription(RECORD) + subscription(AGGREGATED, RECORD),
      [RECORD, AGGREGATED, RECORD],
    ],
    [
      'one with its members the other way round',
      `{"logEvents":[{"message":${text(RECORD)}}],"messageType":"DATA_MESSAGE"}`,
      [RECORD],
    ],
    [
      'a CloudWatch Logs export',
      `2026-11-03T08:00:00.000Z ${RECORD}\n2026-11-03T08:00:01Z ${AGGREGATED}\n`,
      [RECORD, AGGREGATED],
    ],
    [
      'EventBridge',
      eventBridge(RECORD) + eventBridge(AGGREGATED, 'AWS Insight via CloudTrail'),
      [RECORD, AGGREGATED],
    ],
    ['a record that has a Records list', `{"eventVersion":"1","eventName":"A","Records":[7]}`, ['7']],
    ['lookup-events with a Records list behind', `${lookup(RECORD).slice(0, -1)},"Records":[7]}`, ['7']],
    [
      'a record among whose values Records stands',
      `{"eventVersion":"1","eventName":"Records","Records":"none"}`,
      ['{"eventVersion":"1","eventName":"Records","Records":"none"}'],
    ],
    [
      'a record that has lists of events',
      '{"eventVersion":"1","eventName":"A","logEvents":[],"Events":[{"CloudTrailEvent":"x"}]}',
      ['{"eventVersion":"1","eventName":"A","logEvents":[],"Events":[{"CloudTrailEvent":"x"}]}'],
    ],
    ['lookup-events with another list behind', `${lookup(RECORD).slice(0, -1)},"logEvents":[]}`, [RECORD]],
    [
      'both lists in one document',
      `{"logEvents":[{"message":${text(AGGREGATED)}}],${lookup(RECORD).slice(1)}`,
      [AGGREGATED, RECORD],
    ],
    [
      'an element without its text',
      `{"Events":[{"a":1},${lookup(RECORD).slice(11, -2)}]}`,
      ['{"a":1}', RECORD],
    ],
  ])('%s', async (_, document, expected) => {
    const whole = await read(document);
    expect(whole).toMatchObject({ outcome: 'records', texts: expected, unknown: undefined });
    expect(whole.indexes).toEqual(expected.map((__, i) => i));
    for (let at = 0; at <= Buffer.byteLength(document); at++) {
      expect((await read(document, [at])).texts).toEqual(expected);
    }
    expect((await read(gzipSync(document))).texts).toEqual(expected);
    // A resume counts over the whole object.
    const rest = await read(document, [], { firstRecord: 1 });
    expect(rest.texts).toEqual(expected.slice(1));
    expect(rest.recordsSeen).toBe(expected.length);
  });

  it.each([
    '{"Records":[]}',
    '[]',
    '{"Events":[]}',
    '{"messageType":"CONTROL_MESSAGE","logEvents":[{"message":"CWL CONTROL MESSAGE"}]}',
    '{"Records":[]}\n[]',
  ])('%s has no records, and says so', async (document) => {
    expect(await read(document)).toMatchObject({ outcome: 'empty', texts: [], unknown: undefined });
  });

  it.each([
    ['{"Records":"none"}', 'an object with Records at byte 0'],
    ['{"Records":null}', 'an object with Records at byte 0'],
    ['{"records":[]}', 'an object with records at byte 0'],
    ['{}', 'an empty object at byte 0'],
    ['null', 'null at byte 0'],
    ['-1.5', 'a number at byte 0'],
    ['"a text"', 'a text at byte 0'],
    ['{"hello":1,"a b":2}', 'an object with many members at byte 0'],
    [`{${Array.from({ length: 9 }, (_, i) => `"m${i}":0`)}}`, 'an object with many members at byte 0'],
    [
      '{"messageType":"OTHER","logEvents":[{"message":"x"}]}',
      'an object with messageType, logEvents at byte 0',
    ],
    ['{"logEvents":[{"message":"x"}]}', 'an object with logEvents at byte 0'],
    [
      eventBridge('{}', 'EC2 Instance State-change Notification'),
      'an object with version, detail-type, source, detail at byte 0',
    ],
    ['{"eventVersion":"1"}', 'an object with eventVersion at byte 0'],
    ['{"Events":[{"EventId":"1"}]}', 'an object with Events at byte 0'],
    ['{"Events":[1,1]}', 'an object with Events at byte 0'],
  ])('%s has none of these forms, and is named by its members', async (document, unknown) => {
    expect(await read(document)).toMatchObject({ outcome: 'unknown', texts: [], unknown });
  });

  it('names the first document without a form, also among those that have one', async () => {
    const { outcome, texts, unknown } = await read(`${RECORD}\n{"a":1}\n{"b":2}\n${RECORD}`);
    expect({ outcome, texts }).toEqual({ outcome: 'records', texts: [RECORD, RECORD] });
    expect(unknown).toBe(`an object with a at byte ${RECORD.length + 1}`);
  });

  it.each([
    ['JSON Lines cut off', `${RECORD}\n${RECORD.slice(0, -9)}`, 'truncated-json', [RECORD]],
    ['a time without its line', `${RECORD}\n2026-11-03T08:00:00Z `, 'truncated-json', [RECORD]],
    ['a line that is no JSON', `2026-11-03T08:00:00Z hello`, 'not-json at byte 21', []],
    ['two times', `2026-11-03T08:00:00Z 2026-11-03T08:00:00Z ${RECORD}`, 'not-json at byte 21', []],
    ['lookup-events cut off', lookup(RECORD, RECORD).slice(0, -30), 'truncated-json', [RECORD]],
    ['lookup-events, then no JSON', `${lookup(RECORD).slice(0, -1)};`, 'not-json', [RECORD]],
    ['a subscription cut off', subscription(RECORD).slice(0, -2), 'truncated-json', [RECORD]],
    ['a word behind', `{"Records":[1]}\nhello`, 'not-json at byte 16', ['1']],
  ])('%s: what is whole, then the fault by name', async (_, document, fault, expected) => {
    const { outcome, texts } = await read(document);
    expect(outcome).toContain(fault);
    expect(texts).toEqual(expected);
  });

  it('a record that is longer than a record may be comes without its text, in every form', async () => {
    const long = `{"eventVersion":"1","eventName":"A","x":"${'x'.repeat(300_000)}"}`;
    const options = { maxRecordBytes: 1_000 };
    for (const form of [
      long,
      `[${long}]`,
      `{"Records":[${long}]}`,
      lookup(long),
      subscription(long),
      eventBridge(long),
    ]) {
      for (const places of [[], [100], [250_000, 260_000]]) {
        const { outcome, texts } = await read(`${RECORD}\n${form}\n${RECORD}`, places, options);
        expect({ outcome, texts }).toEqual({ outcome: 'records', texts: [RECORD, undefined, RECORD] });
      }
    }
  });

  it('a record that is as long as a record may be has its text, however it is escaped', async () => {
    const quotes = `{"eventVersion":"1","eventName":"A","x":"${'\\"'.repeat(300)}"}`;
    const options = { maxRecordBytes: quotes.length };
    for (const form of [lookup(quotes), subscription(quotes), eventBridge(quotes), quotes])
      expect((await read(form, [], options)).texts).toEqual([quotes]);
  });

  it.each([
    ['{"Events":[', '1'],
    ['{"messageType":"DATA_MESSAGE","logEvents":[', '{}'],
  ])('a list of a million small elements costs no more than its length: %s', async (open, element) => {
    const many = new Array(1_000_000).fill(element).join();
    const { recordsSeen } = await read(`${open}${many}]}`, [100_000, 1_500_000]);
    expect(recordsSeen).toBe(1_000_000);
  });

  it('a list of texts longer than is kept comes as it is read', async () => {
    const records = Array.from({ length: 500 }, (_, n) => `${RECORD.slice(0, -1)},"n":${n}}`);
    const { texts } = await read(lookup(...records), [30_000, 60_000], { maxRecordBytes: 2_000 });
    expect(texts).toEqual(records);
  });
});

describe('any sequence of documents of any form, cut anywhere', () => {
  const record = fc
    .tuple(fc.constantFrom('"eventName":"A"', '"eventType":"é\\u0041"'), anyValue)
    .map(([name, value]) => `{"eventVersion":"1.11",${name},"value":${value}}`);
  const records = fc.array(fc.oneof({ weight: 3, arbitrary: record }, anyValue), { maxLength: 4 });
  const unescaped = fc.array(record, { maxLength: 4 });
  const form: fc.Arbitrary<{ document: string; expected: string[] }> = fc.oneof(
    records.map((all) => ({ document: `{"Records":[${all}]}`, expected: all })),
    records.map((all) => ({ document: `[${all}]`, expected: all })),
    record.map((one) => ({ document: one, expected: [one] })),
    record.map((one) => ({ document: `2026-11-03T08:00:00.000Z ${one}`, expected: [one] })),
    record.map((one) => ({ document: eventBridge(one), expected: [one] })),
    unescaped.map((all) => ({ document: lookup(...all), expected: all })),
    unescaped.map((all) => ({ document: subscription(...all), expected: all })),
    anyValue.map((value) => ({ document: value, expected: findRecordsPlainly(value) })),
  );
  const separator = fc.constantFrom('\n', '\r\n', ' ', '\t\n ');

  it('gives what a plain parser gives', async () => {
    const seen = { documents: 0, records: 0, unknown: 0 };
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(form, separator), { minLength: 1, maxLength: 6 }),
        fc.array(fc.nat(), { maxLength: 10 }),
        async (parts, places) => {
          const all = parts.map(([{ document }, between]) => document + between).join('');
          const expected = parts.flatMap(([part]) => part.expected);
          const { texts, unknown } = await read(all, places);
          expect(texts).toEqual(expected);
          seen.documents += parts.length;
          seen.records += expected.length;
          if (unknown) seen.unknown++;
        },
      ),
      { numRuns: 1_500, seed: 12 },
    );
    expect(seen.documents).toBeGreaterThan(4_000);
    expect(seen.records).toBeGreaterThan(4_000);
    expect(seen.unknown).toBeGreaterThan(200);
  });
});
