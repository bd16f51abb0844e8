import { timeOfLogObject } from '../normalize/pipeline-error.ts';
import { type CursorRange, timeOf } from './cursor.ts';

const MS_PER_DAY = 86_400_000;

/** Returns the first and the last UTC day of a range, like `2026-01-31`. */
export function daysOf({ from, until }: CursorRange): { first: string; last: string } {
  return { first: dayOf(timeOf(from)), last: dayOf(timeOf(until) - 1) };
}

/** Returns the day that is some days after another one, or before it. */
export function shiftDay(day: string, days: number): string {
  return dayOf(Date.parse(day) + days * MS_PER_DAY);
}

/** Returns the prefix of all log objects of one day: `…/eu-west-3/2026/01/31/`. */
export function folderOf({ prefix }: CursorRange, day: string): string {
  return `${prefix}${day.replaceAll('-', '/')}/`;
}

/**
 * Whether a key is in the folder of a day, and its time in the range. CloudTrail writes the time into the name. For a
 * name without one, the day of the folder counts.
 */
export function isInRange(key: string, range: CursorRange): boolean {
  const day = dayOfKey(key, range);
  if (day === undefined) return false;
  const [from, until] = [timeOf(range.from), timeOf(range.until)];
  const time = timeOfLogObject(key);
  if (time !== undefined) return from <= Date.parse(time) && Date.parse(time) < until;
  return from < Date.parse(day) + MS_PER_DAY && Date.parse(day) < until;
}

/** Returns the day of the folder that a key is in; `undefined` outside such a folder. */
function dayOfKey(key: string, { prefix }: CursorRange): string | undefined {
  const [, year, month, day] = /^(\d{4})\/(\d\d)\/(\d\d)\//.exec(key.slice(prefix.length)) ?? [];
  const text = `${year}-${month}-${day}`;
  return year === undefined || Number.isNaN(Date.parse(text)) ? undefined : text;
}

function dayOf(time: number): string {
  return new Date(time).toISOString().slice(0, 10);
}
