import { bytesAfterGzip, Inflater } from './inflater.ts';
import { LogObjectError, type ReadFault } from './log-object-error.ts';

/** Opens the stored bytes from their first; called a second time only to recover what a fault cut off. */
export type OpenBytes = () => AsyncIterable<Uint8Array>;

/**
 * Inflates a log object piece by piece, in constant memory.
 *
 * Gzip is told by its magic bytes, not by name or header; anything else passes through as it is. Several
 * members in a row are one file (https://www.rfc-editor.org/rfc/rfc1952#section-2.2).
 *
 * @throws LogObjectError `truncated-gzip`, `corrupt-gzip`, `bad-checksum` or `bytes-after-gzip` with the byte of
 *   the stored object, once every byte that inflates before the fault has been given out; `spoilt-in-transit`
 *   where the object is sound when it is read again
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
    await endOf(inflater, open, progress);
  } finally {
    inflater.close();
  }
}

/** How far an object has been read. */
interface Progress {
  storedBytes: number;
  inflatedBytes: number;
  /** Its last bytes so far. */
  tail: Buffer;
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
    if (!isDataFault(error)) throw error;
    const { recovered, fault } = await recover(open(), error.byte, progress.inflatedBytes);
    yield* recovered;
    throw fault;
  }
}

const GZIP_MAGIC = [0x1f, 0x8b];

/**
 * Input handed to zlib at once. Deflate grows 1,032 times at the most, so a bomb holds 32 MiB of output here;
 * and it is what has to be read again byte by byte behind a fault.
 */
const MAX_SLICE_BYTES = 32_768;

async function* slices(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const piece of bytes) {
    for (let at = 0; at < piece.length; at += MAX_SLICE_BYTES) yield piece.subarray(at, at + MAX_SLICE_BYTES);
  }
}

/** What zlib says of the data while it is written. */
function isDataFault(error: unknown): error is LogObjectError {
  return error instanceof LogObjectError && DATA_FAULTS.has(error.fault);
}

const DATA_FAULTS = new Set<ReadFault>(['corrupt-gzip', 'bad-checksum', 'bytes-after-gzip']);

/** A member's checksum and length, and a byte behind them. */
const TAIL_BYTES = 9;

/**
 * Ends the input. A single byte behind the last member looks to zlib like the first of another one: the object is read
 * once more without it, if what stands before it may be the end of a member.
 *
 * @throws LogObjectError `truncated-gzip` or `bytes-after-gzip`
 */
async function endOf(
  inflater: Inflater,
  open: OpenBytes,
  { inflatedBytes, storedBytes, tail }: Progress,
): Promise<void> {
  try {
    await inflater.end();
  } catch (error) {
    const isFirstOfMember = tail.at(-1) === GZIP_MAGIC[0];
    const mayEndBefore = tail.length === TAIL_BYTES && tail.readUInt32LE(4) <= inflatedBytes;
    if (isFirstOfMember || !mayEndBefore || !(await inflates(open(), storedBytes - 1))) throw error;
    throw bytesAfterGzip(storedBytes - 1);
  }
}

/** Whether the first bytes of an object are gzip data to their end. */
async function inflates(bytes: AsyncIterable<Uint8Array>, count: number): Promise<boolean> {
  const inflater = new Inflater();
  let at = 0;
  try {
    for await (const piece of slices(bytes)) {
      if (at < count) await inflater.write(piece.subarray(0, count - at));
      at += piece.length;
    }
    await inflater.end();
    return true;
  } catch (error) {
    if (error instanceof LogObjectError) return false;
    throw error;
  } finally {
    inflater.close();
  }
}

/**
 * zlib throws away what it inflated in the very call that meets a fault: in a small object, all of it. So the
 * object is read once more, byte by byte from where that call began, up to the fault, which so has its own byte.
 * Where there is no fault this time, the bytes were spoilt on their way: what was given out cannot be trusted.
 *
 * @param from  byte of the stored object at which the failing call began
 * @param given inflated bytes that have been given out already
 */
async function recover(bytes: AsyncIterable<Uint8Array>, from: number, given: number) {
  const inflater = new Inflater();
  const recovered: Uint8Array[] = [];
  let inflatedBytes = 0;
  try {
    for await (const piece of bytesSinglyFrom(bytes, from)) {
      for (const inflated of await inflater.write(piece)) {
        const fresh = inflated.subarray(Math.max(0, given - inflatedBytes));
        inflatedBytes += inflated.length;
        if (fresh.length > 0) recovered.push(fresh);
      }
    }
  } catch (fault) {
    if (isDataFault(fault) && fault.byte >= from) {
      // zlib takes the first byte of what may be a header, and refuses the second.
      return {
        recovered,
        fault: fault.fault === 'bytes-after-gzip' ? bytesAfterGzip(fault.byte - 1) : fault,
      };
    }
    if (!isDataFault(fault)) throw fault;
  } finally {
    inflater.close();
  }
  const fault = new LogObjectError('spoilt-in-transit', from, 'the object is sound when it is read again');
  return { recovered: [], fault };
}

async function* bytesSinglyFrom(bytes: AsyncIterable<Uint8Array>, from: number) {
  let at = 0;
  for await (const piece of slices(bytes)) {
    const whole = Math.min(piece.length, Math.max(0, from - at));
    if (whole > 0) yield piece.subarray(0, whole);
    for (let next = whole; next < piece.length; next++) {
      if (at + next > from + MAX_SLICE_BYTES) return;
      yield piece.subarray(next, next + 1);
    }
    at += piece.length;
  }
}

/** Reads until the first `count` bytes are there; `bytes` gives everything, those included. */
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
