import type { OpenBytes } from '../../lambda/read/gunzip.ts';
import { type NextRecord, readRecords } from '../../lambda/read/read-records.ts';
import { describeError } from '../endings.ts';
import { BatchDetour, type BatchThreads, ThreadError } from './batch-detour.ts';
import { type Chunk, emptyChunk, NO_LINES } from './chunk.ts';
import type { EventMaker } from './event-maker.ts';
import { type LineBuffer, withLineBuffer } from './line-buffer.ts';
import { OutputFile, type OutputPlace } from './output-file.ts';
import { printRecords } from './print-records.ts';
import type { RecordFilter } from './record-filter.ts';

/** Gets the chunks of a file in order. Their memory is reused when it resolves. @returns whether to read on */
export type OnChunk = (chunk: Chunk) => Promise<boolean>;

/** A log file to read. It can be sent to another thread. */
export interface LogFile {
  /** How events of invalid records name it. */
  readonly name: string;
  /** The time of invalid records that have none, in RFC 3339. */
  readonly time: string;
  /** What of it to read. @default - all records */
  readonly filter: RecordFilter | undefined;
  /** Where its events go. @default - to `onChunk` */
  readonly out?: OutputPlace | undefined;
}

/**
 * Normalizes a log file, into its own file if it has one. If reading is stopped, that file is not written.
 *
 * @param threads normalize most of the records. @default - this thread
 * @returns whether it was read to its end
 * @throws Error if the output cannot be written, or one of the threads ends
 */
export async function normalizeFile(
  file: LogFile,
  open: OpenBytes,
  maker: EventMaker,
  onChunk: OnChunk,
  threads?: BatchThreads,
): Promise<boolean> {
  const read = (onChunk: OnChunk) =>
    withLineBuffer((lines) => readFile(file, open, maker, onChunk, threads, lines));
  if (file.out === undefined) return await read(onChunk);
  const output = new OutputFile(file.out);
  try {
    const write: OnChunk = async ({ lines, ...chunk }) => {
      if (lines.length > 0) await output.write(lines);
      return await onChunk({ ...chunk, lines: NO_LINES });
    };
    const isRead = await read(write);
    await (isRead ? output.finish() : output.discard());
    return isRead;
  } catch (error) {
    await output.discard();
    throw error;
  }
}

/**
 * Reads a log file in constant memory.
 *
 * @param onChunk gets everything, errors included: a file that cannot be read is a fault of its last chunk
 */
async function readFile(
  { name, time, filter }: LogFile,
  open: OpenBytes,
  maker: EventMaker,
  onChunk: OnChunk,
  threads: BatchThreads | undefined,
  lines: LineBuffer,
): Promise<boolean> {
  const source = { path: name, time, filter };
  let chunk = emptyChunk();
  let isStopped = false;
  let failure: unknown;

  async function* counted(): AsyncGenerator<Uint8Array> {
    for await (const bytes of open()) {
      chunk.bytes += bytes.length;
      yield bytes;
    }
  }

  async function pass(full: Chunk): Promise<boolean> {
    chunk = emptyChunk();
    try {
      isStopped = !(await onChunk(full));
    } catch (error) {
      // It is of the output, not of the file.
      failure = error;
      isStopped = true;
    }
    return !isStopped;
  }

  async function onRecords(nextRecord: NextRecord): Promise<boolean> {
    printRecords(nextRecord, source, maker, lines, chunk);
    return await pass({ ...chunk, lines: lines.take() });
  }

  const fail = (reason: string) => chunk.faults.push({ place: undefined, reason });
  const detour =
    threads && new BatchDetour(source, threads, (batch) => pass({ ...batch, bytes: chunk.bytes }));
  try {
    const { unknown } = await readRecords(counted, onRecords, { detour });
    if (unknown !== undefined) fail(`holds no records: ${unknown}`);
  } catch (error) {
    if (error instanceof ThreadError) failure = error;
    else if (!isStopped) fail(describeError(error));
  }
  if (failure !== undefined) throw failure;
  const goOn = await onChunk(chunk);
  return goOn && !isStopped;
}
