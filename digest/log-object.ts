import type { Delivery } from './judge-delivery.ts';

const DAY_MS = 86_400_000;

/** A log object that the bucket lists. */
export interface LogObject {
  readonly key: string;
  /** The folder after the account: `CloudTrail`, `CloudTrail-Insight`, … */
  readonly kind: string;
  /** Delivery time: milliseconds since 1970. */
  readonly timeMs: number;
  /** Whether it was delivered. @default - not judged */
  readonly delivery?: Delivery | undefined;
}

/**
 * Reads kind and time from the key of an object in a day's folder. A file name with the time of another day does not
 * count, because it could hide the object from every check.
 *
 * `AWSLogs/111122223333/CloudTrail/eu-west-3/2026/11/03/111122223333_CloudTrail_eu-west-3_20261103T0905Z_….json.gz`
 *
 * @returns the start of the day if the name has no time of that day; `undefined` for a key outside such a folder
 */
export function parseLogObject(key: string): LogObject | undefined {
  const [, kind = '', year, month, day, name = ''] = IN_DAY_FOLDER.exec(key) ?? [];
  const dayMs = Date.parse(`${year}-${month}-${day}T00:00:00Z`);
  if (Number.isNaN(dayMs)) return undefined;
  const [, date, hour, minute] = TIME_IN_NAME.exec(name) ?? [];
  const timeMs = Date.parse(`${date?.replace(DATE, '$1-$2-$3')}T${hour}:${minute}:00Z`);
  const isOfDay = timeMs >= dayMs && timeMs < dayMs + DAY_MS;
  return { key, kind, timeMs: isOfDay ? timeMs : dayMs };
}

const IN_DAY_FOLDER =
  /(?:^|\/)AWSLogs\/(?:o-[a-z0-9]+\/)?\d{12}\/(CloudTrail[^/]*)\/[a-z0-9-]+\/(\d{4})\/(\d\d)\/(\d\d)\/(.*)$/s;

const TIME_IN_NAME = /_(\d{8})T(\d\d)(\d\d)Z/;

const DATE = /(\d{4})(\d\d)(\d\d)/;
