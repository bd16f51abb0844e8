import { ListObjectsV2Command, type S3Client } from '@aws-sdk/client-s3';
import { toCallError } from '../aws/call-error.ts';
import { decodeKey } from '../trigger/form-encoded-key.ts';
import type { BackfillCursor } from './cursor.ts';
import { daysOf, folderOf, shiftDay } from './days.ts';

/** Where a walk stands; see `BackfillCursor`. */
export type Position = Pick<BackfillCursor, 'startAfter' | 'day'>;

export interface ListedObject {
  key: string;
  /** Whether it must be restored before it can be read. */
  isArchived: boolean;
  /** Position after this object. */
  position: Position;
}

export interface Page {
  objects: ListedObject[];
  /** Position after the page; `undefined` if nothing is left. */
  next: Position | undefined;
}

/** Keys of a page: S3 lists no more at once. */
const PAGE_KEYS = 1_000;

/** With `newest-first`: days that one page may cover. Each is a request, and most have few keys or none. */
const PAGE_DAYS = 10;

/**
 * Lists the next page of a walk. Days outside the range are not listed.
 *
 * @throws CallError
 */
export async function listPage(s3: S3Client, cursor: BackfillCursor, signal: AbortSignal): Promise<Page> {
  return cursor.order === 'newest-first'
    ? listBackwards(s3, cursor, signal)
    : listForwards(s3, cursor, signal);
}

/** Names of days sort like the days, so the keys of a region sort by day. */
async function listForwards(s3: S3Client, cursor: BackfillCursor, signal: AbortSignal): Promise<Page> {
  const { first, last } = daysOf(cursor);
  const start = folderOf(cursor, first);
  const end = folderOf(cursor, shiftDay(last, 1));
  const startAfter = cursor.startAfter > start ? cursor.startAfter : start;
  const { objects, isTruncated } = await list(s3, cursor, cursor.prefix, startAfter, PAGE_KEYS, signal);
  const inRange = objects.filter(({ key }) => key < end);
  const isOver = !isTruncated || inRange.length < objects.length;
  return {
    objects: inRange.map((object) => ({ ...object, position: { startAfter: object.key, day: undefined } })),
    next: isOver ? undefined : { startAfter: objects.at(-1)?.key ?? startAfter, day: undefined },
  };
}

/** S3 lists forwards only, so this lists the folder of one day after the other, each forwards. */
async function listBackwards(s3: S3Client, cursor: BackfillCursor, signal: AbortSignal): Promise<Page> {
  const { first, last } = daysOf(cursor);
  const page: ListedObject[] = [];
  let { day = last, startAfter } = cursor;
  for (let days = 0; day >= first; days++) {
    const keys = PAGE_KEYS - page.length;
    if (days === PAGE_DAYS || keys === 0) return { objects: page, next: { startAfter, day } };
    const { objects, isTruncated } = await list(s3, cursor, folderOf(cursor, day), startAfter, keys, signal);
    for (const object of objects) page.push({ ...object, position: { startAfter: object.key, day } });
    if (isTruncated) startAfter = objects.at(-1)?.key ?? startAfter;
    else [day, startAfter] = [shiftDay(day, -1), ''];
  }
  return { objects: page, next: undefined };
}

/** @throws CallError */
async function list(
  s3: S3Client,
  { bucket }: BackfillCursor,
  prefix: string,
  startAfter: string,
  keys: number,
  abortSignal: AbortSignal,
): Promise<{ objects: Omit<ListedObject, 'position'>[]; isTruncated: boolean }> {
  const command = new ListObjectsV2Command({
    Bucket: bucket,
    Prefix: prefix,
    StartAfter: startAfter || undefined,
    MaxKeys: keys,
    // XML does not allow every character that a key may contain.
    EncodingType: 'url',
    OptionalObjectAttributes: ['RestoreStatus'],
  });
  try {
    const { Contents = [], IsTruncated = false } = await s3.send(command, { abortSignal });
    return {
      objects: Contents.map(({ Key = '', StorageClass = 'STANDARD', RestoreStatus }) => ({
        key: decodeKey(Key) ?? '',
        isArchived: ARCHIVES.has(StorageClass) && RestoreStatus?.RestoreExpiryDate === undefined,
      })),
      isTruncated: IsTruncated,
    };
  } catch (error) {
    throw toCallError('S3 ListObjectsV2', error);
  }
}

/**
 * Storage classes whose objects have to be restored. An archived object of INTELLIGENT_TIERING cannot be told from
 * another one here: reading it fails with InvalidObjectState.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/restoring-objects.html
 */
const ARCHIVES = new Set<string>(['GLACIER', 'DEEP_ARCHIVE']);
