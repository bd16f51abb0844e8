import { gunzip, type OpenBytes } from './gunzip.ts';
import { LogObjectError, type LogObjectErrorCode } from './log-object-error.ts';
import type { RawRecord } from './raw-record.ts';
import { RecordSplitter, type SplitOptions, type SplitOutcome } from './split-records.ts';

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
  /** Receives the length of each inflated chunk, including chunks before an error. */
  onInflated?: (bytes: number) => void;
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

  let head = Buffer.alloc(0);
  for await (const chunk of gunzip(open)) {
    if (head.length < HEAD_BYTES) head = Buffer.concat([head, chunk.subarray(0, HEAD_BYTES - head.length)]);
    inflatedBytes += chunk.length;
    options.onInflated?.(chunk.length);
    if (splitter.error) {
      if (inflatedBytes - byteOfError > MAX_BYTES_AFTER_ERROR) break;
      continue;
    }
    splitter.push(chunk);
    if (!(await processRecords())) return result('stopped');
    if (splitter.error) byteOfError = inflatedBytes;
    if (inflatedBytes > maxInflatedBytes) {
      throw new LogObjectError('too-large', maxInflatedBytes, 'inflates to more than MAX_INFLATED_BYTES');
    }
  }
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
