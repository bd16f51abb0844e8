import { Aws } from 'aws-cdk-lib';
import {
  DIGEST_FOLDER,
  FOLDER_BEGINNING,
  KIND_FOLDERS,
  KINDS,
  type Kind,
} from '../../lambda/trigger/trail-kinds.ts';

export interface LogLocationProps {
  /** Key prefix of the trail: the part before `AWSLogs/`, without a slash at the end. @default - no prefix */
  readonly keyPrefix?: string;
  /** Organization ID (`o-…`) of an organization trail. @default - a trail of one account */
  readonly organizationId?: string;
  /**
   * 12-digit IDs of the accounts whose logs are read.
   *
   * @default - the stack's account; with `organizationId`, every account of the organization
   */
  readonly accounts?: readonly string[];
  /** Kinds of log objects to read. @default - every kind, including future ones */
  readonly kinds?: readonly Kind[];
  /**
   * Creates one notification rule per kind instead of one for all kinds. Use this if the bucket has another
   * rule on one of the folders, like `CloudTrail-Digest/`, because S3 rejects overlapping rules.
   *
   * @default false
   */
  readonly rulePerKind?: boolean;
}

/**
 * Location of a trail's log objects in its bucket; see `trail-kinds.ts` for the folders:
 *
 *   [prefix/]AWSLogs/[o-xxxx/]<account>/CloudTrail/<region>/2026/11/03/….json.gz
 *                                       CloudTrail-Insight/…
 *
 * One rule for `<account>/CloudTrail` covers every kind, and digests. A rule for an entire organization ends
 * before the account, so it also covers other services. The function skips digests and other services.
 * https://docs.aws.amazon.com/awscloudtrail/latest/userguide/get-and-view-cloudtrail-log-files.html
 */
export class LogLocation {
  /** Key prefix before the account, with a slash at the end. */
  readonly root: string;
  /** Accounts whose logs are read; `undefined` for every account of the organization. */
  readonly accounts: readonly string[] | undefined;
  /** Kinds to read; `undefined` for every kind, including future ones. */
  readonly kinds: readonly Kind[] | undefined;
  /** Key prefix up to and including `AWSLogs/`. */
  readonly #base: string;
  readonly #rulePerKind: boolean;

  constructor({ keyPrefix, organizationId, accounts, kinds, rulePerKind = false }: LogLocationProps = {}) {
    this.#base = keyPrefix === undefined ? 'AWSLogs/' : `${keyPrefix}/AWSLogs/`;
    this.root = organizationId === undefined ? this.#base : `${this.#base}${organizationId}/`;
    this.accounts = accounts ?? (organizationId === undefined ? [Aws.ACCOUNT_ID] : undefined);
    this.kinds = kinds;
    this.#rulePerKind = rulePerKind;
  }

  /** Prefixes for bucket notifications, whose filters do not support wildcards. */
  get notificationPrefixes(): string[] {
    if (this.accounts === undefined) return [this.root];
    if (this.#rulePerKind) return this.#folders(foldersOf(this.kinds ?? KINDS)).map((folder) => `${folder}/`);
    return this.accounts.length > MAX_ACCOUNT_RULES ? [this.root] : this.#folders([FOLDER_BEGINNING]);
  }

  /** Key patterns for EventBridge, which supports wildcards. */
  get keyPatterns(): string[] {
    return this.readable.map((folder) => `${folder}${LOG_SUFFIX}`);
  }

  /** Key patterns that the function can read. */
  get readable(): string[] {
    if (this.kinds === undefined)
      return this.#folders([FOLDER_BEGINNING]).map((beginning) => `${beginning}*`);
    return this.#folders(foldersOf(this.kinds)).map((folder) => `${folder}/*`);
  }

  /** Key patterns of the digests that `readable` covers but the function never reads. */
  get digests(): string[] {
    return this.kinds ? [] : this.#folders([DIGEST_FOLDER]).map((folder) => `${folder}/*`);
  }

  /**
   * Key patterns that a new trail of this account writes to. CloudTrail requires the account's own folder
   * even for an organization trail, in case it is changed to a trail of one account.
   * https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-s3-bucket-policy-for-cloudtrail.html#org-trail-bucket-policy
   */
  get written(): string[] {
    const own = `${this.#base}${Aws.ACCOUNT_ID}/*`;
    return this.root === this.#base ? [own] : [own, `${this.root}*`];
  }

  /** Returns the full prefix of each folder, or start of a folder name, for each account. */
  #folders(folders: readonly string[]): string[] {
    return (this.accounts ?? ['*']).flatMap((account) =>
      folders.map((folder) => `${this.root}${account}/${folder}`),
    );
  }
}

function foldersOf(kinds: readonly Kind[]): string[] {
  return kinds.map((kind) => KIND_FOLDERS[kind]);
}

/** Suffix of every log object. */
export const LOG_SUFFIX = '.json.gz';

/** Above this number, one rule covers all accounts: a bucket supports 100 rules, including existing ones. */
export const MAX_ACCOUNT_RULES = 50;
