import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeEvent } from '../../../lambda/deliver/encode-event.ts';
import { normalizeOrReport } from '../../../lambda/normalize/pipeline-error.ts';

const place = { path: 's3://b/k.json.gz', index: 7, time: '2026-11-22T00:00:00Z' };
const room = (capacity: number) => ({
  capacity,
  fits: (json: string) => Buffer.byteLength(json) <= capacity,
});
const log = { file: { path: place.path }, flags: ['truncated'], offset: 7 };

const record = JSON.stringify({
  eventName: 'A',
  awsRegion: 'eu-west-3',
  requestParameters: { text: 'é"\\\n😀'.repeat(40) },
});
const { event } = normalizeOrReport(record, place);
const whole = JSON.stringify(event);
const wholeBytes = Buffer.byteLength(whole);
const { aws: _, ...slim } = JSON.parse(whole);
const slimBytes = Buffer.byteLength(JSON.stringify(slim));

const encode = (capacity: number) => {
  const { json, truncated } = encodeEvent(event, place, room(capacity));
  return { event: JSON.parse(json), bytes: Buffer.byteLength(json), truncated };
};

describe('an event that has to fit', () => {
  it.each([
    ['one over', wholeBytes + 1],
    ['exactly', wholeBytes],
  ])('stays whole with room for it, %s', (_name, capacity) => {
    expect(encode(capacity)).toEqual({ event: JSON.parse(whole), bytes: wholeBytes, truncated: false });
  });

  it.each([
    ['one byte short of whole', wholeBytes - 1],
    ['exactly without the flattened text', slimBytes],
  ])('first gives up its flattened text: %s', (_name, capacity) => {
    expect(encode(capacity)).toEqual({ event: slim, bytes: slimBytes, truncated: true });
  });

  it('then its message is cut, and it says where the whole record stands', () => {
    const cut = encode(slimBytes - 1);
    expect(cut.truncated).toBe(true);
    expect(cut.event).toEqual({ ...slim, message: cut.event.message, log });
    expect(record.startsWith(cut.event.message)).toBe(true);
    expect(cut.event.message.length).toBeGreaterThan(100);
  });

  it('is cut between characters, as late as possible, at any size, and keeps all other fields', () => {
    const least = Buffer.byteLength(JSON.stringify({ ...slim, message: '', log }));
    let uncut = 0;
    fc.assert(
      fc.property(fc.integer({ min: least, max: slimBytes - 1 }), (capacity) => {
        const { event: cut, bytes } = encode(capacity);
        expect(cut).toEqual({ ...slim, message: cut.message, log });
        expect(record.startsWith(cut.message)).toBe(true);
        expect(cut.message).toBe(Buffer.from(cut.message).toString('utf8'));
        expect(bytes).toBeLessThanOrEqual(capacity);
        // No room for one more character: at the most 4 bytes of UTF-8 or an escape of 2 in JSON.
        expect(capacity - bytes).toBeLessThan(6);
        if (cut.message === '') uncut++;
      }),
      { numRuns: 300, seed: 8 },
    );
    expect(uncut).toBeLessThan(10);
  });

  it('at last is no more than where it stands', () => {
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
      error: { message: 'the event is too large for a Firehose record', type: 'OversizeEvent' },
      log,
    });
  });

  it('keeps what aws holds besides the flattened text', () => {
    const withIdentity = normalizeOrReport(
      JSON.stringify({ userIdentity: { arn: 'a' }, requestParameters: 'x'.repeat(300) }),
      place,
    ).event;
    const { json } = encodeEvent(withIdentity, place, room(JSON.stringify(withIdentity).length - 1));
    expect(JSON.parse(json).aws).toEqual({ cloudtrail: { user_identity: { arn: 'a' } } });
  });

  it('may be a malformed record', () => {
    const { event: malformed } = normalizeOrReport(`{"a":${'1'.repeat(2000)}`, place);
    const { json } = encodeEvent(malformed, place, room(800));
    expect(Buffer.byteLength(json)).toBe(800);
    expect(JSON.parse(json)).toMatchObject({ event: { kind: 'pipeline_error' }, log });
  });
});
