import type { OpenBytes } from '../lambda/read/gunzip.ts';

/** A stream cannot be reopened, so this much of it is kept for the reader to recover records before an error. */
const MAX_KEPT_BYTES = 16 * 1024 * 1024;

/** Makes a stream readable a second time, up to a limit. */
export function rereadable(input: AsyncIterable<Uint8Array>): OpenBytes {
  const kept: Uint8Array[] = [];
  let bytes = 0;
  let isOpen = false;
  async function* first() {
    for await (const chunk of input) {
      bytes += chunk.length;
      if (bytes <= MAX_KEPT_BYTES) kept.push(chunk);
      else kept.length = 0;
      yield chunk;
    }
  }
  async function* again() {
    if (bytes > MAX_KEPT_BYTES) {
      throw new Error(
        'corrupt, and too large to reread; pass it as a file to recover the records before the error',
      );
    }
    yield* kept;
  }
  return () => {
    if (isOpen) return again();
    isOpen = true;
    return first();
  };
}
