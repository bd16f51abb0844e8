import type { Packing, Profile } from '../../lambda/contract.ts';
import type { Kind } from '../../lambda/trigger/trail-kinds.ts';

export const TRIGGERS = ['queue', 'direct', 'sns', 'eventbridge'] as const;
export type Trigger = (typeof TRIGGERS)[number];

export const DESTINATIONS = ['s3', 'http', 'stream'] as const;
export type Destination = (typeof DESTINATIONS)[number];

export const OBJECT_LOCK_MODES = ['governance', 'compliance'] as const;
export type ObjectLockMode = (typeof OBJECT_LOCK_MODES)[number];

/**
 * Settings of one stack. The property names are the context keys (`npx cdk deploy -c trigger=sns`), so
 * errors, the table in `docs/deploy.md` and another app's code use the same names.
 */
export interface PipelineSettings {
  /** Creates a trail and its bucket. @default - true without `trailBucketName`, otherwise false */
  readonly createTrail?: boolean;
  /** Name of an existing bucket that a trail writes to. @default - a new bucket */
  readonly trailBucketName?: string;
  /** 12-digit ID of the account that owns `trailBucketName`. @default - the stack's account */
  readonly trailBucketAccount?: string;
  /** Key prefix of the trail: the part before `AWSLogs/`, without a slash at the end. @default - no prefix */
  readonly trailKeyPrefix?: string;
  /** Organization ID (`o-…`) of an organization trail. @default - a trail of one account */
  readonly organizationId?: string;
  /**
   * ID of the organization's management account, for a new organization trail of a delegated administrator.
   *
   * @default - the stack's account is the management account
   */
  readonly managementAccount?: string;
  /**
   * 12-digit IDs of the accounts whose logs are read.
   *
   * @default - the stack's account; with `organizationId`, every account of the organization
   */
  readonly trailAccounts?: readonly string[];
  /** ARN of the KMS key that an existing trail encrypts with. @default - no KMS key */
  readonly trailKmsKeyArn?: string;
  /** Encrypts a new trail with a new KMS key. @default false */
  readonly encryptTrail?: boolean;
  /** Days until log objects in a new trail bucket expire; 0 keeps them indefinitely. @default 0 */
  readonly trailRetentionDays?: number;
  /**
   * How S3 Object Lock protects log objects in a new trail bucket: `governance`, which users with a permission may
   * bypass, or `compliance`, which no user can.
   *
   * @default - no Object Lock
   */
  readonly trailObjectLock?: ObjectLockMode;
  /** Days that Object Lock protects a log object; required by `trailObjectLock`. @default - no Object Lock */
  readonly trailObjectLockDays?: number;
  /** Records Insights events in a new trail. @default false */
  readonly insights?: boolean;
  /**
   * Resource types whose data events a new trail records, like `AWS::S3::Object`.
   *
   * @default - no data events
   */
  readonly dataEvents?: readonly string[];
  /**
   * Services whose calls through VPC endpoints a new trail records, like `s3.amazonaws.com`.
   *
   * @default - no network activity events
   */
  readonly networkActivityEvents?: readonly string[];
  /**
   * Kinds of log objects to read: `log`, `insight`, `networkActivity`, `aggregated`.
   *
   * @default - every kind
   */
  readonly kinds?: readonly Kind[];
  /**
   * Creates one notification rule per kind, for a bucket with another rule on one of the trail's folders.
   *
   * @default false
   */
  readonly rulePerKind?: boolean;

  /** How the function is notified of new log objects. @default queue */
  readonly trigger?: Trigger;
  /**
   * ARN of the topic for `trigger=sns`: the topic of the trail or of its bucket.
   *
   * @default - a new trail's topic
   */
  readonly topicArn?: string;

