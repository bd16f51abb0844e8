import { fileURLToPath } from 'node:url';
import { Duration, RemovalPolicy, Token, Tokenization } from 'aws-cdk-lib';
import type { IRole } from 'aws-cdk-lib/aws-iam';
import {
  Architecture,
  CfnEventInvokeConfig,
  type Function as LambdaFunction,
  LoggingFormat,
  RecursiveLoop,
  Runtime,
} from 'aws-cdk-lib/aws-lambda';
import { NodejsFunction, OutputFormat } from 'aws-cdk-lib/aws-lambda-nodejs';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { ENV, type Packing } from '../../lambda/contract.ts';
import { SettingsError } from '../settings/settings.ts';
import type { TrailSource } from '../trail/trail-source.ts';
import { DeliverRole } from './deliver-role.ts';
import { LEFT_OUT_MODULES } from './excluded-modules.ts';
import { DEFAULT_MEMORY_MIB, nodeOptions } from './node-options.ts';

export interface DeliverFunctionProps {
  readonly trail: TrailSource;
  /** Gets the resume messages. */
  readonly workQueue: IQueue;
  /** Gets the claims of resume messages. @default - none: each lost answer of SQS can add a copy of the work */
  readonly claimBucket?: IBucket;
  readonly deliveryStreamName: string;
  readonly deliveryStreamArn: string;
  readonly packing: Packing;
  /** Events that are not delivered, as `provider:action` or `provider:*`. @default - every event is */
  readonly excludeEvents?: readonly string[];
  /** Hours after which an object that a service keeps refusing goes to the dead-letter queue. @default 72 */
  readonly giveUpAfterHours?: number;
  /** CPU comes with it. @default DEFAULT_MEMORY_MIB */
  readonly memoryMiB?: number;
  /** An object that takes longer goes on by a resume message. @default 5 minutes */
  readonly timeout?: Duration;
  /** Concurrency set aside; fails in accounts with a low quota. @default - none */
  readonly reservedConcurrency?: number;
  /** How long the log is kept. @default RetentionDays.THREE_MONTHS */
  readonly logRetention?: RetentionDays;
  /** Of the log. @default RemovalPolicy.RETAIN */
  readonly removalPolicy?: RemovalPolicy;
}

/** The function in `lambda/`, bundled by the local esbuild, with its role and its log. */
export class DeliverFunction extends Construct {
  readonly lambda: LambdaFunction;
  readonly role: IRole;

  constructor(scope: Construct, id: string, props: DeliverFunctionProps) {
    super(scope, id);
    const { memoryMiB = DEFAULT_MEMORY_MIB } = props;
    const logGroup = new LogGroup(this, 'Log', {
      retention: props.logRetention ?? RetentionDays.THREE_MONTHS,
      removalPolicy: props.removalPolicy ?? RemovalPolicy.RETAIN,
    });
    const { role } = new DeliverRole(this, 'Role', { ...props, logGroup });
    this.role = role;
    const environment = { ...environmentOf(props), NODE_OPTIONS: nodeOptions(memoryMiB) };
    checkEnvironment(environment);
    this.lambda = new NodejsFunction(this, 'Function', {
      description: 'CloudTrail log objects → normalized events → Firehose',
      entry: fileURLToPath(new URL('lambda/handler.ts', PROJECT)),
      // Of this project, wherever the app that uses it has its own.
      projectRoot: fileURLToPath(PROJECT),
      depsLockFilePath: fileURLToPath(new URL('package-lock.json', PROJECT)),
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      memorySize: memoryMiB,
      timeout: props.timeout ?? Duration.minutes(5),
      reservedConcurrentExecutions: props.reservedConcurrency,
      // The role says all it may; nothing that CDK thinks of is added to it.
      role: role.withoutPolicyUpdates(),
      logGroup,
      loggingFormat: LoggingFormat.JSON,
      // Resume messages are a loop that is meant to be: each brings an object further, or is one of a few tries.
      // Left to itself Lambda would stop an object after its sixteenth.
      // https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html
      recursiveLoop: RecursiveLoop.ALLOW,
      awsSdkConnectionReuse: false,
      environment,
      bundling: BUNDLING,
    });
  }

  /** What Lambda does with a notification that came without a queue and failed: two more tries, then the queue. */
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

/** A setting that is not given is left to the function's default. */
function environmentOf(props: DeliverFunctionProps): Record<string, string> {
  const { claimBucket, excludeEvents, giveUpAfterHours, trail } = props;
  const { root, accounts, kinds } = trail.location;
  return {
    [ENV.deliveryStreamName]: props.deliveryStreamName,
    [ENV.workQueueUrl]: props.workQueue.queueUrl,
    ...(claimBucket && { [ENV.claimBucketName]: claimBucket.bucketName }),
    [ENV.trailBucket]: trail.bucketName,
    [ENV.trailRoot]: root,
    ...(accounts && { [ENV.trailAccounts]: accounts.join() }),
    ...(kinds && { [ENV.kinds]: kinds.join() }),
    [ENV.packing]: props.packing,
    ...(excludeEvents && { [ENV.excludeEvents]: excludeEvents.join() }),
    ...(giveUpAfterHours !== undefined && {
      [ENV.giveUpAfterHours]: Tokenization.stringifyNumber(giveUpAfterHours),
    }),
  };
}

/**
 * https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
 *
 * @throws SettingsError with the number of bytes
 */
function checkEnvironment(environment: Record<string, string>): void {
  const bytes = Object.entries(environment).reduce(
    (sum, [name, value]) =>
      sum +
      name.length +
      (Token.isUnresolved(value) ? TOKEN_BYTES : 0) +
      Buffer.byteLength(withoutTokens(value)),
    0,
  );
  if (bytes <= MAX_ENVIRONMENT_BYTES) return;
  throw new SettingsError([
    `the function's environment has ${bytes} bytes and Lambda takes ${MAX_ENVIRONMENT_BYTES}; write fewer trailAccounts or excludeEvents, or organizationId without trailAccounts`,
  ]);
}

function withoutTokens(value: string): string {
  return value.replace(/\$\{Token\[[^\]]*\]\}/g, '');
}

const MAX_ENVIRONMENT_BYTES = 4_096;

/** A queue's URL with the longest names is the longest of what only the deployment knows. */
const TOKEN_BYTES = 160;

const PROJECT = new URL('../../', import.meta.url);

/** The SDK of the lock file rather than whichever one the runtime brings, as the modules that shake smallest. */
const BUNDLING = {
  externalModules: LEFT_OUT_MODULES,
  format: OutputFormat.ESM,
  mainFields: ['module', 'main'],
  minify: true,
  sourceMap: true,
  // Stack traces need names and lines, not the sources: 1.6 MB less of a map that Node reads before the code runs.
  sourcesContent: false,
  target: 'node22',
};
