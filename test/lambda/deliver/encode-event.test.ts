import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeEvent } from '../../../lambda/deliver/encode-event.ts';
import { normalizeOrReport } from '../../../lambda/normalize/pipeline-error.ts';

const place = { path: 's3://b/k.json.gz', index: 7, time: '2026-11-22T00:00:00Z' };
const room = (capacity: number) => ({
  capacity,
  isLine: false,
  fits: (json: string) => Buffer.byteLength(json) <= capacity,
});
const log = { file: { path: place.path }, flags: ['truncated'], offset: 7 };

const record = JSON.stringify({
  eventName: 'A',
  awsRegion: 'eu-west-3',
  requestParameters: { text: 'é"\\\n😀'.repeat(40) },
});
const { event } = normalizeOrReport(record, place);
const fullJson = JSON.stringify(event);
const fullBytes = Buffer.byteLength(fullJson);
const { aws: _, ...slim } = JSON.parse(fullJson);
const slimBytes = Buffer.byteLength(JSON.stringify(slim));

const encode = (capacity: number) => {
  const { json, truncated } = encodeEvent(event, place, room(capacity));
  return { event: JSON.parse(json), bytes: Buffer.byteLength(json), truncated };
};

describe('encodeEvent', () => {
  it.each([
    ['one byte more than its length', fullBytes + 1],
    ['exactly its length', fullBytes],
  ])('keeps an event complete if the limit is %s', (_name, capacity) => {
    expect(encode(capacity)).toEqual({ event: JSON.parse(fullJson), bytes: fullBytes, truncated: false });
  });

  it.each([
    ['one byte less than the complete event', fullBytes - 1],
    ['exactly the event without it', slimBytes],
  ])('first drops the flattened text if the limit is %s', (_name, capacity) => {
    expect(encode(capacity)).toEqual({ event: slim, bytes: slimBytes, truncated: true });
  });

  it('then truncates the message and adds the place of the record', () => {
    const cut = encode(slimBytes - 1);
    expect(cut.truncated).toBe(true);
    expect(cut.event).toEqual({ ...slim, message: cut.event.message, log });
    expect(record.startsWith(cut.event.message)).toBe(true);
    expect(cut.event.message.length).toBeGreaterThan(100);
  });

  it('truncates the message between characters, as late as possible, and keeps all other fields', () => {
    const least = Buffer.byteLength(JSON.stringify({ ...slim, message: '', log }));
    let empty = 0;
    fc.assert(
      fc.property(fc.integer({ min: least, max: slimBytes - 1 }), (capacity) => {
        const { event: cut, bytes } = encode(capacity);
        expect(cut).toEqual({ ...slim, message: cut.message, log });
        expect(record.startsWith(cut.message)).toBe(true);
        expect(cut.message).toBe(Buffer.from(cut.message).toString('utf8'));
        expect(bytes).toBeLessThanOrEqual(capacity);
        // Another character does not fit: it takes at most 4 bytes of UTF-8 or a JSON escape of 2.
        expect(capacity - bytes).toBeLessThan(6);
        if (cut.message === '') empty++;
      }),
      { numRuns: 300, seed: 8 },
    );
    expect(empty).toBeLessThan(10);
  });

  it('finally keeps only the place and the start of the message', () => {
    const huge = JSON.stringify({
      eventName: 'A',
      errorMessage: 'x'.repeat(5000),
      eventTime: '2026-11-22T10:00:00Z',
    });
    const { json, truncated } = encodeEvent(normalizeOrReport(huge, place).event, place, room(4000));
    expect(Buffer.byteLength(json)).toBe(4000);
    expect(truncated).toBe(true);
    expect(JSON.parse(json)).toMatchObject({
      '@timestamp': place.time,
      event: { kind: 'pipeline_error' },
      error: { message: 'the event exceeds the limit of 4000 bytes', type: 'OversizeEvent' },
      log,
    });
  });

  it('keeps the other fields of aws when it drops the flattened text', () => {
    const withIdentity = normalizeOrReport(
      JSON.stringify({ userIdentity: { arn: 'a' }, requestParameters: 'x'.repeat(300) }),
      place,
    ).event;
    const { json } = encodeEvent(withIdentity, place, room(JSON.stringify(withIdentity).length - 1));
    expect(JSON.parse(json).aws).toEqual({ cloudtrail: { user_identity: { arn: 'a' } } });
  });

  it('truncates the event of a malformed record', () => {
    const { event: malformed } = normalizeOrReport(`{"a":${'1'.repeat(2000)}`, place);
    const { json } = encodeEvent(malformed, place, room(800));
    expect(Buffer.byteLength(json)).toBe(800);
    expect(JSON.parse(json)).toMatchObject({ event: { kind: 'pipeline_error' }, log });
  });
});
