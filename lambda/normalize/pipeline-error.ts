import type { JsonObject, PipelineErrorEvent, RawEvent, SekoiaEvent } from './event.ts';
import { MAX_LEVELS, nestsTooDeep } from './nesting.ts';
import { MalformedRecordError, type Normalize, normalizeRecord, parseRecord } from './normalize-record.ts';
import { normalizeTimestamp } from './timestamp.ts';

/** Place of a record. */
export interface RecordPlace {
  /** `s3://bucket/key`, or the file. */
  path: string;
  /** Index in the log object, from 0. */
  index: number;
  /** Time of the log object in RFC 3339. Replaces a missing or unusable time of the record. */
  time: string;
}

export interface NormalizedOrNot {
  event: SekoiaEvent | RawEvent | PipelineErrorEvent;
  /** Why the record could not be normalized. Its event is then a `pipeline_error` with the record's text. */
  malformed?: Error;
}

/**
 * Returns an event for any record. A malformed record neither fails its file nor is dropped.
 *
 * @param text      the record's text; `undefined` if it was longer than `MAX_RECORD_BYTES`
 * @param parsed    the result of `JSON.parse`, if the caller has it; must not nest too deep
 * @param normalize rules of the profile. @default - those of profile `seed`
 */
export function normalizeOrReport(
  text: string | undefined,
  place: RecordPlace,
  parsed?: JsonObject,
  normalize: Normalize = normalizeRecord,
): NormalizedOrNot {
  try {
    if (text === undefined) throw new MalformedRecordError('the record is longer than MAX_RECORD_BYTES');
    if (parsed === undefined && nestsTooDeep(text)) throw new MalformedRecordError(NESTED_TOO_DEEP);
    return { event: normalize(text, parsed ?? parseRecord(text)) };
  } catch (thrown) {
    const malformed = nameError(thrown);
    return { event: pipelineErrorEvent(malformed, text, place), malformed };
  }
}

/** Without `toLocaleString`, which loads 5 MB of ICU data. */
const NESTED_TOO_DEEP = `the record has more than ${MAX_LEVELS / 1_000},000 levels of nesting`;

/** Keeps only the name of an unexpected error, because its message could quote the record. */
function nameError(thrown: unknown): Error {
  if (thrown instanceof MalformedRecordError) return thrown;
  const error = new Error('the record could not be normalized');
  error.name = thrown instanceof Error ? thrown.name : 'Error';
  return error;
}

function pipelineErrorEvent(
  error: Error,
  message: string | undefined,
  { path, index, time }: RecordPlace,
): PipelineErrorEvent {
  return {
    message,
    event: { kind: 'pipeline_error' },
    '@timestamp': time,
    error: { message: error.message, type: error.name },
    log: { file: { path }, offset: index },
  };
}

/**
 * Returns the event for a record that could not be searched for secrets. It has the SHA-256 of the record's text
 * instead of the text.
 */
export function unsearchableEvent(
  malformed: Error,
  sha256: string,
  { path, index, time }: RecordPlace,
): NormalizedOrNot {
  return {
    event: {
      event: { kind: 'pipeline_error', hash: sha256 },
      '@timestamp': time,
      error: { message: malformed.message, type: 'UnsearchableRecord' },
      log: { file: { path }, flags: ['redacted'], offset: index },
    },
    malformed,
  };
}

/**
 * Returns the time in a CloudTrail file name, `…_20221105T0715Z_…`. It does not depend on when the object is
 * read.
 *
 * @returns `undefined` for any other name
 */
export function timeOfLogObject(path: string): string | undefined {
  const match = /_(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)Z_[^/]*$/.exec(path);
  return match
    ? normalizeTimestamp(`${match[1]}-${match[2]}-${match[3]}T${match[4]}:${match[5]}:00Z`)
    : undefined;
}
