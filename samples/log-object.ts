import type { Writable } from 'node:stream';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';

/** The text before and after the records of a log object. */
const opening = '{"Records":[';
const closing = ']}';

/**
 * Generates the inflated bytes of a log object, `{"Records":[…,…]}`, in chunks and constant memory.
 *
 * @param chunkBytes minimum length of a chunk, in UTF-16 code units; chunks end between records
 */
export function* inflateLogObject(
  records: Iterable<string>,
  chunkBytes = 65_536,
): Generator<Buffer, void, void> {
  let text = opening;
  let separator = '';
  for (const record of records) {
    text += separator + record;
    separator = ',';
    if (text.length < chunkBytes) continue;
    yield Buffer.from(text, 'utf8');
    text = '';
  }
  yield Buffer.from(text + closing, 'utf8');
}

export interface WrittenLogObject {
  readonly recordCount: number;
  readonly inflatedBytes: number;
}

/**
 * Writes a log object to a stream and ends the stream.
 *
 * @param gzip compression level 1 to 9, or `false` for plain JSON; 6 is closest to CloudTrail's own files
 */
export async function writeLogObject(
  records: Iterable<string>,
  sink: Writable,
  gzip: number | false = 6,
): Promise<WrittenLogObject> {
  let recordCount = 0;
  let inflatedBytes = 0;
  const counted = function* (): Generator<string, void, void> {
    for (const record of records) {
      recordCount += 1;
      yield record;
    }
  };
  const measured = function* (): Generator<Buffer, void, void> {
    for (const chunk of inflateLogObject(counted())) {
      inflatedBytes += chunk.length;
      yield chunk;
    }
  };
  const source = Readable.from(measured());
  await (gzip === false ? pipeline(source, sink) : pipeline(source, createGzip({ level: gzip }), sink));
  return { recordCount, inflatedBytes };
}

/** Yields records until their log object reaches a size in inflated bytes; always at least one record. */
export function* takeBytes(records: Iterable<string>, inflatedBytes: number): Generator<string, void, void> {
  let bytes = opening.length + closing.length;
  for (const record of records) {
    yield record;
    bytes += Buffer.byteLength(record) + 1;
    if (bytes >= inflatedBytes) return;
  }
}
