import { constants, gunzipSync, gzipSync } from 'node:zlib';
import type { SampleObject } from './sample-objects.ts';

/** Returns the bytes of a sample object as stored in the bucket. */
export function packSample({ inflated, packing }: SampleObject): Buffer {
  if (packing === 'plain') return inflated;
  if (packing === 'gzip') return gzipSync(inflated, { level: 6 });
  if (packing === 'truncated-gzip') {
    const complete = gzipSync(inflated, { level: 6 });
    return complete.subarray(0, Math.floor(complete.length * 0.6));
  }
  // Three members, split in the middle of records.
  const third = Math.ceil(inflated.length / 3);
  const parts = [0, 1, 2].map((index) => inflated.subarray(index * third, (index + 1) * third));
  return Buffer.concat(parts.map((part) => gzipSync(part, { level: 6 })));
}

/**
 * Returns whether an object's bytes contain the sample's content. Does not compare the packed bytes, which can
 * differ between zlib versions.
 */
export function holdsSample({ inflated, packing }: SampleObject, bytes: Buffer): boolean {
  if (packing === 'plain') return bytes.equals(inflated);
  if (packing !== 'truncated-gzip') return unpack(bytes)?.equals(inflated) ?? false;
  const part = gunzipSync(bytes, { finishFlush: constants.Z_SYNC_FLUSH });
  const isTruncated = part.length > 0 && part.length < inflated.length;
  return unpack(bytes) === undefined && isTruncated && inflated.subarray(0, part.length).equals(part);
}

/** Returns `undefined` unless the bytes are a complete gzip file. */
function unpack(bytes: Buffer): Buffer | undefined {
  try {
    return gunzipSync(bytes);
  } catch {
    return undefined;
  }
}
