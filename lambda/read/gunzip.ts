import { endInput, isDataError, type OpenBytes, type Progress, recover, TAIL_BYTES } from './gzip-errors.ts';
import { inflateWhole, MAX_WHOLE_BYTES } from './inflate-whole.ts';
import { Inflater, slices } from './inflater.ts';

export type { OpenBytes } from './gzip-errors.ts';

/**
 * Inflates a log object chunk by chunk, in constant memory; a small one as a whole.
 *
 * Detects gzip by its magic bytes, not by file name or header, and passes other data through unchanged. Concatenated
 * members are one file (https://www.rfc-editor.org/rfc/rfc1952#section-2.2).
 *
 * @throws LogObjectError `truncated-gzip`, `corrupt-gzip`, `bad-checksum` or `bytes-after-gzip` with the byte in the
 *   stored object, after emitting every byte that inflates before the error; `corrupted-in-transit` if a second read
 *   finds no error
 */
export async function* gunzip(open: OpenBytes): AsyncGenerator<Uint8Array, void, undefined> {
  const stored = await peek(open(), GZIP_MAGIC.length);
  if (!GZIP_MAGIC.every((byte, at) => stored.head[at] === byte)) {
    yield* stored.bytes;
    return;
  }
  const start = await peek(stored.bytes, MAX_WHOLE_BYTES + 1);
  const inflated = start.isWhole ? inflateWhole(start.head) : undefined;
  if (inflated) {
    yield* inflated;
    return;
  }
  const inflater = new Inflater();
  const progress: Progress = { storedBytes: 0, inflatedBytes: 0, tail: Buffer.alloc(0) };
  try {
    yield* inflateOrRecover(inflater, start.bytes, open, progress);
    await endInput(inflater, open, progress);
  } finally {
    inflater.close();
  }
}

async function* inflateOrRecover(
  inflater: Inflater,
  stored: AsyncIterable<Uint8Array>,
  open: OpenBytes,
  progress: Progress,
): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    for await (const piece of slices(stored)) {
      progress.storedBytes += piece.length;
      progress.tail = Buffer.concat([progress.tail, piece.subarray(-TAIL_BYTES)]).subarray(-TAIL_BYTES);
      for (const inflated of await inflater.write(piece)) {
        progress.inflatedBytes += inflated.length;
        yield inflated;
      }
    }
  } catch (error) {
    if (!isDataError(error)) throw error;
    const { recovered, error: recoveredError } = await recover(open(), error.byte, progress.inflatedBytes);
    yield* recovered;
    throw recoveredError;
  }
}

const GZIP_MAGIC = [0x1f, 0x8b];

/**
 * Reads at least the first `count` bytes into `head`, less if there are no more: then `isWhole` is set. `bytes` then returns
 * everything, including those, and throws what reading threw.
 */
async function peek(source: AsyncIterable<Uint8Array>, count: number) {
  const iterator = source[Symbol.asyncIterator]();
  const pieces: Uint8Array[] = [];
  let length = 0;
  let isWhole = false;
  let failure: { error: unknown } | undefined;
  while (length < count && !isWhole && !failure) {
    try {
      const next = await iterator.next();
      if (next.done) isWhole = true;
      else {
        length += next.value.length;
        // The next read may overwrite its memory.
        pieces.push(length < count ? Buffer.from(next.value) : next.value);
      }
    } catch (error) {
      failure = { error };
    }
  }
  const head = pieces.length === 1 && pieces[0] ? pieces[0] : Buffer.concat(pieces);
  async function* bytes(): AsyncGenerator<Uint8Array, void, undefined> {
    try {
      if (head.length > 0) yield head;
      if (failure) throw failure.error;
      for (let next = await iterator.next(); !next.done; next = await iterator.next()) yield next.value;
    } finally {
      await iterator.return?.();
    }
  }
  return { head, isWhole, bytes: bytes() };
}
