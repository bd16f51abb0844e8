import { escapeControls } from '../aws/call-error.ts';
import type { RecordRange } from './remaining-records.ts';

/** A log object to read, as a notification or a resume message names it. */
export interface LogObjectRef {
  bucket: string;
  key: string;
  versionId?: string | undefined;
  /** The ETag under which it was read before; another one is another object. */
  etag?: string | undefined;
  /** The lowest record to deliver. */
  nextRecord: number;
  /** Records to deliver before `nextUnread`, if that is not all of them from `nextRecord` on. */
  ranges?: readonly RecordRange[] | undefined;
  /** With `ranges`: from here on all records are to be delivered. */
  nextUnread?: number | undefined;
  /** Consecutive resume messages that brought no record further although nothing was refused. */
  attempt: number;
  /** Consecutive resume messages after a service refused. */
  refusals?: number | undefined;
  /** When it was first refused since the last acknowledged record: milliseconds since 1970. */
  refusedSince?: number | undefined;
  /** When the function first saw it: milliseconds since 1970. */
  firstSeen?: number | undefined;
}

/** `s3://bucket/key`, exactly. */
export function pathOf({ bucket, key }: Pick<LogObjectRef, 'bucket' | 'key'>): string {
  return `s3://${bucket}/${key}`;
}

/** The same on one line, for messages. */
export function nameObject(ref: Pick<LogObjectRef, 'bucket' | 'key'>): string {
  return escapeControls(pathOf(ref));
}

/** Whether services have refused an object for longer than they may: it fails, and is not read again. */
export function isGivenUp(
  { refusedSince }: Pick<LogObjectRef, 'refusedSince'>,
  { giveUpAfterHours }: { giveUpAfterHours: number },
  now: number,
): boolean {
  return refusedSince !== undefined && now - refusedSince > giveUpAfterHours * MS_PER_HOUR;
}

export const MS_PER_HOUR = 3_600_000;
