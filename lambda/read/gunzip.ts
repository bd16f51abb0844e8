import { endInput, isDataError, type OpenBytes, type Progress, recover, TAIL_BYTES } from './gzip-errors.ts';
import { Inflater, slices } from './inflater.ts';

export type { OpenBytes } from './gzip-errors.ts';

/**
 * Inflates a log object chunk by chunk, in constant memory.
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
  const inflater = new Inflater();
  const progress: Progress = { storedBytes: 0, inflatedBytes: 0, tail: Buffer.alloc(0) };
  try {
    yield* inflateOrRecover(inflater, stored.bytes, open, progress);
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

/** Reads at least the first `count` bytes into `head`. `bytes` then returns everything, including those. */
async function peek(source: AsyncIterable<Uint8Array>, count: number) {
  const iterator = source[Symbol.asyncIterator]();
  let head: Uint8Array = new Uint8Array(0);
  while (head.length < count) {
    const next = await iterator.next();
    if (next.done) break;
    head = head.length === 0 ? next.value : Buffer.concat([head, next.value]);
  }
  async function* bytes(): AsyncGenerator<Uint8Array, void, undefined> {
    try {
      if (head.length > 0) yield head;
      for (let next = await iterator.next(); !next.done; next = await iterator.next()) yield next.value;
    } finally {
      await iterator.return?.();
    }
  }
  return { head, bytes: bytes() };
}
