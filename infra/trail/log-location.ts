import { Aws, Token } from 'aws-cdk-lib';
import {
  DIGEST_FOLDER,
  FOLDER_BEGINNING,
  KIND_FOLDERS,
  KINDS,
  type Kind,
} from '../../lambda/trigger/trail-kinds.ts';
import { formEncode } from './form-encode.ts';

export interface LogLocationProps {
  /** Key prefix of the trail: the part before `AWSLogs/`, without a slash at the end. @default - no prefix */
  readonly keyPrefix?: string;
  /** Organization ID (`o-…`) of an organization trail. @default - a trail of one account */
  readonly organizationId?: string;
  /**
   * 12-digit ID of the organization's management account, if the stack's account is a delegated administrator.
   *
   * @default - the stack's account
   */
  readonly managementAccount?: string;
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
  /** Account that owns the trail. */
  readonly #owner: string;
  readonly #keyPrefix: string | undefined;
  readonly #rulePerKind: boolean;

  constructor(props: LogLocationProps = {}) {
    const { keyPrefix, organizationId, managementAccount, accounts, kinds, rulePerKind = false } = props;
    this.#owner = managementAccount ?? Aws.ACCOUNT_ID;
    this.#keyPrefix = keyPrefix;
    this.#base = keyPrefix === undefined ? 'AWSLogs/' : `${keyPrefix}/AWSLogs/`;
    this.root = organizationId === undefined ? this.#base : `${this.#base}${organizationId}/`;
    this.accounts = accounts ?? (organizationId === undefined ? [Aws.ACCOUNT_ID] : undefined);
    this.kinds = kinds;
    this.#rulePerKind = rulePerKind;
  }

  /** Form-encoded prefixes for bucket notifications, whose filters do not support wildcards. */
  get notificationPrefixes(): string[] {
    return this.#notificationFolders.map((folder) => this.#formEncode(folder));
  }

  get #notificationFolders(): string[] {
    if (this.accounts === undefined) return [this.root];
    if (this.#rulePerKind) return this.#folders(foldersOf(this.kinds ?? KINDS)).map((folder) => `${folder}/`);
    return this.accounts.length > MAX_ACCOUNT_RULES ? [this.root] : this.#folders([FOLDER_BEGINNING]);
  }

  /** The rest of a key needs no encoding, and encoding would break the token of an account. */
  #formEncode(folder: string): string {
    if (this.#keyPrefix === undefined || Token.isUnresolved(this.#keyPrefix)) return folder;
    return formEncode(this.#keyPrefix) + folder.slice(this.#keyPrefix.length);
  }

  /**
   * Lists of matchers for EventBridge, from the exact one to the shortest. A shorter one also matches objects that the
   * function skips. Only an entire organization needs a wildcard, a single one, because EventBridge rejects a rule
   * with several as too complex.
   * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html#eb-filtering-wildcard-matching-complexity
   */
  get eventMatchers(): KeyMatcher[][] {
    if (this.accounts === undefined) return [[{ wildcard: this.#organizationPattern }]];
    const prefix = (value: string): KeyMatcher => ({ prefix: value });
    return [
      this.#readableBeginnings(this.accounts).map(prefix),
      this.#folders([FOLDER_BEGINNING]).map(prefix),
      [prefix(this.root)],
    ];
  }

  get #organizationPattern(): string {
    const [first, ...others] = this.kinds ?? KINDS;
    const folder = first && others.length === 0 ? `${KIND_FOLDERS[first]}/` : FOLDER_BEGINNING;
    // In a wildcard pattern, a backslash escapes the next character.
    return `${this.root.replaceAll('\\', '\\\\')}*/${folder}*${LOG_SUFFIX}`;
  }

  /** Key patterns that the function can read. */
  get readable(): string[] {
    return this.#readableBeginnings(this.#accountsInPolicies).map((beginning) => `${beginning}*`);
  }

  /** Key patterns of the digests that `readable` covers but the function never reads. */
  get digests(): string[] {
    if (this.kinds) return [];
    return this.#folders([DIGEST_FOLDER], this.#accountsInPolicies).map((folder) => `${folder}/*`);
  }

  /** A policy contains each key up to three times: to read it, to list it, and with its digests. */
  get #accountsInPolicies(): readonly string[] {
    if (this.accounts === undefined) return ['*'];
    const keys = this.#readableBeginnings(this.accounts);
    const characters = keys.reduce((sum, key) => sum + 3 * key.length + BUCKET_CHARACTERS, 0);
    return characters > MAX_POLICY_KEY_CHARACTERS ? ['*'] : this.accounts;
  }

  #readableBeginnings(accounts: readonly string[]): string[] {
    if (this.kinds === undefined) return this.#folders([FOLDER_BEGINNING], accounts);
    return this.#folders(foldersOf(this.kinds), accounts).map((folder) => `${folder}/`);
  }

  /**
   * Key patterns that a new trail of this account writes to. CloudTrail requires the account's own folder
   * even for an organization trail, in case it is changed to a trail of one account.
   * https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-s3-bucket-policy-for-cloudtrail.html#org-trail-bucket-policy
   */
  get written(): string[] {
    const own = `${this.#base}${this.#owner}/*`;
    return this.root === this.#base ? [own] : [own, `${this.root}*`];
  }

  /** Returns the full prefix of each folder, or start of a folder name, for each account. */
  #folders(folders: readonly string[], accounts = this.accounts ?? ['*']): string[] {
    return accounts.flatMap((account) => folders.map((folder) => `${this.root}${account}/${folder}`));
  }
}

/** A matcher of an EventBridge pattern. */
export type KeyMatcher = { readonly prefix: string } | { readonly wildcard: string };

function foldersOf(kinds: readonly Kind[]): string[] {
  return kinds.map((kind) => KIND_FOLDERS[kind]);
}

/** Suffix of every log object. */
export const LOG_SUFFIX = '.json.gz';

/** Above this number, one rule covers all accounts: a bucket supports 100 rules, including existing ones. */
export const MAX_ACCOUNT_RULES = 50;

/**
 * Above this, policies contain a wildcard instead of the accounts, and the function skips the objects of others.
 * A role's inline policies have at most 10,240 characters, and the other statements need up to 3,000.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html#reference_iam-quotas-entity-length
 */
const MAX_POLICY_KEY_CHARACTERS = 7_000;

/** Twice an ARN with the longest bucket name, and the characters around the three keys. */
const BUCKET_CHARACTERS = 190;
