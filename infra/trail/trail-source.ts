import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import type { LogLocation } from './log-location.ts';

/** The bucket that a trail writes to, new or existing, and how it tells of a new log object. */
export interface TrailSource {
  readonly bucketName: string;
  readonly bucketArn: string;
  readonly location: LogLocation;
  /** The key that encrypts the log objects, if there is one. */
  readonly keyArn?: string;
  /** The topic that CloudTrail tells of new log objects. */
  readonly topicArn?: string;

  /** Has the bucket notify a queue. */
  notifyQueue(queue: Queue): void;
  /** Has the bucket invoke a function. */
  notifyFunction(target: IFunction): void;
  /** Has the bucket send its events to EventBridge. */
  notifyEventBridge(): void;
}
