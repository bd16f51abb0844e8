import type { PipelineErrorEvent, SekoiaEvent } from '../normalize/event.ts';
import type { RecordPlace } from '../normalize/pipeline-error.ts';

export interface EncodedEvent {
  json: string;
  /** Whether the event had to give something up to fit. */
  truncated: boolean;
}

/** What the packer says about room. */
export interface Room {
  /** Longest JSON text, in bytes, that fits for certain. */
  capacity: number;
  fits(json: string): boolean;
}

/**
 * An event's JSON text, made to fit in one Firehose record step by step: whole, then without
 * `aws.cloudtrail.flattened` (it stands in `message` as well), then with `message` cut and `log.*` saying where
 * the whole record is, at last as no more than that.
 */
export function encodeEvent(
  event: SekoiaEvent | PipelineErrorEvent,
  place: RecordPlace,
  room: Room,
): EncodedEvent {
  const whole = stringifyIfShort(event);
  if (whole !== undefined && room.fits(whole)) return { json: whole, truncated: false };
  const slim = 'aws' in event ? withoutFlattened(event) : event;
  const slimJson = stringifyIfShort(slim);
  if (slimJson !== undefined && room.fits(slimJson)) return { json: slimJson, truncated: true };
  const log = { file: { path: place.path }, flags: ['truncated'], offset: place.index };
  const json =
    withMessageCut({ ...slim, log }, room.capacity) ??
    withMessageCut(remnantOf(event, place, log), room.capacity);
  // A key has 1,024 bytes at the most, so the remnant always fits.
  if (json === undefined) throw new RangeError('not even the place of the record fits in a Firehose record');
  return { json, truncated: true };
}

/** The JSON text; `undefined` where it would be longer than V8 lets a string be. */
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

/** The JSON text with as much of `message` as fits; `undefined` where even none of it would. */
function withMessageCut<T extends { message?: string | undefined }>(
  event: T,
  maxBytes: number,
): string | undefined {
  const rest = stringifyIfShort({ ...event, message: '' });
  const room = rest === undefined ? -1 : maxBytes - Buffer.byteLength(rest);
  if (room < 0) return undefined;
  return JSON.stringify({ ...event, message: fitIntoJson(event.message ?? '', room) });
}

/** The longest beginning that takes no more than `maxBytes` inside a JSON string, cut between characters. */
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

/** What is left of an event that is too large even without its `message`. */
function remnantOf(
  event: SekoiaEvent | PipelineErrorEvent,
  place: RecordPlace,
  log: PipelineErrorEvent['log'],
): PipelineErrorEvent {
  return {
    message: event.message,
    event: { kind: 'pipeline_error' },
    // Its own time could be what is too large: a fraction has no limit.
    '@timestamp': place.time,
    error: { message: 'the event is too large for a Firehose record', type: 'OversizeEvent' },
    log,
  };
}
