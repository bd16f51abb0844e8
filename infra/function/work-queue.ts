import { Duration } from 'aws-cdk-lib';
import { EventSourceMapping, type IFunction } from 'aws-cdk-lib/aws-lambda';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { WORK_QUEUE } from '../../lambda/contract.ts';

export interface WorkQueueProps {
  /** The timeout of the function that reads the queue. */
  readonly functionTimeout: Duration;
  /** Receives of a message before it goes to the dead-letter queue. @default 5 */
  readonly maxReceives?: number;
}

/** Days that the dead-letter queue keeps a message, counted from its first arrival: the most that SQS offers. */
export const DEAD_LETTER_DAYS = 14;

/**
 * The work that is left: notifications, resume messages, and direct notifications whose invocation failed. After
 * `maxReceives` receives a message goes to the dead-letter queue, and only an operator can send it back.
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
      // A standard queue's message keeps its age when it moves here, so this must be longer than the work queue's.
      // https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/setting-up-dead-letter-queue-retention.html
      retentionPeriod: Duration.days(DEAD_LETTER_DAYS),
    });
    this.queue = new Queue(this, 'Queue', {
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      // https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
      visibilityTimeout: Duration.seconds(functionTimeout.toSeconds() * 6),
      retentionPeriod: Duration.days(WORK_QUEUE.retentionDays),
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
