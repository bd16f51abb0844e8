import { gunzip, type OpenBytes } from './gunzip.ts';
import { LogObjectError, type LogObjectErrorCode } from './log-object-error.ts';
import type { RawRecord } from './raw-record.ts';
import { RecordSplitter, type SplitOptions, type SplitOutcome } from './split-records.ts';

/** `stopped`: the caller wanted no more. */
export interface ReadResult {
  outcome: SplitOutcome | 'stopped';
  /** Records that ended in what was read, or up to where it was stopped; those before `firstRecord` included. */
  recordsSeen: number;
  /** Length of what was read, inflated. */
  inflatedBytes: number;
  /** The first document without a known form, by its byte and its members. */
  unknown?: string | undefined;
}

export interface ReadOptions extends SplitOptions {
  /** An object that inflates to more is `too-large`. @default no limit */
  maxInflatedBytes?: number | undefined;
  /** An object with more records is `too-many-records`. @default no limit */
  maxRecordsPerObject?: number | undefined;
  /** Told of each chunk's length, also of those before an error. */
  onInflated?: (bytes: number) => void;
}

/** The next record of the chunk that was read last; `undefined` where there is none more. */
export type NextRecord = () => RawRecord | undefined;

/**
 * Behind an error in the JSON the bytes are still read: their checksum may tell that they were spoilt on their way,
 * which is another error. So much of them at the most; a hostile object goes on for ever.
 */
const MAX_BYTES_AFTER_ERROR = 268_435_456;

/**
 * Reads a log object: bytes → gunzip → records, in order, in constant memory.
 *
 * @param open      opens the object's stored bytes
 * @param onRecords takes the records of each chunk from `nextRecord`; reading waits for it, and stops where it answers
 *   `false` and the chunk has records. Records that it does not take are passed over
 * @throws LogObjectError where the object cannot be read to its end, once `onRecords` has had every record that
 *   is whole before the fault
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

  /** @returns whether to go on */
  async function dealWithRecords(): Promise<boolean> {
    const { recordsSeen } = splitter;
    if (!(await onRecords(nextRecord)) && (splitter.recordsSeen > recordsSeen || nextRecord())) return false;
    while (nextRecord());
    if (!firstTooMany) return true;
    const meaning = 'the object holds more records than it may';
    throw new LogObjectError('too-many-records', firstTooMany.byte, meaning);
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
    if (!(await dealWithRecords())) return result('stopped');
    if (splitter.error) byteOfError = inflatedBytes;
    if (inflatedBytes > maxInflatedBytes) {
      throw new LogObjectError('too-large', maxInflatedBytes, 'the object inflates to more than it may');
    }
  }
  if (!splitter.error) splitter.end();
  if (!(await dealWithRecords())) return result('stopped');
  if (splitter.error) throw nameEncoding(head) ?? splitter.error;
  return result(splitter.outcome);
}

/** Longest mark of an encoding. */
const HEAD_BYTES = 4;

/** What is no text in UTF-8, by its first bytes; a document begins with none of them. */
const ENCODINGS: { hex: RegExp; code: LogObjectErrorCode; meaning: string }[] = [
  { hex: /^1f8b/, code: 'double-gzip', meaning: 'what it inflates to is gzip data again' },
  { hex: /^28b52ffd/, code: 'zstd', meaning: 'expected gzip or plain JSON' },
  {
    hex: /^(fffe|feff|(?!00)..00(?!00)..00|00(?!00)..00(?!00)..)/,
    code: 'utf-16',
    meaning: 'expected UTF-8',
  },
];

function nameEncoding(head: Buffer): LogObjectError | undefined {
  const found = ENCODINGS.find(({ hex }) => hex.test(head.toString('hex')));
  return found && new LogObjectError(found.code, 0, found.meaning);
}
