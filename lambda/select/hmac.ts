import { hash } from 'node:crypto';

/** Bytes that SHA-256 reads at once, and what the construction adds to the key: https://www.rfc-editor.org/rfc/rfc2104 */
const BLOCK_BYTES = 64;
const INNER_PAD = 0x36;
const OUTER_PAD = 0x5c;

/** Longest text, in UTF-16 units, that is hashed without a new buffer. A session token has about 1,000. */
const MAX_SHORT_UNITS = 4_096;

/** A UTF-16 unit takes at most 3 bytes in UTF-8. */
const MAX_BYTES_PER_UNIT = 3;

/**
 * Returns the function that gives the HMAC-SHA-256 of a text in hexadecimal. It is made of two calls of `crypto.hash`,
 * because each object of `createHmac` costs a record 10 µs: V8 has to collect it together with OpenSSL's.
 */
export function openHmac(key: Uint8Array): (text: string) => string {
  const inner = Buffer.alloc(BLOCK_BYTES + MAX_SHORT_UNITS * MAX_BYTES_PER_UNIT);
  const outer = Buffer.alloc(BLOCK_BYTES + 32);
  const block = Buffer.alloc(BLOCK_BYTES);
  block.set(key.length > BLOCK_BYTES ? hash('sha256', key, 'buffer') : key);
  for (const [i, byte] of block.entries()) {
    inner[i] = byte ^ INNER_PAD;
    outer[i] = byte ^ OUTER_PAD;
  }
  const innerBlock = inner.subarray(0, BLOCK_BYTES);
  return (text) => {
    const message =
      text.length <= MAX_SHORT_UNITS
        ? inner.subarray(0, BLOCK_BYTES + inner.write(text, BLOCK_BYTES))
        : Buffer.concat([innerBlock, Buffer.from(text)]);
    // As text, the digest needs no new buffer.
    outer.write(hash('sha256', message, 'binary'), BLOCK_BYTES, 'binary');
    return hash('sha256', outer, 'hex');
  };
}
