/**
 * Kinds of files that a trail writes, by the folder after the account:
 *
 *   [prefix/]AWSLogs/[o-xxxx/]<account>/CloudTrail/<region>/2026/11/03/….json.gz
 *
 * Classification, notifications, the function's role and the samples all use this list.
 * https://docs.aws.amazon.com/awscloudtrail/latest/userguide/get-and-view-cloudtrail-log-files.html
 */
export const KIND_FOLDERS = {
  /** Management and data events. */
  log: 'CloudTrail',
  insight: 'CloudTrail-Insight',
  /** Calls through VPC endpoints. */
  networkActivity: 'CloudTrail-NetworkActivity',
  /** Summaries of data events, five minutes each. */
  aggregated: 'CloudTrail-Aggregated',
} as const;

export type Kind = keyof typeof KIND_FOLDERS;

export const KINDS = Object.keys(KIND_FOLDERS) as Kind[];

/** Prefix of all folders of a trail, including future ones. */
export const FOLDER_BEGINNING = 'CloudTrail';

/**
 * Files with hashes of the log files. Their names end like those of log objects.
 * https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-validation-digest-file-structure.html
 */
export const DIGEST_FOLDER = 'CloudTrail-Digest';

/** Classification of an object by its key. */
export interface KeyPlace {
  /** `unknown` is a `CloudTrail-…` folder that is not in the list; `foreign` is another service's folder. */
  kind: Kind | 'digest' | 'unknown' | 'foreign';
  /** Up to the account, with a trailing slash; `undefined` for an object elsewhere. */
  root: string | undefined;
  account: string | undefined;
}

/**
 * Classifies a key by the folder after the account, never by a word elsewhere in it, because a trail's prefix is
 * arbitrary. Without such a folder, the file name decides.
 */
export function placeOf(key: string): KeyPlace {
  const [, root, account, folder] = IN_A_TRAIL.exec(key) ?? [];
  const named = NAMED_BY_TRAIL.exec(key)?.[1];
  const kind = named === DIGEST_FOLDER ? 'digest' : kindOf(folder ?? named ?? KIND_FOLDERS.log);
  return { kind, root, account };
}

/** Matches the last `AWSLogs/`. An earlier one is part of the trail's prefix. */
const IN_A_TRAIL = /^((?:.*\/)?AWSLogs\/(?:o-[a-z0-9]+\/)?)(\d{12})\/([^/]+)\//s;

/** `111122223333_CloudTrail-Digest_eu-west-3_….json.gz` */
const NAMED_BY_TRAIL = /(?:^|\/)\d{12}_(CloudTrail(?:-[A-Za-z]+)?)_[^/]*$/;

function kindOf(folder: string): KeyPlace['kind'] {
  if (folder === DIGEST_FOLDER) return 'digest';
  const kind = KINDS.find((name) => KIND_FOLDERS[name] === folder);
  if (kind) return kind;
  return folder.startsWith(`${FOLDER_BEGINNING}-`) ? 'unknown' : 'foreign';
}

/** Whether a key ends like a log object's. */
export function isLogName(key: string): boolean {
  return /\.json(\.gz)?$/.test(key);
}
