import { CfnResource, Duration, type RemovalPolicy } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { EventSourceMapping, type IFunction } from 'aws-cdk-lib/aws-lambda';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { WORK_QUEUE } from '../../lambda/contract.ts';

export interface WorkQueueProps {
  /** Timeout of the function that reads the queue. */
  readonly functionTimeout: Duration;
  /** Number of receives before a message moves to the dead-letter queue. @default 5 */
  readonly maxReceives?: number;
  /** How long the queue keeps a message. @default Duration.days(7) */
  readonly retention?: Duration;
  /** Customer key of both queues. @default - SQS's own key */
  readonly encryptionKey?: IKey;
  /** What happens to both queues and their policies when they leave the stack. @default RemovalPolicy.DESTROY */
  readonly removalPolicy?: RemovalPolicy;
}

/** Days that the dead-letter queue keeps a message since it was first sent: the maximum of SQS. */
export const DEAD_LETTER_DAYS = 14;

/**
 * The queue of notifications, resume messages and failed direct invocations. After `maxReceives` receives, a
 * message moves to the dead-letter queue, and only an operator can redrive it.
 */
export class WorkQueue extends Construct {
  readonly queue: Queue;
  readonly deadLetters: Queue;

  constructor(
    scope: Construct,
    id: string,
    { functionTimeout, maxReceives = WORK_QUEUE.maxReceives, ...props }: WorkQueueProps,
  ) {
    super(scope, id);
    const { retention = Duration.days(WORK_QUEUE.retentionDays), encryptionKey, removalPolicy } = props;
    const encryption = encryptionKey
      ? { encryption: QueueEncryption.KMS, encryptionMasterKey: encryptionKey }
      : { encryption: QueueEncryption.SQS_MANAGED };
    this.deadLetters = new Queue(this, 'DeadLetters', {
      ...encryption,
      enforceSSL: true,
      // A message keeps its age when it moves here, so the retention must be longer than the work queue's.
      // https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/setting-up-dead-letter-queue-retention.html
      retentionPeriod: Duration.days(DEAD_LETTER_DAYS),
    });
    this.queue = new Queue(this, 'Queue', {
      ...encryption,
      enforceSSL: true,
      // https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
      visibilityTimeout: Duration.seconds(functionTimeout.toSeconds() * 6),
      retentionPeriod: retention,
      deadLetterQueue: { queue: this.deadLetters, maxReceiveCount: maxReceives },
    });
    if (removalPolicy === undefined) return;
    for (const resource of this.node.findAll())
      if (resource instanceof CfnResource) resource.applyRemovalPolicy(removalPolicy);
  }

  /**
   * Makes the queue invoke a function.
   *
   * @param maxConcurrency maximum number of concurrent invocations, so a burst of log objects causes less
   * throttling by Firehose
   * @param batchingWindow how long an incomplete batch waits for more messages. CloudTrail writes log objects in bursts,
   * minutes apart: 5 seconds fill the batches
   */
  feed(
    target: IFunction,
    maxConcurrency: number,
    batchingWindow: Duration = Duration.seconds(5),
  ): EventSourceMapping {
    return new EventSourceMapping(this, 'Feed', {
      target,
      eventSourceArn: this.queue.queueArn,
      batchSize: WORK_QUEUE.batchSize,
      maxBatchingWindow: batchingWindow,
      reportBatchItemFailures: true,
      maxConcurrency,
    });
  }
}
