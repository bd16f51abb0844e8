import { gunzip, type OpenBytes } from './gunzip.ts';
import { LogObjectError, type LogObjectErrorCode } from './log-object-error.ts';
import type { RawRecord } from './raw-record.ts';
import { RecordSplitter, type RecordStart, type SplitOptions, type SplitOutcome } from './split-records.ts';

export interface ReadResult {
  /** `stopped` if the caller stopped reading. */
  outcome: SplitOutcome | 'stopped';
  /** Complete records in the bytes that were read, including those before `firstRecord`. */
  recordsSeen: number;
  /** Inflated bytes that were read. */
  inflatedBytes: number;
  /** The first document in an unrecognized form: its members and its byte. */
  unknown?: string | undefined;
}

export interface ReadOptions extends SplitOptions {
  /** An object that inflates to more is `too-large`. @default no limit */
  maxInflatedBytes?: number | undefined;
  /** An object with more records is `too-many-records`. @default no limit */
  maxRecordsPerObject?: number | undefined;
  /** Splits most records elsewhere. @default none */
  detour?: Detour | undefined;
  /** Receives the length of each inflated chunk, including chunks before an error. */
  onInflated?: (bytes: number) => void;
}

/** Takes the bytes from the start of a record on, and gives them back where it cannot tell the records apart. */
export interface Detour {
  /** Whether it takes what follows the records of the current chunk. */
  readonly isOpen: boolean;
  /**
   * Takes the next bytes. They may be overwritten afterwards.
   *
   * @param start where they start, if earlier ones were not taken
   * @returns `undefined` to take the next ones as well
   */
  take(bytes: Uint8Array, start?: RecordStart): Promise<DetourEnd | undefined>;
  /** Ends it at the end of the input. */
  end(): Promise<DetourEnd>;
}

/** Where a detour ends: at the start of a record, with the bytes that were taken from there on. */
export interface DetourEnd extends RecordStart {
  pieces: Uint8Array[];
  /** Whether the caller stopped reading. */
  isStopped: boolean;
}

/** Returns the next record of the current chunk; `undefined` if there are no more. */
export type NextRecord = () => RawRecord | undefined;

/**
 * Limit of the bytes read after a JSON error. They are read because the checksum at their end may show that the object
 * was corrupted in transit. The limit is for a hostile object, which may never end.
 */
const MAX_BYTES_AFTER_ERROR = 268_435_456;

/**
 * Reads a log object: bytes → gunzip → records, in order, in constant memory.
 *
 * @param open      opens the object's stored bytes
 * @param onRecords gets the records of a chunk by calling `nextRecord`. Reading waits for it, and stops if it returns
 *   `false` and the chunk has records. Records that it does not get are skipped
 * @throws LogObjectError if the object cannot be read to the end, after `onRecords` had every complete record before
 *   the error
 */
export async function readRecords(
  open: OpenBytes,
  onRecords: (nextRecord: NextRecord) => Promise<boolean>,
  options: ReadOptions = {},
): Promise<ReadResult> {
  const { maxInflatedBytes = Number.POSITIVE_INFINITY } = options;
  const { maxRecordsPerObject = Number.POSITIVE_INFINITY } = options;
  const splitter = new RecordSplitter(options);
  let firstTooMany: RawRecord | undefined;
  const nextRecord = () => {
    const record = firstTooMany ? undefined : splitter.next();
    if (record === undefined || record.index < maxRecordsPerObject) return record;
    firstTooMany = record;
    return undefined;
  };
  let inflatedBytes = 0;
  let byteOfError = Number.POSITIVE_INFINITY;
  const result = (outcome: ReadResult['outcome']): ReadResult => ({
    outcome,
    recordsSeen: splitter.recordsSeen,
    inflatedBytes,
    unknown: splitter.unknown,
  });

  /** @returns whether to continue */
  async function processRecords(): Promise<boolean> {
    const { recordsSeen } = splitter;
    if (!(await onRecords(nextRecord)) && (splitter.recordsSeen > recordsSeen || nextRecord())) return false;
    while (nextRecord());
    if (!firstTooMany) return true;
    throw new LogObjectError(
      'too-many-records',
      firstTooMany.byte,
      'more than MAX_RECORDS_PER_OBJECT records',
    );
  }

  const { detour } = options;
  let isAway = false;

  /** @returns whether to continue */
  async function split(chunk: Uint8Array): Promise<boolean> {
    if (detour && isAway) return await comeBack(await detour.take(chunk));
    splitter.push(chunk);
    if (!(await processRecords())) return false;
    const handover = detour?.isOpen ? splitter.handOver() : undefined;
    if (!detour || !handover) return true;
    isAway = true;
    return await comeBack(await detour.take(handover.bytes, handover));
  }

  async function comeBack(end: DetourEnd | undefined): Promise<boolean> {
    if (!end) return true;
    isAway = false;
    if (end.isStopped) return false;
    splitter.resume(end);
    for (const piece of end.pieces) {
      splitter.push(piece);
      if (!(await processRecords())) return false;
    }
    return true;
  }

  let failure: { error: unknown } | undefined;
  async function* inflated(): AsyncGenerator<Uint8Array, void, undefined> {
    try {
      yield* gunzip(open);
    } catch (error) {
      failure = { error };
    }
  }

  let head = Buffer.alloc(0);
  for await (const chunk of inflated()) {
    if (head.length < HEAD_BYTES) head = Buffer.concat([head, chunk.subarray(0, HEAD_BYTES - head.length)]);
    inflatedBytes += chunk.length;
    options.onInflated?.(chunk.length);
    if (splitter.error) {
      if (inflatedBytes - byteOfError > MAX_BYTES_AFTER_ERROR) break;
      continue;
    }
    if (!(await split(chunk))) return result('stopped');
    if (splitter.error) byteOfError = inflatedBytes;
    if (inflatedBytes > maxInflatedBytes) {
      throw new LogObjectError('too-large', maxInflatedBytes, 'inflates to more than MAX_INFLATED_BYTES');
    }
  }
  if (detour && isAway && !(await comeBack(await detour.end()))) return result('stopped');
  if (failure) throw failure.error;
  if (!splitter.error) splitter.end();
  if (!(await processRecords())) return result('stopped');
  if (splitter.error) throw detectEncoding(head) ?? splitter.error;
  return result(splitter.outcome);
}

/** Longest signature in `ENCODINGS`. */
const HEAD_BYTES = 4;

/** Encodings other than UTF-8, by their first bytes. No JSON document starts with these. */
const ENCODINGS: { hex: RegExp; code: LogObjectErrorCode; meaning: string }[] = [
  { hex: /^1f8b/, code: 'double-gzip', meaning: 'expected JSON after inflating once' },
  { hex: /^28b52ffd/, code: 'zstd', meaning: 'expected gzip or plain JSON' },
  {
    hex: /^(fffe|feff|(?!00)..00(?!00)..00|00(?!00)..00(?!00)..)/,
    code: 'utf-16',
    meaning: 'expected UTF-8',
  },
];

function detectEncoding(head: Buffer): LogObjectError | undefined {
  const found = ENCODINGS.find(({ hex }) => hex.test(head.toString('hex')));
  return found && new LogObjectError(found.code, 0, found.meaning);
}
