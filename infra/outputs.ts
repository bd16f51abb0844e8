import { Annotations, CfnOutput, type Stack } from 'aws-cdk-lib';
import type { DeliverFunction } from './function/deliver-function.ts';
import type { WorkQueue } from './function/work-queue.ts';
import type { PipelineSettings } from './settings/settings.ts';
import type { EventStream } from './stream/event-stream.ts';
import type { EventTable } from './table/event-table.ts';
import { bucketStatements, keyStatement, topicStatement } from './trail/external-policies.ts';
import type { TrailSource } from './trail/trail-source.ts';

export interface Parts {
  readonly trail: TrailSource;
  readonly workQueue: WorkQueue;
  readonly deliver: DeliverFunction;
  readonly stream: EventStream;
  readonly table: EventTable | undefined;
  readonly alarmTopicArn: string;
  readonly dashboardUrl: string;
}

/** Writes what a person needs next, in the order of the data. */
export function writeOutputs(stack: Stack, parts: Parts): void {
  const { trail, workQueue, deliver, stream, table } = parts;
  output(stack, 'TrailBucket', trail.bucketName, 'Where the trail writes its log objects');
  output(stack, 'WorkQueueUrl', workQueue.queue.queueUrl, 'Takes notifications and resume messages');
  output(stack, 'DeadLetterQueueUrl', workQueue.deadLetters.queueUrl, 'What was given up: docs/runbook.md');
  output(stack, 'FunctionName', deliver.lambda.functionName, 'The dimension of the metrics');
  output(stack, 'DeliveryStream', stream.deliveryStreamName, 'Gets the normalized events');
  output(stack, 'EventBucket', stream.bucket?.bucketName, 'Where the events end up, or those not delivered');
  output(stack, 'AthenaTable', table && `${table.databaseName}.${table.tableName}`, 'See docs/queries.md');
  output(stack, 'AthenaWorkGroup', table?.workGroupName, 'The workgroup to ask the table with');
  output(stack, 'AlarmTopicArn', parts.alarmTopicArn, 'Subscribe whoever is on call');
  output(stack, 'DashboardUrl', parts.dashboardUrl, 'Objects, records, events, bytes, waits and costs');
}

/** Writes the statements for policies that are somebody else's. */
export function writeForeignPolicies(
  stack: Stack,
  { trailBucketAccount, trailKmsKeyArn, topicArn }: PipelineSettings,
  { trail, deliver: { role } }: Parts,
): void {
  output(
    stack,
    'BucketPolicyStatements',
    trailBucketAccount && bucketStatements(stack, trail, role),
    `Add to the policy of ${trail.bucketName}`,
  );
  output(
    stack,
    'KeyPolicyStatement',
    trailKmsKeyArn && keyStatement(stack, role),
    `Add to the policy of ${trailKmsKeyArn}, unless it leaves access to IAM in this account`,
  );
  output(
    stack,
    'TopicPolicyStatement',
    topicArn && topicStatement(stack, topicArn),
    `Add to the policy of ${topicArn} before the deploy, where it is another account's`,
  );
}

/** Says at synth, before anybody deploys it, what will be changed of a bucket that exists. */
export function annotateBucketChanges(
  stack: Stack,
  { trailBucketName, trigger = 'queue' }: PipelineSettings,
): void {
  if (trailBucketName === undefined || trigger === 'sns') return;
  Annotations.of(stack).addInfo(
    trigger === 'eventbridge'
      ? `Nothing in ${trailBucketName} is changed: switch on "Send notifications to Amazon EventBridge" there yourself.`
      : `This adds notifications for new log objects to ${trailBucketName} and leaves all others of it as they are; see "An existing bucket" in docs/deploy.md.`,
  );
}

/** An output under its plain name. */
function output(stack: Stack, name: string, value: string | undefined, description: string): void {
  if (value !== undefined) new CfnOutput(stack, name, { value, description }).overrideLogicalId(name);
}
