import { Duration } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { BACKFILL_QUEUE } from '../../lambda/contract.ts';
import { DeliverFunction, type DeliverFunctionProps } from '../function/deliver-function.ts';
import { WorkQueue } from '../function/work-queue.ts';
import { BACKFILL_CONCURRENCY } from '../settings/backfill-defaults.ts';
import type { EventStream } from '../stream/event-stream.ts';

export interface BackfillProps
  extends Omit<
    DeliverFunctionProps,
    'workQueue' | 'deliveryStreamName' | 'deliveryStreamArn' | 'reservedConcurrency' | 'isBackfill'
  > {
  /** Stream that receives the events: one of its own, or the one that new log objects share. */
  readonly stream: EventStream;
  /** Maximum number of concurrent invocations. @default 2, the minimum of SQS */
  readonly maxConcurrency?: number;
}

/**
 * A second queue and a second function of the same code, so log objects of the past do not delay new ones. A cursor
 * message on the queue walks the bucket; see `lambda/backfill/`.
 *
 * Both queues outlive the stack and the setting, with the messages that wait on them, unless `removalPolicy` is DESTROY.
 */
export class Backfill extends Construct {
  readonly workQueue: WorkQueue;
  readonly deliver: DeliverFunction;
  readonly stream: EventStream;
  /** UUID of the event source mapping, which a pause disables. */
  readonly mappingId: string;

  constructor(scope: Construct, id: string, { stream, ...props }: BackfillProps) {
    super(scope, id);
    const { maxConcurrency = BACKFILL_CONCURRENCY, ...functionProps } = props;
    this.stream = stream;
    this.workQueue = new WorkQueue(this, 'Work', {
      functionTimeout: props.timeout ?? Duration.minutes(5),
      retention: Duration.days(BACKFILL_QUEUE.retentionDays),
      encryptionKey: props.encryptionKey,
      removalPolicy: props.removalPolicy,
    });
    this.deliver = new DeliverFunction(this, 'Deliver', {
      ...functionProps,
      workQueue: this.workQueue.queue,
      deliveryStreamName: stream.deliveryStreamName,
      deliveryStreamArn: stream.deliveryStreamArn,
      isBackfill: true,
    });
    // A cursor takes one message at a time, so a batching window would delay each page.
    const mapping = this.workQueue.feed(this.deliver.lambda, maxConcurrency, Duration.seconds(0));
    this.mappingId = mapping.eventSourceMappingId;
  }
}
