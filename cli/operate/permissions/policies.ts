import type { CommandPlaces } from './places.ts';
import { allow, type Statement } from './policy.ts';

/** What a command needs: exactly the calls that it makes, on the resources that it is for. */
export type Policy = (places: CommandPlaces) => Statement[];

const READ_STACK: Policy = ({ stack }) => [allow(['cloudformation:DescribeStacks'], stack)];

export const verifyPolicy: Policy = (places) => [
  ...READ_STACK(places),
  allow(['lambda:GetFunctionConfiguration'], places.function),
  allow(['cloudtrail:ListPublicKeys'], '*'),
  allow(['s3:ListBucket'], places.bucket, places.eventBucket),
  allow(['s3:GetObject'], `${places.bucket}/*`, `${places.eventBucket}/receipts/*`),
  allow(['sqs:SendMessage'], places.workQueue),
];

export const replayDeadLettersPolicy: Policy = (places) => [
  ...READ_STACK(places),
  allow(
    ['sqs:GetQueueAttributes', 'sqs:ReceiveMessage', 'sqs:ChangeMessageVisibility', 'sqs:DeleteMessage'],
    places.deadLetterQueue,
  ),
  allow(['sqs:SendMessage'], places.workQueue),
];

export const replayObjectPolicy: Policy = (places) => [
  ...READ_STACK(places),
  allow(['sqs:SendMessage'], places.workQueue),
  allow(['s3:GetObject', 's3:GetObjectVersion'], `${places.bucket}/*`),
];

export const replayErrorsPolicy: Policy = (places) => [
  ...READ_STACK(places),
  allow(['s3:ListBucket'], places.eventBucket),
  allow(['s3:GetObject', 's3:DeleteObject'], `${places.eventBucket}/errors/*`),
  allow(['s3:PutObject'], `${places.eventBucket}/errors-done/*`),
  allow(['firehose:PutRecordBatch'], places.stream),
];

/** Describing trails, metrics and the account's settings has no resource; destinations may be anywhere. */
export const preflightPolicy: Policy = (places) => [
  ...READ_STACK(places),
  allow(
    [
      'cloudtrail:DescribeTrails',
      'cloudtrail:GetTrailStatus',
      'cloudtrail:GetEventSelectors',
      'cloudtrail:GetInsightSelectors',
      'cloudtrail:GetEventConfiguration',
      'cloudwatch:GetMetricData',
      'lambda:GetAccountSettings',
      'lambda:ListEventSourceMappings',
      'lambda:GetFunctionConfiguration',
      'sns:GetTopicAttributes',
      'sqs:GetQueueUrl',
    ],
    '*',
  ),
  allow(
    [
      's3:ListBucket',
      's3:GetBucketLocation',
      's3:GetBucketNotification',
      's3:GetLifecycleConfiguration',
      's3:GetEncryptionConfiguration',
    ],
    places.bucket,
  ),
  allow(['kms:DescribeKey', 'kms:GetKeyPolicy'], places.key),
  allow(['firehose:DescribeDeliveryStream'], places.stream),
  allow(['lambda:GetFunctionConcurrency'], places.function),
];

export const statusPolicy: Policy = (places) => [
  ...READ_STACK(places),
  allow(['cloudwatch:DescribeAlarms', 'cloudwatch:GetMetricData', 'lambda:GetEventSourceMapping'], '*'),
  allow(['sqs:GetQueueAttributes'], places.workQueue, places.deadLetterQueue),
  allow(['sqs:ReceiveMessage', 'sqs:ChangeMessageVisibility'], places.deadLetterQueue),
  allow(['lambda:GetFunctionConfiguration'], places.function),
  allow(['s3:ListBucket'], places.bucket),
];

/** What starts a backfill, and what `--local` reads and sends. */
export const backfillPolicy: Policy = (places) => [
  ...READ_STACK(places),
  allow(['s3:ListBucket'], places.bucket),
  allow(['sqs:SendMessage'], places.backfillQueue),
  allow(['s3:GetObject'], `${places.bucket}/*`),
  allow(['firehose:PutRecordBatch'], places.stream),
];

export const backfillStatusPolicy: Policy = (places) => [
  ...READ_STACK(places),
  allow(['cloudwatch:GetMetricStatistics'], '*'),
  allow(['sqs:GetQueueAttributes'], places.backfillQueue, places.backfillDeadLetterQueue),
  allow(['lambda:GetEventSourceMapping'], places.backfillMapping),
  allow(['logs:FilterLogEvents'], places.backfillLog),
];

export const backfillPausePolicy: Policy = (places) => [
  ...READ_STACK(places),
  allow(['cloudwatch:GetMetricStatistics'], '*'),
  allow(['sqs:GetQueueAttributes'], places.backfillQueue),
  allow(['lambda:GetEventSourceMapping', 'lambda:UpdateEventSourceMapping'], places.backfillMapping),
];

export const backfillResumePolicy: Policy = (places) => [
  ...READ_STACK(places),
  allow(['lambda:GetEventSourceMapping', 'lambda:UpdateEventSourceMapping'], places.backfillMapping),
];

export const backfillStopPolicy: Policy = (places) => [
  ...backfillResumePolicy(places),
  allow(
    ['sqs:GetQueueAttributes', 'sqs:ReceiveMessage', 'sqs:ChangeMessageVisibility', 'sqs:DeleteMessage'],
    places.backfillQueue,
  ),
];
