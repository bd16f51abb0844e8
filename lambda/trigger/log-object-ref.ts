import { escapeControls } from '../aws/escape-controls.ts';
import type { IndexRange } from './remaining-records.ts';

/** A log object to read, as named by a notification or a resume message. */
export interface LogObjectRef {
  bucket: string;
  key: string;
  versionId?: string | undefined;
  /** ETag of the previous read. A different one means a different object. */
  etag?: string | undefined;
  /** Index of the first record to deliver. */
  nextRecord: number;
  /** Records to deliver before `nextUnread`. Unset to deliver every record from `nextRecord` on. */
  ranges?: readonly IndexRange[] | undefined;
  /** With `ranges`: deliver every record from this index on. */
  nextUnread?: number | undefined;
  /** Consecutive resume messages without progress and without a refusal. */
  attempt: number;
  /** Consecutive resume messages after a service refused a call. */
  refusals?: number | undefined;
  /** Time of the first refusal since the last acknowledged record: milliseconds since 1970. */
  refusedSince?: number | undefined;
  /** Time when the function first saw the object: milliseconds since 1970. */
  firstSeen?: number | undefined;
}

/** Returns `s3://bucket/key`, unescaped. */
export function pathOf({ bucket, key }: Pick<LogObjectRef, 'bucket' | 'key'>): string {
  return `s3://${bucket}/${key}`;
}

/** Returns `s3://bucket/key` on one line, for messages. */
export function nameObject(ref: Pick<LogObjectRef, 'bucket' | 'key'>): string {
  return escapeControls(pathOf(ref));
}

/** Whether services have refused an object for too long. It then fails without being read. */
export function isGivenUp(
  { refusedSince }: Pick<LogObjectRef, 'refusedSince'>,
  { giveUpAfterHours }: { giveUpAfterHours: number },
  now: number,
): boolean {
  return refusedSince !== undefined && now - refusedSince > giveUpAfterHours * MS_PER_HOUR;
}

export const MS_PER_HOUR = 3_600_000;
