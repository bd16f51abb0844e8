import { createHash, randomUUID } from 'node:crypto';
import { isObject, type JsonObject, textAt } from '../trigger/json-member.ts';
import { UnknownNotificationError } from '../trigger/unknown-notification.ts';

export const ORDERS = ['oldest-first', 'newest-first'] as const;
export type Order = (typeof ORDERS)[number];

/** What a cursor walks: the log objects of one account, kind and region in a range of time. */
export interface CursorRange {
  /** Names the backfill in logs and claims: 1 to 64 letters, digits and hyphens. */
  job: string;
  bucket: string;
  /** Folder of one region, with a trailing slash: `[root]ACCOUNT/KIND-FOLDER/REGION/`. */
  prefix: string;
  /** Start, inclusive: a UTC day like `2026-01-01`, or a time like `2026-01-01T12:00:00Z`. */
  from: string;
  /** End, exclusive, in the same form. */
  until: string;
  order: Order;
}

/** Sums of all steps so far. */
export interface CursorSums {
  /** Pages listed. */
  page: number;
  /** Keys listed. */
  listed: number;
  /** Objects put on the queue. */
  enqueued: number;
  /** Objects in range that cannot be read, because their storage class needs a restore. */
  archived: number;
}

/** One position of a backfill. The function turns each cursor message into at most one page of work and one cursor. */
export interface BackfillCursor extends CursorRange, CursorSums {
  version: 1;
  /** Last key that was dealt with; empty before the first. */
  startAfter: string;
  /** With `newest-first`: the day whose folder is walked, like `2026-01-31`. @default - the last day of the range */
  day?: string | undefined;
  /** Number of cursor messages before this one. Names its claim; see `claimOf`. */
  step: number;
  /** Id of this message: of several messages for the same step, only one is processed. */
  handOver: string;
  /** Consecutive steps that found the queue full. */
  waits: number;
  /** Consecutive steps that a service refused. */
  refusals: number;
  /** Time of the first of these refusals: milliseconds since 1970. */
  refusedSince?: number | undefined;
  /** When the message was sent: milliseconds since 1970. @default - sent by an operator */
  sentAt?: number | undefined;
}

/**
 * Returns the first cursor of a range, to be put on the backfill queue with `formatCursor`. Putting it there twice
 * repeats at most its first page, and starting the same range of the same job again has no effect while its claims are
 * kept, for four weeks. To walk a range again, use another job.
 */
export function newCursor({
  job,
  bucket,
  prefix,
  startAfter = '',
  from,
  until,
  order,
}: CursorRange & { startAfter?: string }): BackfillCursor {
  const range = { job, bucket, prefix, startAfter, from, until, order };
  const sums = { page: 0, listed: 0, enqueued: 0, archived: 0 };
  return { version: 1, ...range, ...sums, step: 0, handOver: randomUUID(), waits: 0, refusals: 0 };
}

/** Returns the message body. */
export function formatCursor(cursor: BackfillCursor): string {
  // SQS rejects characters that XML does not allow, and a key may contain them.
  return JSON.stringify({ backfill: cursor }).replace(
    /[^ -~]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/**
 * Parses the JSON of a message body.
 *
 * @returns `undefined` if it is not a cursor: it has no member `backfill`
 * @throws UnknownNotificationError that names the invalid member, never its value
 */
export function parseCursor(value: unknown): BackfillCursor | undefined {
  if (!isObject(value) || !Object.hasOwn(value, 'backfill')) return undefined;
  const { backfill: cursor } = value;
  if (!isObject(cursor)) throw invalid('is not an object');
  if (cursor.version !== 1) throw invalid('has a version other than 1');
  const from = timeText(cursor, 'from');
  const until = timeText(cursor, 'until');
  if (timeOf(from) >= timeOf(until)) throw invalid('has an until that is not after from');
  return {
    version: 1,
    job: matching(cursor, 'job', /^[A-Za-z0-9-]{1,64}$/),
    bucket: matching(cursor, 'bucket', /^[\w.-]{3,255}$/),
    prefix: matching(cursor, 'prefix', /^.{1,1023}\/$/s),
    startAfter: cursor.startAfter === '' ? '' : matching(cursor, 'startAfter', /^.{1,1024}$/s),
    from,
    until,
    order: orderOf(cursor),
    ...(cursor.day !== undefined && { day: dayText(cursor) }),
    page: count(cursor, 'page'),
    listed: count(cursor, 'listed'),
    enqueued: count(cursor, 'enqueued'),
    archived: count(cursor, 'archived'),
    step: count(cursor, 'step'),
    handOver: matching(cursor, 'handOver', /^[\w-]{1,64}$/),
    waits: count(cursor, 'waits'),
    refusals: count(cursor, 'refusals'),
    ...(cursor.refusedSince !== undefined && { refusedSince: count(cursor, 'refusedSince') }),
    ...(cursor.sentAt !== undefined && { sentAt: count(cursor, 'sentAt') }),
  };
}

/** Returns the milliseconds since 1970 of a `from` or `until`. */
export function timeOf(text: string): number {
  return Date.parse(text);
}

/**
 * Returns the claim of a step; see `settle/claims.ts`. All messages of the same step have the same parent, however
 * they came about: an operator sent the first cursor twice, or an answer of SQS was lost.
 */
export function claimOf(cursor: CursorRange & { step: number; handOver: string }) {
  return { parent: stepId(cursor, cursor.step), handOver: cursor.handOver };
}

/** Returns the name of a step, which fits in a key whatever the length of the prefix. */
export function stepId({ job, bucket, prefix, from, until, order }: CursorRange, step: number): string {
  const range = JSON.stringify([job, bucket, prefix, from, until, order]);
  return `backfill-${createHash('sha256').update(range).digest('hex')}-${step}`;
}

function matching(cursor: JsonObject, name: string, form: RegExp): string {
  const text = textAt(cursor, name);
  if (text === undefined || !form.test(text)) throw invalid(`has no valid ${name}`);
  return text;
}

function orderOf(cursor: JsonObject): Order {
  const order = ORDERS.find((name) => name === cursor.order);
  if (order === undefined) throw invalid(`has an order other than ${ORDERS.join(' and ')}`);
  return order;
}

function timeText(cursor: JsonObject, name: string): string {
  const text = matching(cursor, name, /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,3})?)?Z)?$/);
  if (!isRealTime(text)) throw invalid(`has no valid ${name}`);
  return text;
}

function dayText(cursor: JsonObject): string {
  const text = matching(cursor, 'day', /^\d{4}-\d\d-\d\d$/);
  if (!isRealTime(text)) throw invalid('has no valid day');
  return text;
}

/** Date.parse accepts 30 February as a day in March. */
function isRealTime(text: string): boolean {
  const time = timeOf(text);
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(text.slice(0, 10));
}

function count(cursor: JsonObject, name: string): number {
  const value = cursor[name];
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0)
    throw invalid(`has no valid ${name}`);
  return value;
}

function invalid(problem: string): UnknownNotificationError {
  return new UnknownNotificationError(`a backfill cursor that ${problem}`);
}
