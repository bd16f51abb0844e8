import { CouldNotTellError } from '../endings.ts';
import type { BucketReader } from './bucket-reader.ts';
import { mapConcurrently } from './concurrently.ts';

export const DIGEST_KIND = 'CloudTrail-Digest';

/** An account and region of a trail's bucket. */
export interface TrailRegion {
  readonly account: string;
  readonly region: string;
  /** Folders of the account without the digests: `CloudTrail`, `CloudTrail-Insight`, … */
  readonly kinds: readonly string[];
}

export interface RegionFilter {
  readonly bucket: string;
  /** Up to the accounts, with a trailing slash: `my-prefix/AWSLogs/`. */
  readonly root: string;
  /** Empty for all. */
  readonly accounts: readonly string[];
  readonly regions: readonly string[];
}

/**
 * Lists the accounts and regions of a bucket, as given or by their folders. Folders of log objects count as well, so
 * a region whose digests are all deleted is found.
 *
 * @throws CouldNotTellError if there is no account, or a given one has no folder and no given region
 */
export async function findRegions(reader: BucketReader, filter: RegionFilter): Promise<TrailRegion[]> {
  const accounts = filter.accounts.length > 0 ? filter.accounts : await findAccounts(reader, filter);
  const found = await mapConcurrently(accounts, 8, (account) => regionsOf(reader, filter, account));
  return found.flat();
}

export async function findAccounts(reader: BucketReader, { bucket, root }: RegionFilter): Promise<string[]> {
  const folders = await reader.folders(bucket, root);
  const accounts = folders.filter((name) => /^\d{12}$/.test(name));
  if (accounts.length > 0) return accounts;
  const organization = folders.find((name) => name.startsWith('o-'));
  const advice =
    organization === undefined ? 'Check --bucket and --prefix.' : `Add --organization ${organization}.`;
  throw new CouldNotTellError(`s3://${bucket}/${root} has no folder of an account. ${advice}`);
}

async function regionsOf(reader: BucketReader, filter: RegionFilter, account: string) {
  const { bucket, root } = filter;
  const folders = await reader.folders(bucket, `${root}${account}/`);
  const all = folders.filter((name) => name.startsWith('CloudTrail'));
  const kinds = all.filter((kind) => kind !== DIGEST_KIND);
  const names =
    filter.regions.length > 0
      ? filter.regions
      : (await Promise.all(all.map((kind) => reader.folders(bucket, `${root}${account}/${kind}/`)))).flat();
  if (names.length === 0) {
    const advice = 'Check --account, or name its Regions with --region.';
    throw new CouldNotTellError(`s3://${bucket}/${root}${account}/ has no folder of a trail. ${advice}`);
  }
  return [...new Set(names)].sort().map((region): TrailRegion => ({ account, region, kinds }));
}
