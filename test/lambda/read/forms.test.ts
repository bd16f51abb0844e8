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

describe('a log object in another form than CloudTrail’s', () => {
  it.each<[string, string, string[]]>([
    ['a record', RECORD, [RECORD]],
    ['an aggregated record', AGGREGATED, [AGGREGATED]],
    ['JSON Lines', `${RECORD}\n${RECORD}\r\n${AGGREGATED}\n`, [RECORD, RECORD, AGGREGATED]],
    ['records without a separator', RECORD + RECORD, [RECORD, RECORD]],
    ['a list', `[${RECORD} , ${RECORD}]`, [RECORD, RECORD]],
    ['a list of numbers', '[1]', ['1']],
    ['concatenated files', `{"Records":[1,2]}\n{"Records":[3]}{"Records":[]}\n`, ['1', '2', '3']],
    [
      'concatenated files, each with a byte-order mark',
      '\ufeff{"Records":[1]}\ufeff{"Records":[2]}',
      ['1', '2'],
    ],
    ['output of lookup-events', lookup(RECORD, AGGREGATED), [RECORD, AGGREGATED]],
    ['a CloudWatch Logs subscription', subscription(RECORD), [RECORD]],
    [
      'several subscription documents',
      subscription(RECORD) + subscription(AGGREGATED, RECORD),
      [RECORD, AGGREGATED, RECORD],
    ],
    [
      'a subscription with its members in another order',
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
    ['a record with a Records list', `{"eventVersion":"1","eventName":"A","Records":[7]}`, ['7']],
    ['lookup-events followed by a Records list', `${lookup(RECORD).slice(0, -1)},"Records":[7]}`, ['7']],
    [
      'a record with Records as a value',
      `{"eventVersion":"1","eventName":"Records","Records":"none"}`,
      ['{"eventVersion":"1","eventName":"Records","Records":"none"}'],
    ],
    [
      'a record with lists of events',
      '{"eventVersion":"1","eventName":"A","logEvents":[],"Events":[{"CloudTrailEvent":"x"}]}',
      ['{"eventVersion":"1","eventName":"A","logEvents":[],"Events":[{"CloudTrailEvent":"x"}]}'],
    ],
    ['lookup-events followed by another list', `${lookup(RECORD).slice(0, -1)},"logEvents":[]}`, [RECORD]],
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
    const result = await read(document);
    expect(result).toMatchObject({ outcome: 'records', texts: expected, unknown: undefined });
    expect(result.indexes).toEqual(expected.map((__, i) => i));
    for (let at = 0; at <= Buffer.byteLength(document); at++) {
      expect((await read(document, [at])).texts).toEqual(expected);
    }
    expect((await read(gzipSync(document))).texts).toEqual(expected);
    // A resume counts from the start of the object.
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
  ])('is empty: %s', async (document) => {
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
  ])('is unrecognized and described by its members: %s', async (document, unknown) => {
    expect(await read(document)).toMatchObject({ outcome: 'unknown', texts: [], unknown });
  });

  it('describes the first unrecognized document, even among recognized ones', async () => {
    const { outcome, texts, unknown } = await read(`${RECORD}\n{"a":1}\n{"b":2}\n${RECORD}`);
    expect({ outcome, texts }).toEqual({ outcome: 'records', texts: [RECORD, RECORD] });
    expect(unknown).toBe(`an object with a at byte ${RECORD.length + 1}`);
  });

  it.each([
    ['truncated JSON Lines', `${RECORD}\n${RECORD.slice(0, -9)}`, 'truncated-json', [RECORD]],
    ['a timestamp without its document', `${RECORD}\n2026-11-03T08:00:00Z `, 'truncated-json', [RECORD]],
    ['a line that is not JSON', `2026-11-03T08:00:00Z hello`, 'not-json at byte 21', []],
    ['two timestamps', `2026-11-03T08:00:00Z 2026-11-03T08:00:00Z ${RECORD}`, 'not-json at byte 21', []],
    ['truncated lookup-events', lookup(RECORD, RECORD).slice(0, -30), 'truncated-json', [RECORD]],
    ['lookup-events, then invalid JSON', `${lookup(RECORD).slice(0, -1)};`, 'not-json', [RECORD]],
    ['a truncated subscription', subscription(RECORD).slice(0, -2), 'truncated-json', [RECORD]],
    ['a word after the document', `{"Records":[1]}\nhello`, 'not-json at byte 16', ['1']],
  ])('fails after the complete records: %s', async (_, document, error, expected) => {
    const { outcome, texts } = await read(document);
    expect(outcome).toContain(error);
    expect(texts).toEqual(expected);
  });

  it('keeps a record that is too long without its text, in every form', async () => {
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

  it('keeps the text of a record of the maximum length, with any escapes', async () => {
    const quotes = `{"eventVersion":"1","eventName":"A","x":"${'\\"'.repeat(300)}"}`;
    const options = { maxRecordBytes: quotes.length };
    for (const form of [lookup(quotes), subscription(quotes), eventBridge(quotes), quotes])
      expect((await read(form, [], options)).texts).toEqual([quotes]);
  });

  it.each([
    ['{"Events":[', '1'],
    ['{"messageType":"DATA_MESSAGE","logEvents":[', '{}'],
  ])('may contain a list of very many small elements: %s', async (open, element) => {
    const many = new Array(300_000).fill(element).join();
    const { recordsSeen } = await read(`${open}${many}]}`, [100_000, 500_000]);
    expect(recordsSeen).toBe(300_000);
  });

  it('emits a list of texts early if it is too long to keep', async () => {
    const records = Array.from({ length: 500 }, (_, n) => `${RECORD.slice(0, -1)},"n":${n}}`);
    const { texts } = await read(lookup(...records), [30_000, 60_000], { maxRecordBytes: 2_000 });
    expect(texts).toEqual(records);
  });
});

describe('any sequence of documents in any form, with any cuts', () => {
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

  it('has the records that the reference parser finds', async () => {
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
