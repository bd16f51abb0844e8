import { Duration, RemovalPolicy, Tokenization } from 'aws-cdk-lib';
import type { IRole } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import {
  Architecture,
  CfnEventInvokeConfig,
  Function as LambdaFunction,
  LoggingFormat,
  RecursiveLoop,
  Runtime,
} from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { ENV, type Packing, type Profile } from '../../lambda/contract.ts';
import type { ReceiptStream } from '../receipts/receipt-stream.ts';
import { readAccountsFile } from '../settings/check-profile.ts';
import { deployedText } from '../settings/deployed-text.ts';
import { deployedName, selectionFiles } from '../settings/selection-files.ts';
import { SettingsError } from '../settings/settings.ts';
import type { EventStream } from '../stream/event-stream.ts';
import type { TrailSource } from '../trail/trail-source.ts';
import { DeliverRole } from './deliver-role.ts';
import { type FunctionFiles, functionCode } from './function-code.ts';
import { DEFAULT_MEMORY_MIB, nodeOptions } from './node-options.ts';

export interface DeliverFunctionProps {
  /** Trail whose log objects the function reads. */
  readonly trail: TrailSource;
  /** Queue for resume messages. */
  readonly workQueue: IQueue;
  /**
   * Bucket for the claims of resume messages.
   *
   * @default - no claims: a lost SQS response can duplicate work
   */
  readonly claimBucket?: IBucket;
  /** Customer key of the log group, the work queue, the claim bucket and maybe the secret. @default - no customer key */
  readonly encryptionKey?: IKey;
  /** Name of the stream that receives the events. */
  readonly deliveryStreamName: string;
  /** ARN of the stream that receives the events. */
  readonly deliveryStreamArn: string;
  /** Other streams over which the function spreads log objects. @default - none */
  readonly moreStreams?: readonly EventStream[];
  /** Stream for receipts. @default - no receipts */
  readonly receiptStream?: ReceiptStream;
  /** How events become Firehose records. */
  readonly packing: Packing;
  /** Which event a record becomes. @default seed */
  readonly profile?: Profile;
  /** Labels of every event, as `name=value`; only for profile `detection`. @default - no labels */
  readonly labels?: readonly string[];
  /** Path of a JSON file with names by account ID; only for profile `detection`. @default - no names */
  readonly accountsFile?: string;
  /** Longest event in bytes of JSON. @default - what fits in a Firehose record */
  readonly maxEventBytes?: number;
  /** Maximum events in a Firehose record. @default - as many as fit */
  readonly maxEventsPerRecord?: number;
  /** Events to leave out, as `provider:action` or `provider:*`. @default - no event is left out */
  readonly excludeEvents?: readonly string[];
  /** File of rules about which records are delivered. @default - no rules */
  readonly rulesFile?: string;
  /** `default` or a file of paths, whose values are replaced in records. @default - records are unchanged */
  readonly redact?: string;
  /** ARN of the secret with the key of the marks that replace secrets. @default - no key */
  readonly redactKeySecretArn?: string;
  /** Hours until an object that a service keeps refusing moves to the dead-letter queue. @default 72 */
  readonly giveUpAfterHours?: number;
  /** Average bytes per second that one invocation sends to each stream. @default - unlimited */
  readonly maxBytesPerSecond?: number;
  /** Whether the queue is a backfill queue, whose cursors the function moves on. @default false */
  readonly isBackfill?: boolean;
  /** Memory in MiB; CPU scales with it. @default 1024 */
  readonly memoryMiB?: number;
  /** Timeout; a resume message continues an object that takes longer. @default Duration.minutes(5) */
  readonly timeout?: Duration;
  /** Number of reserved concurrent invocations; fails with a low quota. @default - no reserved concurrency */
  readonly reservedConcurrency?: number;
  /** Days until log events expire. @default RetentionDays.THREE_MONTHS */
  readonly logRetention?: RetentionDays;
  /** What happens to the log group when the stack is deleted. @default RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE */
  readonly removalPolicy?: RemovalPolicy;
}

/** The function in `lambda/`, with its role and log group. */
export class DeliverFunction extends Construct {
  readonly lambda: LambdaFunction;
  readonly role: IRole;

