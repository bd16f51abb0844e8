import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../lambda/normalize/event.ts';
import { normalizeOrReport, timeOfLogObject } from '../../../lambda/normalize/pipeline-error.ts';

const place = { path: 's3://b/k.json.gz', index: 7, time: '2026-11-03T08:45:00Z' };

describe('the time of a log object', () => {
  const folder = 's3://b/AWSLogs/111122223333/CloudTrail/eu-west-3/2025/10/09';
  const name = (stamp: string) =>
    `${folder}/111122223333_CloudTrail_eu-west-3_${stamp}_kVn2QpR7sYt4LxWz.json.gz`;

  it.each([
    ['20261103T0845Z', '2026-11-03T08:45:00Z'],
    ['20240229T2359Z', '2024-02-29T23:59:00Z'],
    ['20261231T0000Z', '2026-12-31T00:00:00Z'],
  ])('is read from %s in its name', (stamp, time) => {
    expect(timeOfLogObject(name(stamp))).toBe(time);
  });

  it.each([
    ['month 13', name('20261303T0845Z')],
    ['month 0', name('20260003T0845Z')],
    ['day 30 of February', name('20260230T0845Z')],
    ['hour 24', name('20261103T2400Z')],
    ['minute 60', name('20261103T0860Z')],
    ['seconds', name('20261103T084500Z')],
    ['no time', `${folder}/a.json.gz`],
    ['a time in a folder', 's3://b/a_20261103T0845Z_b/c.json.gz'],
    ['a time at the end', 's3://b/a_20261103T0845Z'],
  ])('is undefined for a name with %s', (_, path) => {
    expect(timeOfLogObject(path)).toBeUndefined();
  });
});

describe('a pipeline_error event', () => {
  const log = { file: { path: place.path }, offset: place.index };

  it.each([
    ['text that is not JSON', '{"secret"', 'the record is not JSON'],
    ['JSON that is not an object', '["secret"]', 'the record is JSON, but not an object'],
    ['no text', undefined, 'the record is longer than MAX_RECORD_BYTES'],
  ])('has the reason, the time and the place for %s', (_, text, message) => {
    const { event, malformed } = normalizeOrReport(text, place);
    expect(event).toEqual({
      message: text,
      event: { kind: 'pipeline_error' },
      '@timestamp': place.time,
      error: { message, type: 'MalformedRecordError' },
      log,
    });
    expect(malformed).toMatchObject({ name: 'MalformedRecordError', message });
  });

  it.each([
    ['a TypeError', new TypeError('cannot read "secret"'), 'TypeError'],
    ['a RangeError', new RangeError('Invalid string length: secret'), 'RangeError'],
    ['an Error', new Error('secret'), 'Error'],
    ['a value that is not an Error', 'secret', 'Error'],
  ])('has the name of %s and does not quote it', (_, thrown, type) => {
    const parsed: JsonObject = {};
    Object.defineProperty(parsed, 'userIdentity', {
      get() {
        throw thrown;
      },
    });
    const { event, malformed } = normalizeOrReport('{"userIdentity":{}}', place, parsed);
    expect(event).toEqual({
      message: '{"userIdentity":{}}',
      event: { kind: 'pipeline_error' },
      '@timestamp': place.time,
      error: { message: 'the record could not be normalized', type },
      log,
    });
    expect(malformed).toMatchObject({ name: type, message: 'the record could not be normalized' });
    expect(`${malformed} ${malformed?.stack} ${malformed?.cause}`).not.toContain('secret');
  });
});
