import type { S3Client } from '@aws-sdk/client-s3';
import type { Span } from '../../digest/spans.ts';
import { nameObject } from '../../lambda/trigger/log-object-ref.ts';
import { isLogName, placeOf } from '../../lambda/trigger/trail-kinds.ts';
import { UsageError } from '../endings.ts';
import type { Input } from '../input.ts';
import { findFolders } from '../operate/backfill/find-folders.ts';
import { BucketReader, type ListedObject } from '../operate/bucket-reader.ts';
import { listDays } from '../operate/list-days.ts';
import { parseS3Url } from '../operate/s3-url.ts';
import type { FilterOptions } from './input-filter.ts';
import { openS3Object } from './s3-object.ts';

/** `…/AWSLogs/[o-…/][<account>/[CloudTrail…/[<region>/]]]`: a prefix below which the filters choose folders. */
const ABOVE_DAYS =
  /^((?:.*\/)?AWSLogs\/(?:o-[a-z0-9]+\/)?)(?:(\d{12})\/(?:(CloudTrail[^/]*)\/(?:([a-z]{2}(?:-[a-z]+)+-\d+)\/)?)?)?$/s;

const FIRST_DAY = Date.parse('2000-01-01');
const LAST_DAY = Date.parse('9999-12-31');

/**
 * Lists the log objects of `s3://BUCKET/KEY` or `s3://BUCKET/PREFIX`, without digests. Lists only the folders that the
 * filters choose, if the prefix ends above the days.
 *
 * @throws UsageError for another form; CouldNotTellError if S3 refuses; Error if there is no log object
 */
export async function* listS3Inputs(
  url: string,
  filters: FilterOptions,
  s3: S3Client,
  stop: AbortSignal,
): AsyncGenerator<Input, void, undefined> {
  const { bucket, prefix } = parseS3Url(url) ?? {};
  if (bucket === undefined || prefix === undefined)
    throw new UsageError(`${url}: expected s3://BUCKET/KEY or s3://BUCKET/PREFIX`);
  const reader = new BucketReader(s3, stop);
  const toInput = (object: ListedObject, below: string): Input => {
    const { key, etag, bytes, modifiedMs } = object;
    const s3Object = { bucket, key, etag };
    const open = openS3Object(s3, s3Object, stop);
    return {
      name: nameObject(s3Object),
      below,
      path: undefined,
      s3Object,
      bytes,
      modified: new Date(modifiedMs).toISOString(),
      open,
      notification: undefined,
    };
  };
  const single = isLogName(prefix) ? await reader.find(bucket, prefix) : undefined;
  if (single) return yield toInput(single, prefix.slice(prefix.lastIndexOf('/') + 1));
  const folder = prefix.slice(0, prefix.lastIndexOf('/') + 1);
  let found = 0;
  for await (const object of listObjects(reader, bucket, prefix, filters)) {
    if (!isLogName(object.key) || placeOf(object.key).kind === 'digest') continue;
    found++;
    yield toInput(object, object.key.slice(folder.length));
  }
  if (found === 0) throw new Error('no log object found');
}

async function* listObjects(
  reader: BucketReader,
  bucket: string,
  prefix: string,
  { since, until, account, region, kind }: FilterOptions,
): AsyncGenerator<ListedObject, void, undefined> {
  const [, root, ...named] = ABOVE_DAYS.exec(prefix) ?? [];
  const isFiltered = [since, until, account, region, kind].some((option) => option !== undefined);
  if (root === undefined || !isFiltered) return yield* reader.objects(bucket, prefix);
  const [inAccount, inKind, inRegion] = named;
  const wanted = { accounts: inAccount ? [inAccount] : account, regions: inRegion ? [inRegion] : region };
  const folders = await findFolders(
    reader,
    { bucket, root, accounts: wanted.accounts ?? [], regions: wanted.regions ?? [] },
    kind ?? [],
  );
  const span: Span = { startMs: since ?? FIRST_DAY, endMs: until ?? LAST_DAY };
  for (const folder of folders)
    if (inKind === undefined || folder.kind === inKind)
      yield* await listDays(reader, bucket, folder.prefix, span);
}
