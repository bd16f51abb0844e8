import { gunzipSync } from 'node:zlib';

/**
 * Stored bytes of an object that is inflated at once. For one of a few KB, a stream, its hops between threads and its
 * garbage cost three quarters of what the records do.
 */
export const MAX_WHOLE_BYTES = 64 * 1024;

/** Longer output is left to the stream: a small object can inflate to 64 MiB. */
const MAX_OUTPUT_BYTES = 1024 * 1024;

/** Like the stream's. */
const CHUNK_BYTES = 256 * 1024;

/** Log objects inflate ten times. Memory that is enough for most is not copied, and little is left to be collected. */
const USUAL_RATIO = 16;

/**
 * Inflates a complete object of at most `MAX_WHOLE_BYTES`.
 *
 * @returns the same bytes as the stream, in chunks; `undefined` if they are not valid gzip, if there are bytes after it,
 *   or if the output is too long. The stream then finds out how much of it can be used
 */
export function inflateWhole(stored: Uint8Array): Uint8Array[] | undefined {
  const chunkSize = Math.min(CHUNK_BYTES, Math.max(MIN_CHUNK_BYTES, stored.length * USUAL_RATIO));
  let output: Buffer;
  try {
    const { buffer, engine } = gunzipWithInfo(stored, {
      chunkSize,
      maxOutputLength: MAX_OUTPUT_BYTES,
      info: true,
    });
    if (engine.bytesWritten !== stored.length) return undefined;
    output = buffer;
  } catch {
    return undefined;
  }
  const chunks: Uint8Array[] = [];
  for (let at = 0; at < output.length; at += CHUNK_BYTES) chunks.push(output.subarray(at, at + CHUNK_BYTES));
  return chunks;
}

const MIN_CHUNK_BYTES = 16 * 1024;

/** The types do not know what `info` returns (https://nodejs.org/api/zlib.html#class-options). */
const gunzipWithInfo = gunzipSync as unknown as (
  stored: Uint8Array,
  options: { chunkSize: number; maxOutputLength: number; info: true },
) => { buffer: Buffer; engine: { bytesWritten: number } };
