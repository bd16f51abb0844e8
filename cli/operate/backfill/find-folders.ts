import { KIND_FOLDERS, type Kind } from '../../../lambda/trigger/trail-kinds.ts';
import { CouldNotTellError } from '../../endings.ts';
import type { BucketReader } from '../bucket-reader.ts';
import { mapConcurrently } from '../concurrently.ts';
import { DIGEST_KIND, findAccounts, type RegionFilter } from '../find-regions.ts';

/** The folder of one account, kind and Region: what one cursor walks. */
export interface LogFolder {
  readonly account: string;
  /** Its name: `CloudTrail-Insight`. */
  readonly kind: string;
  readonly region: string;
  /** With a trailing slash. */
  readonly prefix: string;
}

/** Accounts that are listed at once. */
const ACCOUNTS_IN_FLIGHT = 8;

/**
 * Lists the folders of log objects in a bucket.
 *
 * @param kinds empty for all, even future ones
 * @throws CouldNotTellError if there is none, or a given account has none
 */
export async function findFolders(
  reader: BucketReader,
  filter: RegionFilter,
  kinds: readonly Kind[],
): Promise<LogFolder[]> {
  const accounts = filter.accounts.length > 0 ? filter.accounts : await findAccounts(reader, filter);
  const found = await mapConcurrently(accounts, ACCOUNTS_IN_FLIGHT, (account) =>
    foldersOf(reader, filter, kinds, account),
  );
  const folders = found.flat();
  if (folders.length > 0) return folders;
  const asked = [...kinds.map((kind) => `kind ${kind}`), ...filter.regions].join(', ');
  throw new CouldNotTellError(
    `s3://${filter.bucket}/${filter.root} has no folder of log objects${asked && ` of ${asked}`}`,
  );
}

async function foldersOf(
  reader: BucketReader,
  { bucket, root, regions }: RegionFilter,
  kinds: readonly Kind[],
  account: string,
): Promise<LogFolder[]> {
  const base = `${root}${account}/`;
  const all = await reader.folders(bucket, base);
  if (!all.some((name) => name.startsWith('CloudTrail')))
    throw new CouldNotTellError(`s3://${bucket}/${base} has no folder of a trail. Check --account.`);
  const names = kinds.map((kind): string => KIND_FOLDERS[kind]);
  const chosen = all.filter(
    (name) =>
      name.startsWith('CloudTrail') && name !== DIGEST_KIND && (names.length === 0 || names.includes(name)),
  );
  const found = await Promise.all(
    chosen.map(async (kind) => {
      const inKind = await reader.folders(bucket, `${base}${kind}/`);
      const wanted = inKind.filter((region) => regions.length === 0 || regions.includes(region));
      return wanted.map((region) => ({ account, kind, region, prefix: `${base}${kind}/${region}/` }));
    }),
  );
  return found.flat();
}
