import type { LogFlag, PipelineErrorEvent, RawEvent, SekoiaEvent } from '../normalize/event.ts';
import type { RecordPlace } from '../normalize/pipeline-error.ts';

type AnyEvent = SekoiaEvent | RawEvent | PipelineErrorEvent;

export interface EncodedEvent {
  json: string;
  /** Whether the event was truncated to fit. */
  truncated: boolean;
}

/** Room for one event in a Firehose record. */
export interface Room {
  /** Longest JSON text, in bytes, that always fits. */
  capacity: number;
  /** Whether each event must be one line. */
  isLine: boolean;
  fits(json: string): boolean;
}

/**
 * Returns an event's JSON text, truncated only until it fits in one Firehose record:
 *
 * 1. the complete event
 * 2. without `aws.cloudtrail.flattened`, which `message` contains as well
 * 3. with `message` truncated as well, and `log.*` as the place of the complete record
 * 4. a `pipeline_error` with only that place and as much of `message` as fits
 */
export function encodeEvent(event: AnyEvent, place: RecordPlace, room: Room): EncodedEvent {
  if ('kind' in event) return encodeRaw(event, place, room);
  const fullJson = stringifyIfShort(event);
  if (fullJson !== undefined && room.fits(fullJson)) return { json: fullJson, truncated: false };
  const slim = 'aws' in event ? withoutFlattened(event) : event;
  const slimJson = stringifyIfShort(slim);
  if (slimJson !== undefined && room.fits(slimJson)) return { json: slimJson, truncated: true };
  const json =
    withTruncatedMessage({ ...slim, log: logOf(place, event) }, room.capacity) ??
    encodeOversize(event, place, room);
  return { json, truncated: true };
}

function logOf({ path, index }: RecordPlace, { log }: AnyEvent): PipelineErrorEvent['log'] {
  const flags: LogFlag[] = [...(log?.flags ?? []), 'truncated'];
  return { file: { path }, flags, offset: index };
}

/** Replaces line breaks by spaces. Valid JSON has line breaks only between its tokens. */
export function asLine(json: string): string {
  return json.replaceAll(/[\r\n]/g, ' ');
}

/** Returns the record's own text. One that does not fit becomes a `pipeline_error` with its place. */
function encodeRaw(event: RawEvent, place: RecordPlace, room: Room): EncodedEvent {
  const json = room.isLine ? asLine(event.message) : event.message;
  if (room.fits(json)) return { json, truncated: false };
  return { json: encodeOversize(event, place, room), truncated: true };
}

/** The JSON text; `undefined` if it would exceed V8's limit for strings. */
function stringifyIfShort(event: object): string | undefined {
  try {
    return JSON.stringify(event);
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

function withoutFlattened(event: SekoiaEvent): SekoiaEvent {
  if (!event.aws) return event;
  const { flattened: _, ...cloudtrail } = event.aws.cloudtrail;
  const isEmpty = Object.values(cloudtrail).every((value) => value === undefined);
  return { ...event, aws: isEmpty ? undefined : { cloudtrail } };
}

/** The JSON text with as much of `message` as fits; `undefined` if even an empty one does not fit. */
function withTruncatedMessage<T extends { message?: string | undefined }>(
  event: T,
  maxBytes: number,
): string | undefined {
  const rest = stringifyIfShort({ ...event, message: '' });
  const room = rest === undefined ? -1 : maxBytes - Buffer.byteLength(rest);
  if (room < 0) return undefined;
  return JSON.stringify({ ...event, message: fitIntoJson(event.message ?? '', room) });
}

/** The longest prefix, in complete characters, that takes at most `maxBytes` inside a JSON string. */
function fitIntoJson(text: string, maxBytes: number): string {
  let bytes = 0;
  let units = 0;
  for (const character of text) {
    bytes += Buffer.byteLength(JSON.stringify(character)) - 2;
    if (bytes > maxBytes) break;
    units += character.length;
  }
  return text.slice(0, units);
}

/** Encodes the replacement for an event that is too large even without its `message`. */
function encodeOversize(original: AnyEvent, place: RecordPlace, { capacity }: Room): string {
  const event: PipelineErrorEvent = {
    message: original.message,
    event: { kind: 'pipeline_error' },
    // The record's own time may be what is too large: a fraction has no limit.
    '@timestamp': place.time,
    error: { message: `the event exceeds the limit of ${capacity} bytes`, type: 'OversizeEvent' },
    log: logOf(place, original),
  };
  const json = withTruncatedMessage(event, capacity);
  // A key has at most 1,024 bytes, so this always fits.
  if (json === undefined) throw new RangeError('bucket, key and index do not fit in a Firehose record');
  return json;
}
