import { Annotations, CfnOutput, type Stack } from 'aws-cdk-lib';
import type { Backfill } from './backfill/backfill.ts';
import type { DeliverFunction } from './function/deliver-function.ts';
import type { WorkQueue } from './function/work-queue.ts';
import { kmsKeyStatements } from './key-policy.ts';
import { PACKAGE_VERSION } from './package.ts';
import type { ReceiptStream } from './receipts/receipt-stream.ts';
import type { PipelineSettings } from './settings/settings.ts';
import type { EventStream } from './stream/event-stream.ts';
import type { EventTable } from './table/event-table.ts';
import { bucketStatements, keyStatement, topicStatement } from './trail/external-policies.ts';
import type { TrailSource } from './trail/trail-source.ts';

/** The parts of the stack that its outputs name. */
export interface Parts {
  /** Trail bucket. */
  readonly trail: TrailSource;
  /** Work queue and dead-letter queue. */
  readonly workQueue: WorkQueue;
  /** Function and role. */
  readonly deliver: DeliverFunction;
  /** Delivery stream. */
  readonly stream: EventStream;
  /** Other delivery streams of the same events. */
  readonly moreStreams: readonly EventStream[];
  /** Stream for receipts, or `undefined` without them. */
  readonly receiptStream: ReceiptStream | undefined;
  /** Queue, function and stream of a backfill, or `undefined` if the stack has none. */
  readonly backfill: Backfill | undefined;
  /** Athena table, or `undefined` if the stack has none. */
  readonly table: EventTable | undefined;
  /** ARN of the topic that receives the alarms. */
  readonly alarmTopicArn: string;
  /** Console URL of the dashboard. */
  readonly dashboardUrl: string;
}

/** Writes the outputs that an operator needs, in data flow order. */
export function writeOutputs(stack: Stack, parts: Parts): void {
  const { trail, workQueue, deliver, stream, moreStreams, receiptStream, backfill, table } = parts;
  const { queue, deadLetters } = workQueue;
  const streamNames = [stream, ...moreStreams].map(({ deliveryStreamName }) => deliveryStreamName).join();
  const outputs: Record<string, [value: string | undefined, description: string]> = {
    TrailBucket: [trail.bucketName, 'Bucket that the trail writes to'],
    TrailArn: [trail.trailArn, 'Trail; commands accept it as the name'],
    CreateTrailCommand: [trail.createCommand, 'Run it once, after the first deployment'],
    WorkQueueUrl: [queue.queueUrl, 'Queue of notifications and resume messages'],
    WorkQueueArn: [queue.queueArn, 'Destination of a redrive'],
    DeadLetterQueueUrl: [deadLetters.queueUrl, 'Messages that failed all attempts; see docs/runbook.md'],
    DeadLetterQueueArn: [deadLetters.queueArn, 'Source of a redrive'],
    FunctionName: [deliver.lambda.functionName, 'Metric dimension FunctionName'],
    FunctionLogGroup: [deliver.lambda.logGroup.logGroupName, 'One report per invocation'],
    DeliveryStream: [streamNames, describeStreams(moreStreams.length + 1)],
    StreamLogGroup: [stream.errorLogGroupName, 'Errors of Firehose at the destination'],
    EventBucket: [stream.bucket?.bucketName, 'Bucket for events, or for undelivered ones'],
    ReceiptStream: [receiptStream?.deliveryStreamName, 'Stream that receives a receipt of each log object'],
    ReceiptLocation: [receiptStream?.location, 'Receipts; `verify` reads them'],
    BackfillQueueUrl: [backfill?.workQueue.queue.queueUrl, 'Queue of backfill cursors and their objects'],
    BackfillQueueArn: [backfill?.workQueue.queue.queueArn, 'Destination of a redrive of backfill messages'],
    BackfillDeadLetterQueueUrl: [
      backfill?.workQueue.deadLetters.queueUrl,
      'Backfill messages that failed all attempts; see docs/runbook.md',
    ],
    BackfillDeadLetterQueueArn: [
      backfill?.workQueue.deadLetters.queueArn,
      'Source of a redrive of backfill messages',
    ],
    BackfillFunctionName: [
      backfill?.deliver.lambda.functionName,
      'Metric dimension FunctionName of the backfill',
    ],
    BackfillFunctionLogGroup: [
      backfill?.deliver.lambda.logGroup.logGroupName,
      'Progress of backfills, and one report per invocation',
    ],
    BackfillStream: [backfill?.stream.deliveryStreamName, 'Stream that receives the events of a backfill'],
    BackfillMapping: [backfill?.mappingId, 'Event source mapping; disable it to pause a backfill'],
    AthenaTable: [
      table && `${table.databaseName}.${table.tableName}`,
      'Table of events; see docs/queries.md',
    ],
    AthenaWorkGroup: [table?.workGroupName, 'Workgroup for queries on the table'],
    AlarmTopicArn: [parts.alarmTopicArn, 'Receives the alarms; subscribe your on-call team'],
    DashboardUrl: [parts.dashboardUrl, 'Dashboard of throughput, delays, errors and costs'],
    Version: [PACKAGE_VERSION, 'Version that was deployed; the function logs the one that runs'],
  };
  for (const [name, [value, description]] of Object.entries(outputs)) output(stack, name, value, description);
}

