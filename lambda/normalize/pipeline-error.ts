import type { JsonObject, PipelineErrorEvent, SekoiaEvent } from './event.ts';
import { MAX_LEVELS, nestsTooDeep } from './nesting.ts';
import { MalformedRecordError, normalizeRecord } from './normalize-record.ts';
import { normalizeTimestamp } from './timestamp.ts';

/** Where a record stands. */
export interface RecordPlace {
  /** `s3://bucket/key`, or the file. */
  path: string;
  /** Its index in the log object. */
  index: number;
  /** RFC 3339; the time of the log object, for a record that cannot tell its own. */
  time: string;
}

export interface NormalizedOrNot {
  event: SekoiaEvent | PipelineErrorEvent;
  /** Why the record could not be normalized; its event is then a `pipeline_error` with the record's text. */
  malformed?: Error;
}

/**
 * An event for every record, whatever it holds: one bad record never fails its file, and is never dropped.
 *
 * @param text   the record's text; `undefined` where it was longer than a record may be
 * @param parsed what `JSON.parse` gives for it, if the caller has parsed it; it then does not nest too deep
 */
export function normalizeOrReport(
  text: string | undefined,
  place: RecordPlace,
  parsed?: JsonObject,
): NormalizedOrNot {
  try {
    if (text === undefined) throw new MalformedRecordError('the record is longer than a record may be');
    if (parsed === undefined && nestsTooDeep(text)) throw new MalformedRecordError(NESTED_TOO_DEEP);
    return { event: normalizeRecord(text, parsed) };
  } catch (thrown) {
    const malformed = nameError(thrown);
    return { event: pipelineErrorEvent(malformed, text, place), malformed };
  }
}

/** Not `toLocaleString`: it loads 5 MB of ICU's data. */
const NESTED_TOO_DEEP = `the record is nested past ${MAX_LEVELS / 1_000},000 levels`;

/** The words of an error that is not ours could quote the record, so only its name is kept. */
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
 * The time in a CloudTrail file name, `…_20221105T0715Z_…`: the same however often the object is read.
 *
 * @returns `undefined` for any other name
 */
export function timeOfLogObject(path: string): string | undefined {
  const match = /_(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)Z_[^/]*$/.exec(path);
  return match
    ? normalizeTimestamp(`${match[1]}-${match[2]}-${match[3]}T${match[4]}:${match[5]}:00Z`)
    : undefined;
}
