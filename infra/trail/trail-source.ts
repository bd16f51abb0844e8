import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import type { LogLocation } from './log-location.ts';

/** A new or existing bucket that a trail writes to. */
export interface TrailSource {
  /** Name of the bucket. */
  readonly bucketName: string;
  /** ARN of the bucket. */
  readonly bucketArn: string;
  /** Location of the log objects in the bucket. */
  readonly location: LogLocation;
  /** ARN of the KMS key that encrypts the log objects. @default - no KMS key */
  readonly keyArn?: string;
  /** ARN of a new trail. @default - an existing trail */
  readonly trailArn?: string;
  /** Commands that create a new trail in another account. @default - the stack creates the trail, or it exists */
  readonly createCommand?: string;
  /** ARN of the topic that CloudTrail notifies of new log objects. @default - no topic */
  readonly topicArn?: string;

  /** Makes the bucket notify a queue of new log objects. */
  notifyQueue(queue: Queue): void;
  /** Makes the bucket invoke a function for new log objects. */
  notifyFunction(target: IFunction): void;
  /** Makes the bucket send its events to EventBridge, if the stack owns the bucket. */
  notifyEventBridge(): void;
}
