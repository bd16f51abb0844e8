import { bytesAfterGzip, Inflater, MAX_SLICE_BYTES, slices } from './inflater.ts';
import { LogObjectError, type LogObjectErrorCode } from './log-object-error.ts';

/** Opens the stored bytes from the start. Called a second time only to recover after an error. */
export type OpenBytes = () => AsyncIterable<Uint8Array>;

/** How far an object has been read. */
export interface Progress {
  storedBytes: number;
  inflatedBytes: number;
  /** The last stored bytes so far. */
  tail: Buffer;
}

/** Whether zlib found invalid data during a write. */
export function isDataError(error: unknown): error is LogObjectError {
  return error instanceof LogObjectError && DATA_ERRORS.has(error.code);
}

const DATA_ERRORS = new Set<LogObjectErrorCode>(['corrupt-gzip', 'bad-checksum', 'bytes-after-gzip']);

const FIRST_OF_MEMBER = 0x1f;

/** A member's checksum and length, and one byte after them. */
export const TAIL_BYTES = 9;

/**
 * Ends the input. To zlib, a single byte after the last member looks like the start of another one. So if the bytes
 * before it can be the end of a member, this rereads the object without it.
 *
 * @throws LogObjectError `truncated-gzip` or `bytes-after-gzip`
 */
export async function endInput(
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

/** Whether the first `count` bytes of an object are complete gzip data. */
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
 * Recovers the bytes before an error. zlib discards the output of the call that fails, which for a small object is
 * everything. So this rereads the object in short steps from the start of that call, and the step that fails byte by
 * byte, which also yields the exact byte of the error. If there is no error this time, the bytes were corrupted in
 * transit and the output so far is unreliable.
 *
 * @param from         byte of the stored object at which the failing call started
 * @param emittedBytes inflated bytes that were already emitted
 */
export async function recover(bytes: AsyncIterable<Uint8Array>, from: number, emittedBytes: number) {
  // One step ahead, because an inflater that has failed cannot try the step again.
  const ahead = new Inflater();
  const inflater = new Inflater();
  const recovered: Uint8Array[] = [];
  let inflatedBytes = 0;
  try {
    for await (const step of stepsFrom(bytes, from)) {
      const isValid = await accepts(ahead, step);
      for (const part of isValid ? [step] : singleBytes(step)) {
        for (const inflated of await inflater.write(part)) {
          const fresh = inflated.subarray(Math.max(0, emittedBytes - inflatedBytes));
          inflatedBytes += inflated.length;
          if (fresh.length > 0) recovered.push(fresh);
        }
      }
    }
  } catch (error) {
    if (isDataError(error) && error.byte >= from) {
      // zlib accepts the first byte of a possible header and rejects the second.
      return {
        recovered,
        error: error.code === 'bytes-after-gzip' ? bytesAfterGzip(error.byte - 1) : error,
      };
    }
    if (!isDataError(error)) throw error;
  } finally {
    ahead.close();
    inflater.close();
  }
  const corrupted = new LogObjectError('corrupted-in-transit', from, 'a second read found no error');
  return { recovered: [], error: corrupted };
}

async function accepts(inflater: Inflater, bytes: Uint8Array): Promise<boolean> {
  try {
    await inflater.write(bytes);
    return true;
  } catch (error) {
    if (isDataError(error)) return false;
    throw error;
  }
}

/** About the square root of a slice, so that there are as many steps as bytes in one of them. */
const STEP_BYTES = 181;

async function* stepsFrom(bytes: AsyncIterable<Uint8Array>, from: number) {
  const end = from + MAX_SLICE_BYTES + 1;
  let at = 0;
  for await (const piece of slices(bytes)) {
    for (let next = 0; next < piece.length && at < end; ) {
      const length = at < from ? from - at : Math.min(STEP_BYTES, end - at);
      const step = piece.subarray(next, next + length);
      yield step;
      next += step.length;
      at += step.length;
    }
    if (at >= end) return;
  }
}

function* singleBytes(bytes: Uint8Array) {
  for (let at = 0; at < bytes.length; at++) yield bytes.subarray(at, at + 1);
}