  constructor(scope: Construct, id: string, props: DeliverFunctionProps) {
    super(scope, id);
    const { memoryMiB = DEFAULT_MEMORY_MIB } = props;
    const logGroup = new LogGroup(this, 'Log', {
      retention: props.logRetention ?? RetentionDays.THREE_MONTHS,
      encryptionKey: props.encryptionKey,
      removalPolicy: props.removalPolicy ?? RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
    });
    const { role } = new DeliverRole(this, 'Role', { ...props, logGroup });
    this.role = role;
    const environment = { ...environmentOf(props), NODE_OPTIONS: nodeOptions(memoryMiB) };
    checkEnvironment(this, environment);
    this.lambda = new LambdaFunction(this, 'Function', {
      description: `${props.isBackfill ? 'Backfill: ' : ''}CloudTrail log objects → normalized events → Firehose`,
      code: functionCode({ ...filesOf(props), ...selectionFiles(props) }),
      handler: 'index.handler',
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      memorySize: memoryMiB,
      timeout: props.timeout ?? Duration.minutes(5),
      reservedConcurrentExecutions: props.reservedConcurrency,
      // The role is complete. CDK must not add permissions to it.
      role: role.withoutPolicyUpdates(),
      logGroup,
      loggingFormat: LoggingFormat.JSON,
      // Resume messages loop by design: each makes progress or counts as one of a few attempts. By default,
      // Lambda would stop the loop after 16 invocations.
      // https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html
      recursiveLoop: RecursiveLoop.ALLOW,
      environment,
    });
  }

  /** Retries a failed direct notification twice, then sends it to a queue. */
  handFailuresTo(queue: IQueue): void {
    new CfnEventInvokeConfig(this, 'OnFailure', {
      functionName: this.lambda.functionName,
      qualifier: '$LATEST',
      maximumRetryAttempts: 2,
      maximumEventAgeInSeconds: 21_600,
      destinationConfig: { onFailure: { destination: queue.queueArn } },
    });
  }
}

/** Omits optional settings, for which the function has defaults. */
function environmentOf(props: DeliverFunctionProps): Record<string, string> {
  const { claimBucket, receiptStream, excludeEvents, trail, isBackfill } = props;
  const { profile = 'seed', labels, accountsFile } = props;
  const { redactKeySecretArn } = props;
  const [rules, redact] = [deployedName('rulesFile', props), deployedName('redact', props)];
  const { root, accounts, kinds } = trail.location;
  return {
    [ENV.deliveryStreamName]: streamNames(props).join(),
    [ENV.workQueueUrl]: props.workQueue.queueUrl,
    ...(claimBucket && { [ENV.claimBucketName]: claimBucket.bucketName }),
    ...(receiptStream && { [ENV.receiptStreamName]: receiptStream.deliveryStreamName }),
    [ENV.trailBucket]: trail.bucketName,
    [ENV.trailRoot]: root,
    ...(accounts && { [ENV.trailAccounts]: accounts.join() }),
    ...(kinds && { [ENV.kinds]: kinds.join() }),
    [ENV.packing]: props.packing,
    ...(excludeEvents && { [ENV.excludeEvents]: excludeEvents.join() }),
    ...(rules !== undefined && { [ENV.rulesFile]: rules }),
    ...(redact !== undefined && { [ENV.redact]: redact }),
    ...(redactKeySecretArn !== undefined && { [ENV.redactKeySecretArn]: redactKeySecretArn }),
    ...(profile !== 'seed' && { [ENV.profile]: profile }),
    ...(labels && { [ENV.labels]: labels.join() }),
    ...(accountsFile !== undefined && { [ENV.accountsFile]: ACCOUNTS_FILE }),
    ...numberOf(ENV.maxEventBytes, props.maxEventBytes),
    ...numberOf(ENV.maxEventsPerRecord, props.maxEventsPerRecord),
    ...numberOf(ENV.giveUpAfterHours, props.giveUpAfterHours),
    ...numberOf(ENV.maxBytesPerSecond, props.maxBytesPerSecond),
    ...(isBackfill && { [ENV.backfill]: 'true' }),
  };
}

function streamNames({ deliveryStreamName, moreStreams = [] }: DeliverFunctionProps): string[] {
  return [deliveryStreamName, ...moreStreams.map((stream) => stream.deliveryStreamName)];
}

function numberOf(name: string, value: number | undefined): Record<string, string> {
  return value === undefined ? {} : { [name]: Tokenization.stringifyNumber(value) };
}

/** Files next to the function's code, for what the environment has no room for. */
function filesOf({ accountsFile }: DeliverFunctionProps): FunctionFiles {
  return accountsFile === undefined ? {} : { [ACCOUNTS_FILE]: readAccountsFile(accountsFile) };
}

const ACCOUNTS_FILE = 'accounts.json';

/**
 * Checks the size limit of environment variables, 4 KB in total:
 * https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
 *
 * @throws SettingsError with the number of bytes if they are too large
 */
function checkEnvironment(scope: Construct, environment: Record<string, string>): void {
  const bytes = Object.entries(environment).reduce(
    (sum, [name, value]) => sum + name.length + Buffer.byteLength(deployedText(scope, value)),
    0,
  );
  if (bytes <= MAX_ENVIRONMENT_BYTES) return;
  throw new SettingsError([
    `The function's environment must have at most ${MAX_ENVIRONMENT_BYTES} bytes (got ${bytes}). Set fewer trailAccounts, labels, excludeEvents or streams, or use organizationId without trailAccounts.`,
  ]);
}

const MAX_ENVIRONMENT_BYTES = 4_096;
