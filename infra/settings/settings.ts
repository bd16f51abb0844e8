import type { Packing } from '../../lambda/contract.ts';
import type { Kind } from '../../lambda/trigger/trail-kinds.ts';

export const TRIGGERS = ['queue', 'direct', 'sns', 'eventbridge'] as const;
export type Trigger = (typeof TRIGGERS)[number];

export const DESTINATIONS = ['s3', 'http', 'stream'] as const;
export type Destination = (typeof DESTINATIONS)[number];

/**
 * What one stack can be told. The names are those of the context keys (`npx cdk deploy -c trigger=sns`), so a
 * message, the table in `docs/deploy.md` and a property in someone else's app say the same word.
 */
export interface PipelineSettings {
  /** A new bucket with a new trail. @default true, unless `trailBucketName` is set */
  readonly createTrail?: boolean;
  /** An existing bucket that a trail writes to. @default - a new one */
  readonly trailBucketName?: string;
  /** The account of that bucket, where it is another one. @default - the stack's */
  readonly trailBucketAccount?: string;
  /** The trail's key prefix: what stands before `AWSLogs/`. @default - none */
  readonly trailKeyPrefix?: string;
  /** `o-…`: the trail is an organization's. @default - one account's */
  readonly organizationId?: string;
  /** Accounts whose logs are read. @default - the stack's own; with `organizationId` all of the organization's */
  readonly trailAccounts?: readonly string[];
  /** The key under which an existing trail encrypts. @default - none */
  readonly trailKmsKeyArn?: string;
  /** A new key for the new trail. @default false: encrypted with S3's own keys */
  readonly encryptTrail?: boolean;
  /** Days after which a new trail bucket drops a log object; 0 keeps it for ever. @default 0 */
  readonly trailRetentionDays?: number;
  /** A new trail is told to write Insight events. @default false */
  readonly insights?: boolean;
  /** Kinds of log objects that are read: `log`, `insight`, `networkActivity`, `aggregated`. @default - all */
  readonly kinds?: readonly Kind[];
  /** A notification rule for each kind, where one for all overlaps a rule that the bucket has. @default false */
  readonly rulePerKind?: boolean;

  /** How the function learns of a new log object. @default queue */
  readonly trigger?: Trigger;
  /** The topic of trigger `sns`: the trail's own or its bucket's. @default - a new trail gets one */
  readonly topicArn?: string;

  /** Where the events go: a new stream to S3, a new stream to an HTTP endpoint, or a stream that exists. @default s3 */
  readonly destination?: Destination;
  /** An existing bucket for the events of destination `s3`. @default - a new one */
  readonly eventsBucketName?: string;
  /** Days after which a new event bucket drops an event; 0 keeps it for ever. @default 365 */
  readonly eventsRetentionDays?: number;
  /** A Glue table and an Athena workgroup over the events. @default true for destination s3 */
  readonly athena?: boolean;
  /** `https://…` of destination `http`. */
  readonly httpEndpointUrl?: string;
  /** The Secrets Manager secret with the endpoint's key, as `{"api_key":"…"}`. */
  readonly httpSecretArn?: string;
  /** The stream of destination `stream`. */
  readonly deliveryStreamName?: string;
  /** How events become Firehose records. @default - follows the destination: gzip, single, lines */
  readonly packing?: Packing;
  /** Events that are not delivered, as `provider:action` or `provider:*`. @default - every event is */
  readonly excludeEvents?: readonly string[];

  /**
   * Hours after which an object that Firehose, S3 or KMS keeps refusing goes to the dead-letter queue, counted from
   * the last record that was accepted. @default 72
   */
  readonly giveUpAfterHours?: number;
  /** Of the function; CPU comes with it. @default 1024 */
  readonly memoryMiB?: number;
  /** Of the function; an object that takes longer goes on by a resume message. @default 300 */
  readonly timeoutSeconds?: number;
  /** Invocations that the work queue may have under way at once. @default 10 */
  readonly maxConcurrency?: number;
  /** Concurrency set aside for the function; fails in accounts with a low quota. @default - none */
  readonly reservedConcurrency?: number;
  /** Days that logs are kept, of those that CloudWatch Logs offers. @default 90 */
  readonly logRetentionDays?: number;
  /** What `cdk destroy` does with buckets, keys and logs: `retain` or `destroy`. @default retain */
  readonly removalPolicy?: 'retain' | 'destroy';

  /** Gets the alarms; has to be confirmed by the mail that SNS sends. @default - nobody */
  readonly alarmEmail?: string;
  /** Alarm where nothing was delivered for so long; 0 for no such alarm. @default 60 */
  readonly noDeliveryMinutes?: number;
}

/** Settings that are missing, wrong, or do not go together; the message says what to write instead. */
export class SettingsError extends Error {
  override name = 'SettingsError';

  constructor(problems: readonly string[]) {
    super(problems.join('\n'));
  }
}
