import { Aws } from 'aws-cdk-lib';

export interface LogLocationProps {
  /** The trail's key prefix: what stands before `AWSLogs/`. @default - none */
  readonly keyPrefix?: string;
  /** `o-…` for an organization trail. @default - one account's trail */
  readonly organizationId?: string;
  /** Accounts whose logs are read. @default - the stack's own; with `organizationId` all of the organization's */
  readonly accounts?: readonly string[];
  /** Insight objects too. @default false */
  readonly insights?: boolean;
}

/**
 * Where a trail's log objects are in its bucket:
 *
 *   [prefix/]AWSLogs/[o-xxxx/]<account>/CloudTrail/<region>/2026/11/03/….json.gz           log objects
 *                                       CloudTrail-Insight/…                               Insight objects
 *                                       CloudTrail-Digest/…                                digests, same ending
 *
 * A rule that ends with `CloudTrail/` leaves the digests out. For a whole organization the account stands
 * before that, so a notification prefix cannot; there digests do trigger, and the function passes them over.
 * https://docs.aws.amazon.com/awscloudtrail/latest/userguide/get-and-view-cloudtrail-log-files.html
 */
export class LogLocation {
  /** Up to the accounts, with a slash at the end. */
  readonly #root: string;
  /** Up to `AWSLogs/`. */
  readonly #base: string;
  readonly #accounts: readonly string[] | undefined;
  readonly #insights: boolean;

  constructor({ keyPrefix, organizationId, accounts, insights = false }: LogLocationProps = {}) {
    this.#base = keyPrefix === undefined ? 'AWSLogs/' : `${keyPrefix}/AWSLogs/`;
    this.#root = organizationId === undefined ? this.#base : `${this.#base}${organizationId}/`;
    this.#accounts = accounts ?? (organizationId === undefined ? [Aws.ACCOUNT_ID] : undefined);
    this.#insights = insights;
  }

  /** For bucket notifications, whose filters know no wildcards. */
  get notificationPrefixes(): string[] {
    return this.#accounts === undefined ? [this.#root] : this.#folders(this.#kinds);
  }

  /** For EventBridge, whose patterns do. */
  get keyPatterns(): string[] {
    return this.#folders(this.#kinds).map((folder) => `${folder}*${LOG_SUFFIX}`);
  }

  /**
   * What the function may read. Insight objects are among it always: a topic, and the one prefix of an
   * organization, name them whether they were asked for or not.
   */
  get readable(): string[] {
    return this.#folders(['CloudTrail', 'CloudTrail-Insight']).map((folder) => `${folder}*`);
  }

  /**
   * Where a new trail of this account writes. CloudTrail wants its account's own folder for an organization
   * trail too, in case it is made a trail of one account.
   * https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-s3-bucket-policy-for-cloudtrail.html#org-trail-bucket-policy
   */
  get written(): string[] {
    const own = `${this.#base}${Aws.ACCOUNT_ID}/*`;
    return this.#root === this.#base ? [own] : [own, `${this.#root}*`];
  }

  get #kinds(): string[] {
    return this.#insights ? ['CloudTrail', 'CloudTrail-Insight'] : ['CloudTrail'];
  }

  #folders(kinds: string[]): string[] {
    return (this.#accounts ?? ['*']).flatMap((account) =>
      kinds.map((kind) => `${this.#root}${account}/${kind}/`),
    );
  }
}

/** How log objects end, whatever their account and region. */
export const LOG_SUFFIX = '.json.gz';