  /** Where events go: a new stream to S3 or to an HTTP endpoint, or an existing stream. @default s3 */
  readonly destination?: Destination;
  /** Name of an existing bucket for `destination=s3`. @default - a new bucket */
  readonly eventsBucketName?: string;
  /** Days until events in a new event bucket expire; 0 keeps them indefinitely. @default 365 */
  readonly eventsRetentionDays?: number;
  /**
   * Keeps a receipt of each log object, with which `verify` proves that all its records were delivered: a small delivery
   * stream to the event bucket, or to a new bucket for `destination=stream`.
   *
   * @default true
   */
  readonly receipts?: boolean;
  /** Creates a Glue table and an Athena workgroup for the events. @default - true for `destination=s3` */
  readonly athena?: boolean;
  /** HTTPS URL for `destination=http`, which requires it. @default - no HTTP endpoint */
  readonly httpEndpointUrl?: string;
  /**
   * ARN of the secret with the endpoint's key, as `{"api_key":"…"}`; required by `destination=http`.
   *
   * @default - no HTTP endpoint
   */
  readonly httpSecretArn?: string;
  /**
   * Name of the existing stream for `destination=stream`, which requires it, or several names separated by commas.
   *
   * @default - a new stream
   */
  readonly deliveryStreamName?: string;
  /**
   * New delivery streams over which log objects are spread, because Firehose's quotas are per stream; 1 to 32. List
   * existing streams in `deliveryStreamName` instead.
   *
   * @default 1
   */
  readonly streams?: number;
  /** How events become Firehose records. @default - by destination: s3 gzip, http single, stream lines */
  readonly packing?: Packing;
  /** Which event a record becomes: `seed`, `sekoia-2026`, `detection` or `raw`. @default seed */
  readonly profile?: Profile;
  /** Labels of every event, as `name=value`; requires `profile=detection`. @default - no labels */
  readonly labels?: readonly string[];
  /**
   * Path of a JSON file with names by account ID, like `{"111122223333": "payments-prod"}`; requires
   * `profile=detection`.
   *
   * @default - events have no account names
   */
  readonly accountsFile?: string;
  /**
   * Longest event in bytes of JSON, for a receiver with a limit of its own. Longer events are truncated.
   *
   * @default - what fits in a Firehose record, 1,024,000 bytes
   */
  readonly maxEventBytes?: number;
  /**
   * Maximum events in a Firehose record. A stream that deaggregates records supports 500.
   *
   * @default - 500 for `destination=stream` with `packing=lines`, otherwise as many as fit
   */
  readonly maxEventsPerRecord?: number;
  /** Events to leave out, as `provider:action` or `provider:*`. @default - no event is left out */
  readonly excludeEvents?: readonly string[];
  /** File of rules about which records are delivered; see `docs/control.md`. @default - no rules */
  readonly rulesFile?: string;
  /**
   * Percentage of the records that one rule may drop within an hour before an alarm, from 1 to 99.
   *
   * @default - no such alarm
   */
  readonly maxDropShare?: number;
  /**
   * Replaces secrets in records: `default` for the paths in `docs/control.md`, or a file of paths.
   *
   * @default - records are delivered unchanged
   */
  readonly redact?: string;
  /**
   * ARN of the secret with the key of the marks that replace secrets, a text of at least 32 characters.
   *
   * @default - no key: all marks are the same
   */
  readonly redactKeySecretArn?: string;

  /**
   * Hours since its last accepted record after which an object moves to the dead-letter queue, if Firehose,
   * S3 or KMS keeps refusing it.
   *
   * @default 72
   */
  readonly giveUpAfterHours?: number;
  /** Function memory in MiB; CPU scales with it. @default 1024 */
  readonly memoryMiB?: number;
  /** Function timeout in seconds; a resume message continues an object that takes longer. @default 300 */
  readonly timeoutSeconds?: number;
  /**
   * Maximum number of concurrent invocations that the work queue starts.
   *
   * @default - as many as fill Firehose's larger default quota: 3 with one stream, `gzip` and 1024 MiB
   */
  readonly maxConcurrency?: number;
  /**
   * Bytes per second that one delivery stream accepts. All invocations together stay below.
   *
   * @default - Firehose's default quota in the region, if the stack creates the streams and `maxConcurrency` is not set
   */
  readonly streamBytesPerSecond?: number;
  /**
   * Number of concurrent invocations reserved for the function; fails in accounts with a low quota.
   *
   * @default - no reserved concurrency
   */
  readonly reservedConcurrency?: number;
  /** Creates a queue and a function that read existing log objects. @default false */
  readonly backfill?: boolean;
  /** Maximum number of concurrent invocations that the backfill queue starts. @default 2 */
  readonly backfillMaxConcurrency?: number;
  /**
   * Average bytes per second that a backfill sends to its stream.
   *
   * @default - Firehose's default quota in the region for a new stream to S3, which the backfill has for itself;
   *   otherwise 524,288
   */
  readonly backfillBytesPerSecond?: number;
  /** Days until log events expire: a retention period that CloudWatch Logs supports. @default 90 */
  readonly logRetentionDays?: number;
  /**
   * ARN of a customer key for queues, log groups, stream and buckets, and for the log objects of a new trail without
   * `encryptTrail`. Its policy must have the statements of the output `KmsKeyPolicyStatements` before you deploy.
   *
   * @default - keys that AWS owns
   */
  readonly kmsKeyArn?: string;
  /** What `cdk destroy` does with buckets, stream, keys and logs: `retain` or `destroy`. @default retain */
  readonly removalPolicy?: 'retain' | 'destroy';

  /** Email address for alarms; the recipient must confirm the SNS subscription. @default - no alarm mail */
  readonly alarmEmail?: string;
  /** Minutes without a delivery that raise an alarm, a multiple of 5; 0 disables the alarm. @default 60 */
  readonly noDeliveryMinutes?: number;
  /**
   * URL of your runbook; each alarm's description links to it, with the alarm's heading as anchor.
   *
   * @default - descriptions name the heading in `docs/runbook.md`
   */
  readonly runbookUrl?: string;
}

/** What `npx cdk` reads from its context: the settings of the pipeline, and where and under which name it is deployed. */
export interface AppSettings extends PipelineSettings {
  /** Name of the stack; a second stack in one account and region needs another. @default CloudTrailFirehose */
  readonly stackName?: string;
  /** 12-digit account ID to deploy to. @default - the account of the credentials */
  readonly stackAccount?: string;
  /** Region to deploy to. @default - the region of the credentials */
  readonly stackRegion?: string;
}

/** Lists every unknown, invalid or conflicting setting, one per line, each with its fix. */
export class SettingsError extends Error {
  override name = 'SettingsError';

  constructor(problems: readonly string[]) {
    super(problems.join('\n'));
  }
}
