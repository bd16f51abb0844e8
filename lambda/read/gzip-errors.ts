import { bytesAfterGzip, Inflater, MAX_SLICE_BYTES, slices } from './inflater.ts';
import { LogObjectError, type LogObjectErrorCode } from './log-object-error.ts';

/** Opens the stored bytes from their first; called a second time only to recover what an error cut off. */
export type OpenBytes = () => AsyncIterable<Uint8Array>;

/** How far an object has been read. */
export interface Progress {
  storedBytes: number;
  inflatedBytes: number;
  /** Its last bytes so far. */
  tail: Buffer;
}

/** What zlib says of the data while it is written. */
export function isDataError(error: unknown): error is LogObjectError {
  return error instanceof LogObjectError && DATA_ERRORS.has(error.code);
}

const DATA_ERRORS = new Set<LogObjectErrorCode>(['corrupt-gzip', 'bad-checksum', 'bytes-after-gzip']);

const FIRST_OF_MEMBER = 0x1f;

/** A member's checksum and length, and a byte behind them. */
export const TAIL_BYTES = 9;

/**
 * Ends the input. A single byte behind the last member looks to zlib like the first of another one: the object is read
 * once more without it, if what stands before it may be the end of a member.
 *
 * @throws LogObjectError `truncated-gzip` or `bytes-after-gzip`
 */
export async function endOf(
  inflater: Inflater,
  open: OpenBytes,
  { inflatedBytes, storedBytes, tail }: Progress,
): Promise<void> {
  try {
    await inflater.end();
  } catch (error) {
    const isFirstOfMember = tail.at(-1) === FIRST_OF_MEMBER;
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
 * zlib throws away what it inflated in the very call that meets an error: in a small object, all of it. So the
 * object is read once more, byte by byte from where that call began, up to the error, which so has its own byte.
 * Where there is no error this time, the bytes were spoilt on their way: what was given out cannot be trusted.
 *
 * @param from  byte of the stored object at which the failing call began
 * @param given inflated bytes that have been given out already
 */
export async function recover(bytes: AsyncIterable<Uint8Array>, from: number, given: number) {
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
  } catch (error) {
    if (isDataError(error) && error.byte >= from) {
      // zlib takes the first byte of what may be a header, and refuses the second.
      return {
        recovered,
        error: error.code === 'bytes-after-gzip' ? bytesAfterGzip(error.byte - 1) : error,
      };
    }
    if (!isDataError(error)) throw error;
  } finally {
    inflater.close();
  }
  const corrupted = new LogObjectError(
    'corrupted-in-transit',
    from,
    'the object is sound when it is read again',
  );
  return { recovered: [], error: corrupted };
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
