/** What the key of a digest names. */
export interface DigestKey {
  /** Up to the account, with a trailing slash: `my-prefix/AWSLogs/o-a1b2c3d4e5/`. */
  readonly root: string;
  readonly account: string;
  readonly region: string;
  readonly trail: string;
  readonly homeRegion: string;
  /** End of the digest's hour: milliseconds since 1970. */
  readonly endMs: number;
  /** Whether it lists late log files, apart from the chain. */
  readonly isBackfill: boolean;
}

/**
 * `AWSLogs/111122223333/CloudTrail-Digest/eu-west-3/2026/11/03/
 * 111122223333_CloudTrail-Digest_eu-west-3_trail_us-east-1_20261103T090000Z.json.gz`. A trail's name may contain
 * underscores.
 */
const DIGEST_KEY =
  /^((?:.*\/)?AWSLogs\/(?:o-[a-z0-9]+\/)?)(\d{12})\/CloudTrail-Digest\/([a-z0-9-]+)\/\d{4}\/\d\d\/\d\d\/\2_CloudTrail-Digest_\3_(.+)_([a-z0-9-]+)_(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z(_backfill)?\.json\.gz$/s;

/**
 * Parses the key of a digest:
 * https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-validation-digest-file-structure.html
 *
 * @returns `undefined` for any other key
 */
export function parseDigestKey(key: string): DigestKey | undefined {
  const match = DIGEST_KEY.exec(key);
  if (!match) return undefined;
  const [, root = '', account = '', region = '', trail = '', homeRegion = '', ...rest] = match;
  const [year, month, day, hour, minute, second, backfill] = rest;
  const endMs = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  if (Number.isNaN(endMs)) return undefined;
  return { root, account, region, trail, homeRegion, endMs, isBackfill: backfill !== undefined };
}

/** Whether two digests belong to the same trail, account and region of a bucket. */
export function isSameChain(a: DigestKey, b: DigestKey): boolean {
  return (
    a.root === b.root &&
    a.account === b.account &&
    a.region === b.region &&
    a.trail === b.trail &&
    a.homeRegion === b.homeRegion
  );
}
