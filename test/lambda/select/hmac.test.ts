import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openHmac } from '../../../lambda/select/hmac.ts';

const plain = (key: Uint8Array, text: string) => createHmac('sha256', key).update(text).digest('hex');

describe('openHmac', () => {
  it('gives what createHmac gives, for any key and texts one after the other', () => {
    const text = fc.oneof(fc.string({ unit: 'binary' }), fc.string({ minLength: 1_000, maxLength: 1_100 }));
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 140 }), fc.array(text, { minLength: 1 }), (key, texts) => {
        const hmac = openHmac(key);
        for (const each of texts) expect(hmac(each)).toBe(plain(key, each));
      }),
      { numRuns: 300 },
    );
  });

  it.each([63, 64, 65])('takes a key of %i bytes', (bytes) => {
    const key = Buffer.alloc(bytes, 'k');
    expect(openHmac(key)('secret')).toBe(plain(key, 'secret'));
  });

  it.each([4_095, 4_096, 4_097, 100_000])('takes a text of %i units of three bytes', (units) => {
    const key = Buffer.alloc(32, 'k');
    const text = '漢'.repeat(units);
    expect(openHmac(key)(text)).toBe(plain(key, text));
  });
});