function describeStreams(count: number): string {
  return count === 1
    ? 'Stream that receives the normalized events'
    : 'Streams that receive the normalized events, separated by commas';
}

/** Writes the policy statements that the owner of an existing bucket, key or topic must add. */
export function writeExternalPolicies(
  stack: Stack,
  settings: PipelineSettings,
  { trail, deliver, backfill }: Parts,
): void {
  const roles = [deliver.role, ...(backfill ? [backfill.deliver.role] : [])];
  const { trailBucketAccount, trailKmsKeyArn, topicArn, kmsKeyArn, encryptTrail } = settings;
  output(
    stack,
    'BucketPolicyStatements',
    trailBucketAccount && bucketStatements(stack, trail, roles),
    `Add to the policy of ${trail.bucketName}`,
  );
  output(
    stack,
    'KeyPolicyStatement',
    trailKmsKeyArn && keyStatement(stack, roles),
    `Add to the policy of ${trailKmsKeyArn}, unless it delegates access to IAM in this account`,
  );
  output(
    stack,
    'TopicPolicyStatement',
    topicArn && topicStatement(stack, topicArn),
    `If ${topicArn} is in another account, add to its policy before you deploy`,
  );
  output(
    stack,
    'KmsKeyPolicyStatements',
    kmsKeyArn && kmsKeyStatements(stack, settings, encryptTrail ? undefined : trail.trailArn),
    `Add to the policy of ${kmsKeyArn} before you deploy`,
  );
}

/** Prints at synth what the key's policy must allow before the deployment. */
export function annotateKeyPolicy(stack: Stack, { kmsKeyArn }: PipelineSettings): void {
  if (kmsKeyArn === undefined) return;
  Annotations.of(stack).addInfo(
    `The policy of ${kmsKeyArn} must have the statements of the output KmsKeyPolicyStatements before you deploy. See "Your own key" in docs/deploy.md.`,
  );
}

/** Prints at synth that the trail needs a command. */
export function annotateTrail(stack: Stack, { createCommand }: TrailSource): void {
  if (createCommand === undefined) return;
  Annotations.of(stack).addInfo(
    'CloudFormation cannot create the organization trail of a delegated administrator. After the first deployment, run the output CreateTrailCommand. See "A delegated administrator" in docs/deploy.md.',
  );
}

/** Prints at synth what the deployment changes in an existing bucket. */
export function annotateBucketChanges(
  stack: Stack,
  { trailBucketName, trigger = 'queue' }: PipelineSettings,
): void {
  if (trailBucketName === undefined || trigger === 'sns') return;
  Annotations.of(stack).addInfo(
    trigger === 'eventbridge'
      ? `The stack does not change ${trailBucketName}. Turn on "Send notifications to Amazon EventBridge" in that bucket.`
      : `The stack adds notifications for new log objects to ${trailBucketName} and keeps the existing ones. If this bucket replaces another one, the stack's rules stay in the other bucket: remove them after the deployment. See "Change the bucket" in docs/deploy.md.`,
  );
}

/** Adds an output whose logical ID is its plain name. */
function output(stack: Stack, name: string, value: string | undefined, description: string): void {
  if (value !== undefined) new CfnOutput(stack, name, { value, description }).overrideLogicalId(name);
}
