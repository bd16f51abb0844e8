import type { BackfillCursor } from '../../../lambda/backfill/cursor.ts';
import { shiftDay } from '../../../lambda/backfill/days.ts';
import { timeOfLogObject } from '../../../lambda/normalize/pipeline-error.ts';
import { KIND_FOLDERS, KINDS } from '../../../lambda/trigger/trail-kinds.ts';
import { commandLine } from '../../package.ts';
import { formatTime } from '../verify-summary.ts';

/** The part of a cursor, or of its log line, that says what it walks and how far it is. */
export type CursorPosition = Pick<
  BackfillCursor,
  'bucket' | 'prefix' | 'from' | 'until' | 'order' | 'startAfter' | 'day'
>;

/** `[prefix/]AWSLogs/[o-…/]`, account, folder of the kind, and Region of a cursor's prefix. */
export function placeOfPrefix(prefix: string) {
  const [, before = '', organization = '', account = '', kind = '', region = ''] =
    /^(.*?)\/?AWSLogs\/(?:(o-[a-z0-9]+)\/)?(\d{12})\/([^/]+)\/([^/]+)\/$/s.exec(prefix) ?? [];
  return { before, organization, account, kind, region };
}

/** Returns the time of the last object, or the day that is walked. */
export function positionOf({ startAfter, day, from }: CursorPosition): string {
  const time = timeOfLogObject(startAfter);
  return time === undefined ? (day ?? from) : formatTime(Date.parse(time));
}

/** The range that a cursor has not walked yet. Objects of its last minute, or of its last day, repeat. */
export function restOf({ from, until, order, startAfter, day }: CursorPosition): {
  from: string;
  until: string;
} {
  if (order === 'newest-first')
    return { from, until: day === undefined ? until : earlier(until, shiftDay(day, 1)) };
  const time = timeOfLogObject(startAfter);
  return { from: time === undefined ? from : later(from, formatTime(Date.parse(time))), until };
}

function earlier(a: string, b: string): string {
  return Date.parse(a) < Date.parse(b) ? a : b;
}

function later(a: string, b: string): string {
  return Date.parse(a) > Date.parse(b) ? a : b;
}

/** Returns the command that starts a backfill of the rest. */
export function commandForRest(cursor: CursorPosition, stack: string): string {
  const { from, until } = restOf(cursor);
  const { before, organization, account, kind, region } = placeOfPrefix(cursor.prefix);
  const known = KINDS.find((name) => KIND_FOLDERS[name] === kind);
  const options = [
    ['--from', from],
    ['--to', until],
    ['--bucket', cursor.bucket],
    ['--prefix', before && `'${before}'`],
    ['--organization', organization],
    ['--account', account],
    ['--kind', known ?? ''],
    ['--region', region],
    ['--stack', stack],
  ].filter(([, value]) => value !== '');
  const order = cursor.order === 'newest-first' ? ' --newest-first' : '';
  return commandLine(`backfill ${options.map((option) => option.join(' ')).join(' ')}${order} --yes`);
}
