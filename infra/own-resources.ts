import type { Stack } from 'aws-cdk-lib';
import { Bucket, CfnBucket } from 'aws-cdk-lib/aws-s3';
import type { Parts } from './outputs.ts';
import type { ArnPrefixes } from './trail/event-selectors.ts';

/** Lists the resources of the pipeline whose data events a log object causes, by resource type of CloudTrail. */
export function ownResources(
  stack: Stack,
  { trail, workQueue, deliver, stream, moreStreams, receiptStream, backfill }: Parts,
): ArnPrefixes {
  const bucketArns = stack.node
    .findAll()
    .filter((resource) => resource instanceof CfnBucket)
    .map(({ attrArn }) => attrArn);
  // An existing event bucket is not among the stack's resources.
  if (stream.bucket && !(stream.bucket instanceof Bucket)) bucketArns.push(stream.bucket.bucketArn);
  const functions = [deliver, ...(backfill ? [backfill.deliver] : [])];
  const queues = [workQueue, ...(backfill ? [backfill.workQueue] : [])];
  const streams = [
    ...[stream, ...moreStreams],
    ...(receiptStream ? [receiptStream] : []),
    ...(backfill ? [backfill.stream] : []),
  ];
  return {
    'AWS::S3::Object': bucketArns.map((arn) => `${arn}/`),
    'AWS::Lambda::Function': functions.map(({ lambda }) => lambda.functionArn),
    'AWS::SQS::Queue': queues.flatMap(({ queue, deadLetters }) => [queue.queueArn, deadLetters.queueArn]),
    'AWS::KinesisFirehose::DeliveryStream': [...new Set(streams.map((each) => each.deliveryStreamArn))],
    ...(trail.topicArn && { 'AWS::SNS::Topic': [trail.topicArn] }),
  };
}
