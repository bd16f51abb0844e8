import { Duration } from 'aws-cdk-lib';
import { EventSourceMapping, type IFunction } from 'aws-cdk-lib/aws-lambda';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { WORK_QUEUE } from '../lambda/contract.ts';

export interface WorkQueueProps {
  /** The timeout of the function that reads the queue. */
  readonly functionTimeout: Duration;
  /** Tries of a message before it goes to the dead-letter queue. @default 3 */
  readonly maxReceives?: number;
}

/**
 * What is still to be done: notifications, resume messages, and what a direct invocation could not do. Behind
 * it the dead-letter queue, where nothing leads out of but a person.
 */
export class WorkQueue extends Construct {
  readonly queue: Queue;
  readonly deadLetters: Queue;

  constructor(
    scope: Construct,
    id: string,
    { functionTimeout, maxReceives = WORK_QUEUE.maxReceives }: WorkQueueProps,
  ) {
    super(scope, id);
    this.deadLetters = new Queue(this, 'DeadLetters', {
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      // The longest there is: a message keeps the age that it came with.
      retentionPeriod: Duration.days(14),
    });
    this.queue = new Queue(this, 'Queue', {
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      // https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
      visibilityTimeout: Duration.seconds(functionTimeout.toSeconds() * 6),
      retentionPeriod: Duration.days(4),
      deadLetterQueue: { queue: this.deadLetters, maxReceiveCount: maxReceives },
    });
  }

  /**
   * Has the queue invoke a function.
   *
   * @param maxConcurrency keeps a burst of log objects from becoming a storm of throttled Firehose calls
   */
  feed(target: IFunction, maxConcurrency: number): void {
    new EventSourceMapping(this, 'Feed', {
      target,
      eventSourceArn: this.queue.queueArn,
      batchSize: WORK_QUEUE.batchSize,
      // Log objects come in waves of some minutes: waiting a moment fills the batches.
      maxBatchingWindow: Duration.seconds(5),
      reportBatchItemFailures: true,
      maxConcurrency,
    });
  }
}
