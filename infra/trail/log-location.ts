import { Aws } from 'aws-cdk-lib';
import {
  DIGEST_FOLDER,
  FOLDER_BEGINNING,
  KIND_FOLDERS,
  KINDS,
  type Kind,
} from '../../lambda/trigger/trail-kinds.ts';

export interface LogLocationProps {
  /** The trail's key prefix: what stands before `AWSLogs/`. @default - none */
  readonly keyPrefix?: string;
  /** `o-…` for an organization trail. @default - one account's trail */
  readonly organizationId?: string;
  /** Accounts whose logs are read. @default - the stack's own; with `organizationId` all of the organization's */
  readonly accounts?: readonly string[];
  /** Kinds of log objects that are read. @default - all, those that a trail may write tomorrow among them */
  readonly kinds?: readonly Kind[];
  /**
   * One notification rule for each kind in place of one for all: on a bucket where another rule is about one of the
   * folders, such as `CloudTrail-Digest/`, since S3 takes no two rules that overlap. @default false
   */
  readonly rulePerKind?: boolean;
}

/**
 * Where a trail's log objects are in its bucket; `trail-kinds.ts` has the folders:
 *
 *   [prefix/]AWSLogs/[o-xxxx/]<account>/CloudTrail/<region>/2026/11/03/….json.gz
 *                                       CloudTrail-Insight/…
 *
 * One rule for `<account>/CloudTrail` tells of every kind. Digests are among them, and of a whole organization, whose
 * account stands before that, the folders of other services: the function passes them over.
 * https://docs.aws.amazon.com/awscloudtrail/latest/userguide/get-and-view-cloudtrail-log-files.html
 */
export class LogLocation {
  /** Up to the accounts, with a slash at the end. */
  readonly root: string;
  /** All of an organization's if it is `undefined`. */
  readonly accounts: readonly string[] | undefined;
  /** All, and those of tomorrow, if it is `undefined`. */
  readonly kinds: readonly Kind[] | undefined;
  /** Up to `AWSLogs/`. */
  readonly #base: string;
  readonly #rulePerKind: boolean;

  constructor({ keyPrefix, organizationId, accounts, kinds, rulePerKind = false }: LogLocationProps = {}) {
    this.#base = keyPrefix === undefined ? 'AWSLogs/' : `${keyPrefix}/AWSLogs/`;
    this.root = organizationId === undefined ? this.#base : `${this.#base}${organizationId}/`;
    this.accounts = accounts ?? (organizationId === undefined ? [Aws.ACCOUNT_ID] : undefined);
    this.kinds = kinds;
    this.#rulePerKind = rulePerKind;
  }

  /** For bucket notifications, whose filters know no wildcards. */
  get notificationPrefixes(): string[] {
    if (this.accounts === undefined) return [this.root];
    if (this.#rulePerKind) return this.#folders(foldersOf(this.kinds ?? KINDS)).map((folder) => `${folder}/`);
    return this.accounts.length > MAX_ACCOUNT_RULES ? [this.root] : this.#folders([FOLDER_BEGINNING]);
  }

  /** For EventBridge, whose patterns do. */
  get keyPatterns(): string[] {
    return this.readable.map((folder) => `${folder}${LOG_SUFFIX}`);
  }

  /** What the function may read. */
  get readable(): string[] {
    if (this.kinds === undefined)
      return this.#folders([FOLDER_BEGINNING]).map((beginning) => `${beginning}*`);
    return this.#folders(foldersOf(this.kinds)).map((folder) => `${folder}/*`);
  }

  /** What `readable` covers and nobody reads. */
  get digests(): string[] {
    return this.kinds ? [] : this.#folders([DIGEST_FOLDER]).map((folder) => `${folder}/*`);
  }

  /**
   * Where a new trail of this account writes. CloudTrail wants its account's own folder for an organization
   * trail too, in case it is made a trail of one account.
   * https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-s3-bucket-policy-for-cloudtrail.html#org-trail-bucket-policy
   */
  get written(): string[] {
    const own = `${this.#base}${Aws.ACCOUNT_ID}/*`;
    return this.root === this.#base ? [own] : [own, `${this.root}*`];
  }

  /** Folders, or beginnings of some, behind each account. */
  #folders(folders: readonly string[]): string[] {
    return (this.accounts ?? ['*']).flatMap((account) =>
      folders.map((folder) => `${this.root}${account}/${folder}`),
    );
  }
}

function foldersOf(kinds: readonly Kind[]): string[] {
  return kinds.map((kind) => KIND_FOLDERS[kind]);
}

/** How log objects end, whatever their account and region. */
export const LOG_SUFFIX = '.json.gz';

/** A bucket takes 100 rules, and there are others': with more accounts, one rule tells of all that lies in the root. */
export const MAX_ACCOUNT_RULES = 50;
