import { constants, gunzipSync, gzipSync } from 'node:zlib';
import type { SampleObject } from './sample-objects.ts';

/** The bytes of a sample object as they would stand in the bucket. */
export function packSample({ inflated, packing }: SampleObject): Buffer {
  if (packing === 'plain') return inflated;
  if (packing === 'gzip') return gzipSync(inflated, { level: 6 });
  if (packing === 'truncated-gzip') {
    const whole = gzipSync(inflated, { level: 6 });
    return whole.subarray(0, Math.floor(whole.length * 0.6));
  }
  // Three members, cut without regard to the records.
  const third = Math.ceil(inflated.length / 3);
  const parts = [0, 1, 2].map((index) => inflated.subarray(index * third, (index + 1) * third));
  return Buffer.concat(parts.map((part) => gzipSync(part, { level: 6 })));
}

/**
 * Whether an object's bytes still hold the sample's content. The packed bytes themselves are not compared:
 * they may differ from one zlib to the next.
 */
export function holdsSample({ inflated, packing }: SampleObject, bytes: Buffer): boolean {
  if (packing === 'plain') return bytes.equals(inflated);
  if (packing !== 'truncated-gzip') return unpack(bytes)?.equals(inflated) ?? false;
  const part = gunzipSync(bytes, { finishFlush: constants.Z_SYNC_FLUSH });
  const isProperPart = part.length > 0 && part.length < inflated.length;
  return unpack(bytes) === undefined && isProperPart && inflated.subarray(0, part.length).equals(part);
}

/** `undefined` for what is not a whole gzip file: to the caller one more way of being out of date. */
function unpack(bytes: Buffer): Buffer | undefined {
  try {
    return gunzipSync(bytes);
  } catch {
    return undefined;
  }
}
