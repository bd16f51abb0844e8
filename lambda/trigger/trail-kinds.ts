/**
 * What a trail writes, by the folder that stands behind the account:
 *
 *   [prefix/]AWSLogs/[o-xxxx/]<account>/CloudTrail/<region>/2026/11/03/….json.gz
 *
 * The one list of them: classification, notifications, the function's role and the samples come from it.
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

/** Every folder of a trail begins so, those of tomorrow, too. */
export const FOLDER_BEGINNING = 'CloudTrail';

/**
 * Hashes of the other files; they end as log objects do.
 * https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-validation-digest-file-structure.html
 */
export const DIGEST_FOLDER = 'CloudTrail-Digest';

/** What a key of a trail bucket holds, as far as its name tells. */
export interface KeyPlace {
  /** `unknown` is a folder `CloudTrail-…` that is not in the list; `foreign` one of another service. */
  kind: Kind | 'digest' | 'unknown' | 'foreign';
  /** Up to the account, with a slash at the end; `undefined` for an object that lies elsewhere. */
  root: string | undefined;
  account: string | undefined;
}

/**
 * Judges by the folder behind the account, never by a word elsewhere in the key: a trail's prefix may be called anything.
 * An object in no such folder is judged by its own name, as CloudTrail writes it.
 */
export function placeOf(key: string): KeyPlace {
  const [, root, account, folder] = IN_A_TRAIL.exec(key) ?? [];
  const named = NAMED_BY_TRAIL.exec(key)?.[1];
  const kind = named === DIGEST_FOLDER ? 'digest' : kindOf(folder ?? named ?? KIND_FOLDERS.log);
  return { kind, root, account };
}

/** The last `AWSLogs/` counts: one before it is part of the trail's prefix. */
const IN_A_TRAIL = /^((?:.*\/)?AWSLogs\/(?:o-[a-z0-9]+\/)?)(\d{12})\/([^/]+)\//s;

/** `111122223333_CloudTrail-Digest_eu-west-3_….json.gz` */
const NAMED_BY_TRAIL = /(?:^|\/)\d{12}_(CloudTrail(?:-[A-Za-z]+)?)_[^/]*$/;

function kindOf(folder: string): KeyPlace['kind'] {
  if (folder === DIGEST_FOLDER) return 'digest';
  const kind = KINDS.find((name) => KIND_FOLDERS[name] === folder);
  if (kind) return kind;
  return folder.startsWith(`${FOLDER_BEGINNING}-`) ? 'unknown' : 'foreign';
}

/** Whether a key ends as a log object does. */
export function isLogName(key: string): boolean {
  return /\.json(\.gz)?$/.test(key);
}
