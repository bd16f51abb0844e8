import { S3Client } from '@aws-sdk/client-s3';
import type { Span } from '../../../digest/spans.ts';
import { newCursor } from '../../../lambda/backfill/cursor.ts';
import { UsageError } from '../../endings.ts';
import { formatCount } from '../../format.ts';
import { Progress } from '../../progress.ts';
import { BucketReader } from '../bucket-reader.ts';
import { CLIENT_OPTIONS } from '../client-options.ts';
import { mapConcurrently } from '../concurrently.ts';
import { readOutputs } from '../stack-outputs.ts';
import { formatTime } from '../verify-summary.ts';
import { type BackfillOptions, folderFilter, requireRange } from './backfill-options.ts';
import { countObject, noObjects, type ObjectCounts, requireObjects } from './count-objects.ts';
import { BACKFILL_OUTPUTS, withoutBackfill } from './find-backfill.ts';
import { findFolders, type LogFolder } from './find-folders.ts';
import { sendCursors } from './send-cursors.ts';
import { type CountedFolder, concludeDryRun, concludeSent, renderPlan } from './start-summary.ts';

/** Folders that are counted at once. */
const FOLDERS_IN_FLIGHT = 8;

export interface StartSurroundings {
  /** Milliseconds since 1970. */
  now(): number;
  /** Returns eight characters that no other job has. */
  randomName(): string;
}

/**
 * Counts what a backfill would deliver, and with `--yes` puts one cursor per account, kind and Region on the backfill
 * queue.
 */
export async function startBackfill(
  options: BackfillOptions,
  stop: AbortSignal,
  surroundings: StartSurroundings,
): Promise<void> {
  const span = requireRange(options);
  const { bucket, queue, isMissing } = await findPlaces(options, stop);
  const filter = folderFilter(options, bucket);
  // S3 may throttle the lists of a large bucket.
  const s3 = new S3Client({ ...CLIENT_OPTIONS, maxAttempts: 8 });
  let folders: CountedFolder[];
  let region: string;
  try {
    const reader = new BucketReader(s3, stop);
    region = await s3.config.region();
    const found = await findFolders(reader, filter, options.kind ?? []);
    folders = options.count
      ? await countFolders(reader, bucket, found, span)
      : found.map((folder) => ({ folder }));
  } finally {
    s3.destroy();
  }
  if (options.count) requireObjects(sumOf(folders), `s3://${bucket}/${filter.root}`);
  const job = options.job ?? `${formatTime(surroundings.now()).slice(0, 10)}-${surroundings.randomName()}`;
  const plan = {
    ...{ bucket, job, folders, region, span },
    total: options.count ? sumOf(folders) : undefined,
  };
  if (!options.json) console.log(renderPlan(plan).join('\n'));
  if (span.endMs > surroundings.now())
    console.error('note: --to is in the future: objects that arrive meanwhile are delivered twice');
  if (!options.yes) return concludeDryRun(plan, isMissing, options);
  const cursors = folders
    .filter(({ counts }) => counts === undefined || counts.objects > 0)
    .map(({ folder: { prefix } }) => newCursor({ ...cursorRange(options, span), job, bucket, prefix }));
  concludeSent(plan, await sendCursors(queue ?? '', cursors, stop), options);
}

function cursorRange({ newestFirst = false }: BackfillOptions, { startMs, endMs }: Span) {
  const order = newestFirst ? ('newest-first' as const) : ('oldest-first' as const);
  return { from: formatTime(startMs), until: formatTime(endMs), order };
}

/**
 * Returns bucket and queue: as named, or from the stack's outputs. A dry run that names its bucket needs no stack.
 *
 * @throws UsageError if the stack has no backfill queue to send to; CouldNotTellError without such a stack
 */
async function findPlaces(options: BackfillOptions, stop: AbortSignal) {
  const { stack, bucket, queue, yes = false } = options;
  if (bucket !== undefined && (queue !== undefined || !yes)) return { bucket, queue, isMissing: false };
  const outputs = await readOutputs(stack, stop);
  const found = queue ?? outputs.find(BACKFILL_OUTPUTS.queueUrl);
  if (yes && found === undefined) throw withoutBackfill(stack);
  const trailBucket = outputs.get('TrailBucket');
  if (bucket !== undefined && bucket !== trailBucket)
    throw new UsageError(
      `--bucket is not the trail bucket of stack ${stack}, whose function would reject its objects. Remove --bucket, or use --local.`,
    );
  return { bucket: trailBucket, queue: found, isMissing: found === undefined };
}

/** Counts each folder. Says how far it was if it is interrupted. */
async function countFolders(
  reader: BucketReader,
  bucket: string,
  folders: readonly LogFolder[],
  span: Span,
): Promise<CountedFolder[]> {
  const progress = new Progress({ totalBytes: undefined });
  const sum = noObjects();
  try {
    return await mapConcurrently(folders, FOLDERS_IN_FLIGHT, async (folder) => {
      const counts = noObjects();
      for await (const found of reader.objects(bucket, folder.prefix, startOf(folder, span))) {
        if (found.key > endOf(folder, span)) break;
        countObject(counts, found, { span });
        countObject(sum, found, { span });
        progress.update(sum.bytes, formatCount(sum.objects, 'object'));
      }
      return { folder, counts };
    });
  } catch (error) {
    progress.note(
      `counted ${formatCount(sum.objects, 'object')} until here. Counting is optional: --no-count skips it.`,
    );
    throw error;
  } finally {
    progress.stop();
  }
}

/** Keys start with the day, so a key before this one is of an earlier day. */
function startOf({ prefix }: LogFolder, { startMs }: Span): string {
  return `${prefix}${dayFolder(startMs)}`;
}

/** Greater than every key of the last day, and less than the next day's. */
function endOf({ prefix }: LogFolder, { endMs }: Span): string {
  return `${prefix}${dayFolder(endMs - 1)}/\uffff`;
}

function dayFolder(ms: number): string {
  return formatTime(ms).slice(0, 10).replaceAll('-', '/');
}

function sumOf(folders: readonly CountedFolder[]): ObjectCounts {
  const sum = noObjects();
  for (const { counts = noObjects() } of folders) {
    sum.objects += counts.objects;
    sum.bytes += counts.bytes;
    sum.archived += counts.archived;
    sum.undated += counts.undated;
  }
  return sum;
}
