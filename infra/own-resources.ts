import type { Stack } from 'aws-cdk-lib';
import { Bucket, CfnBucket } from 'aws-cdk-lib/aws-s3';
import type { Parts } from './outputs.ts';
import type { ArnPrefixes } from './trail/event-selectors.ts';

/** Lists the resources of the pipeline whose data events a log object causes, by resource type of CloudTrail. */
export function ownResources(
  stack: Stack,
  { trail, workQueue, deliver, stream, receiptStream }: Parts,
): ArnPrefixes {
  const bucketArns = stack.node
    .findAll()
    .filter((resource) => resource instanceof CfnBucket)
    .map(({ attrArn }) => attrArn);
  // An existing event bucket is not among the stack's resources.
  if (stream.bucket && !(stream.bucket instanceof Bucket)) bucketArns.push(stream.bucket.bucketArn);
  return {
    'AWS::S3::Object': bucketArns.map((arn) => `${arn}/`),
    'AWS::Lambda::Function': [deliver.lambda.functionArn],
    'AWS::SQS::Queue': [workQueue.queue.queueArn, workQueue.deadLetters.queueArn],
    'AWS::KinesisFirehose::DeliveryStream': [
      stream.deliveryStreamArn,
      ...(receiptStream ? [receiptStream.deliveryStreamArn] : []),
    ],
    ...(trail.topicArn && { 'AWS::SNS::Topic': [trail.topicArn] }),
  };
}
