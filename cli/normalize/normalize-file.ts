import { asLine } from '../../lambda/deliver/encode-event.ts';
import { encodeFromBytes } from '../../lambda/deliver/encode-from-bytes.ts';
import type { PipelineErrorEvent, RawEvent, SekoiaEvent } from '../../lambda/normalize/event.ts';
import { timeOfLogObject } from '../../lambda/normalize/pipeline-error.ts';
import type { OpenBytes } from '../../lambda/read/gunzip.ts';
import type { RawRecord } from '../../lambda/read/raw-record.ts';
import { type NextRecord, readRecords } from '../../lambda/read/read-records.ts';
import { selectEvent } from '../../lambda/select/select-event.ts';
import { describeError } from '../endings.ts';
import type { EventMaker } from './event-maker.ts';
import { LineBuffer } from './line-buffer.ts';
import { OutputFile, type OutputPlace } from './output-file.ts';
import { passes, type RecordFilter } from './record-filter.ts';

/** A file or a record that is invalid. */
export interface Fault {
  /** Place in the file: `record 3 at byte 120`; `undefined` for the file itself. */
  place: string | undefined;
  reason: string;
}

/** What one step of reading a file gave. It can be sent to another thread. */
export interface Chunk {
  /** Complete lines; empty if there are none. The next chunk of the file overwrites them. */
  lines: Uint8Array;
  /** Stored bytes that were read. Bytes that are reread after an error count twice. */
  bytes: number;
  records: number;
  /** Records that a rule dropped. */
  dropped: number;
  /** Records that a filter left out. */
  filtered: number;
  faults: Fault[];
}

/** Gets the chunks of a file in order. @returns whether to read on */
export type OnChunk = (chunk: Chunk) => Promise<boolean>;

/** A log file to read. It can be sent to another thread. */
export interface LogFile {
  /** How events of invalid records name it. */
  readonly name: string;
  /** What of it to read. @default - all records */
  readonly filter: RecordFilter | undefined;
  /** Where its events go. @default - to `onChunk` */
  readonly out?: OutputPlace | undefined;
}

/**
 * Normalizes a log file, into its own file if it has one. If reading is stopped, that file is not written.
 *
 * @returns whether it was read to its end
 * @throws Error if the output cannot be written
 */
export async function normalizeFile(
  file: LogFile,
  open: OpenBytes,
  maker: EventMaker,
  onChunk: OnChunk,
): Promise<boolean> {
  if (file.out === undefined) return await readFile(file, open, maker, onChunk);
  const output = new OutputFile(file.out);
  try {
    const isRead = await readFile(file, open, maker, async ({ lines, ...chunk }) => {
      if (lines.length > 0) await output.write(lines);
      return await onChunk({ ...chunk, lines: NO_LINES });
    });
    await (isRead ? output.finish() : output.discard());
    return isRead;
  } catch (error) {
    await output.discard();
    throw error;
  }
}

const NO_LINES = new Uint8Array(0);

/**
 * Reads a log file in constant memory.
 *
 * @param onChunk gets everything, errors included: a file that cannot be read is a fault of its last chunk
 */
async function readFile(
  file: LogFile,
  open: OpenBytes,
  maker: EventMaker,
  onChunk: OnChunk,
): Promise<boolean> {
  const { name } = file;
  const place = { path: name, time: timeOfLogObject(name) ?? new Date().toISOString() };
  const lines = new LineBuffer();
  let chunk = emptyChunk();
  let isStopped = false;
  let failure: unknown;

  async function* counted(): AsyncGenerator<Uint8Array> {
    for await (const bytes of open()) {
      chunk.bytes += bytes.length;
      yield bytes;
    }
  }

  async function onRecords(nextRecord: NextRecord): Promise<boolean> {
    printRecords(nextRecord, { ...place, filter: file.filter }, maker, lines, chunk);
    const full = { ...chunk, lines: lines.take() };
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

  const fail = (reason: string) => chunk.faults.push({ place: undefined, reason });
  try {
    const { unknown } = await readRecords(counted, onRecords);
    if (unknown !== undefined) fail(`holds no records: ${unknown}`);
  } catch (error) {
    if (!isStopped) fail(describeError(error));
  }
  if (failure !== undefined) throw failure;
  const goOn = await onChunk(chunk);
  return goOn && !isStopped;
}

function emptyChunk(): Chunk {
  return { lines: NO_LINES, bytes: 0, records: 0, dropped: 0, filtered: 0, faults: [] };
}

/** Collects the events in `lines`, and enters the counts and the faults of the records into `chunk`. */
function printRecords(
  nextRecord: NextRecord,
  { filter, ...place }: { path: string; time: string; filter: RecordFilter | undefined },
  { selection, indent }: EventMaker,
  lines: LineBuffer,
  chunk: Chunk,
): void {
  for (let record = nextRecord(); record; record = nextRecord()) {
    const { index, byte } = record;
    chunk.records++;
    if (filter && !passes(record, filter)) {
      chunk.filtered++;
      continue;
    }
    const selected = selectEvent(record, { ...place, index }, selection);
    // It takes up to thirty times the memory of the text.
    record.parsed = undefined;
    if (selected.droppedBy !== undefined) {
      chunk.dropped++;
      continue;
    }
    const { event, malformed } = selected;
    if (malformed)
      chunk.faults.push({ place: `record ${index} at byte ${byte}`, reason: describeError(malformed) });
    lines.add(printEvent(event, record, indent));
  }
}

/** Any length is a line. */
const ANY_LENGTH = { capacity: Number.POSITIVE_INFINITY };

function printEvent(
  event: SekoiaEvent | RawEvent | PipelineErrorEvent,
  record: RawRecord,
  indent: number | undefined,
): string | Uint8Array {
  if ('kind' in event) return asLine(event.message);
  if (indent !== undefined) return JSON.stringify(event, undefined, indent);
  return encodeFromBytes(event, record, ANY_LENGTH)?.json ?? JSON.stringify(event);
}
