import { CouldNotTellError } from '../../endings.ts';
import { formatBytes, formatCount } from '../../format.ts';
import type { ListedObject } from '../bucket-reader.ts';
import { type Selection, selectKey } from './select-objects.ts';

/** The part of a listed object that counts. */
export type FoundObject = Pick<ListedObject, 'key' | 'bytes' | 'isArchived'>;

/** What a backfill would read. */
export interface ObjectCounts {
  objects: number;
  /** Stored bytes of the objects. */
  bytes: number;
  /** Selected objects in an archive storage class, which are not read. */
  archived: number;
  /** Objects whose names have no time, so that a range cannot select them. */
  undated: number;
}

export function noObjects(): ObjectCounts {
  return { objects: 0, bytes: 0, archived: 0, undated: 0 };
}

/** Adds an object to the counts, if it is selected. */
export function countObject(counts: ObjectCounts, found: FoundObject, selection: Selection): void {
  const selected = selectKey(found.key, selection);
  if (selected === 'undated') counts.undated++;
  if (selected !== 'selected') return;
  if (found.isArchived) counts.archived++;
  else {
    counts.objects++;
    counts.bytes += found.bytes;
  }
}

/**
 * @param place `s3://bucket/prefix`, or a folder
 * @throws CouldNotTellError if there is nothing to read
 */
export function requireObjects({ objects, archived }: ObjectCounts, place: string): void {
  if (objects > 0) return;
  throw new CouldNotTellError(
    archived > 0
      ? `${place}: all log objects of this range are archived (${archived}). Restore them first, with S3 Batch Operations for example.`
      : `${place}: no log object of this range. Check --from, --to, --kind and the folder.`,
  );
}

/** `1,234 objects, 5.6 MB stored; 3 archived objects are not read`. */
export function describeCounts({ objects, bytes, archived, undated }: ObjectCounts): string {
  const others = [
    ...(archived > 0 ? [`${formatCount(archived, 'archived object')} not read`] : []),
    ...(undated > 0 ? [`${formatCount(undated, 'object')} without a time in the name not read`] : []),
  ];
  return [`${formatCount(objects, 'object')}, ${formatBytes(bytes)} stored`, ...others].join('; ');
}
