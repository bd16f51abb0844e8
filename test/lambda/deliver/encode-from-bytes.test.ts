import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeFromBytes } from '../../../lambda/deliver/encode-from-bytes.ts';
import {
  type EscapeRoutine,
  MAX_INPUT_BYTES,
  openEscapeRoutine,
} from '../../../lambda/deliver/escape-routine.ts';
import type { PipelineErrorEvent, SekoiaEvent } from '../../../lambda/normalize/event.ts';
import { normalizeOrReport } from '../../../lambda/normalize/pipeline-error.ts';
import { anyValue } from '../read/json-documents.ts';

const place = { path: 's3://b/k.json.gz', index: 7, time: '2026-11-22T00:00:00Z' };
const NO_LIMIT = Number.POSITIVE_INFINITY;

function encode(text: string, event = normalizeOrReport(text, place).event, capacity = NO_LIMIT) {
  return encodeFromBytes(event, { text, utf8: Buffer.from(text) }, { capacity })?.json;
}

/** Returns a record of that many bytes. */
function recordOf(bytes: number): string {
  return `{"eventName":"${'x'.repeat(bytes - '{"eventName":""}'.length)}"}`;
}

describe('encodeFromBytes', () => {
  it('gives the same bytes as JSON.stringify, for any record', () => {
    const members = fc.dictionary(fc.constantFrom('eventName', 'requestParameters', 'userAgent'), anyValue);
    const record = members.map(
      (values) => `{${Object.entries(values).map(([name, value]) => `"${name}" : ${value}`)}}`,
    );
    let wide = 0;
    fc.assert(
      fc.property(fc.oneof(record, anyValue, fc.string({ unit: 'grapheme' })), (text) => {
        const { event } = normalizeOrReport(text, place);
        expect(encode(text, event)?.toString('utf8')).toBe(JSON.stringify(event));
        if (Buffer.byteLength(text) > text.length) wide++;
      }),
      { numRuns: 3000, seed: 22 },
    );
    expect(wide).toBeGreaterThan(500);
  });

  it.each([
    [MAX_INPUT_BYTES - 1, true],
    [MAX_INPUT_BYTES, true],
    [MAX_INPUT_BYTES + 1, false],
  ])('takes records up to the input of the routine: %i bytes', (bytes, isTaken) => {
    const text = recordOf(bytes);
    expect(encode(text)?.toString('utf8')).toBe(
      isTaken ? JSON.stringify(normalizeOrReport(text, place).event) : undefined,
    );
  });

  it('takes events up to the capacity of the room', () => {
    const { event } = normalizeOrReport(recordOf(100), place);
    const { length } = JSON.stringify(event);
    const isTaken = [length - 1, length, length + 1].map((capacity) =>
      Boolean(encode(recordOf(100), event, capacity)),
    );
    expect(isTaken).toEqual([false, true, true]);
  });

  it.each([
    [-1, true],
    [0, true],
    [1, false],
  ])(
    'takes events whose other members fit in the memory of the routine: %i characters more',
    (more, isTaken) => {
      const { memory, output } = openEscapeRoutine() as EscapeRoutine;
      const event = { ...(normalizeOrReport('{}', place).event as SekoiaEvent), '@timestamp': '' };
      const room = Math.floor((memory.length - output - '{"message":"{}'.length) / 3);
      const others = JSON.stringify({ ...event, message: '' }).length - '{"message":"'.length;
      event['@timestamp'] = '漢'.repeat(room - others + more);
      expect(encode('{}', event)?.toString('utf8')).toBe(isTaken ? JSON.stringify(event) : undefined);
    },
  );

  it('takes only events whose message is the text of the record', () => {
    const { event } = normalizeOrReport('{"a":1}', place);
    expect(encode('{"a":1}', event)).toBeDefined();
    expect(encode('{"a":2}', event)).toBeUndefined();
    expect(encodeFromBytes(event, { text: '{"a":1}' }, { capacity: NO_LIMIT })).toBeUndefined();
  });

  it('takes no event whose message is not its first member', () => {
    const { message, ...others } = normalizeOrReport('{}', place).event as PipelineErrorEvent;
    expect(encode('{}', { ...others, message })).toBeUndefined();
  });
});
