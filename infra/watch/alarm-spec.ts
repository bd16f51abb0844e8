import type { CreateAlarmOptions, IMetric } from 'aws-cdk-lib/aws-cloudwatch';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { Senders } from '../function/senders.ts';
import type { WorkQueue } from '../function/work-queue.ts';
import type { EventStream } from '../stream/event-stream.ts';

export interface MonitoredResources {
  /** Function that delivers the events. */
  readonly lambda: IFunction;
  /** Work queue and its dead-letter queue. */
  readonly workQueue: WorkQueue;
  /** Stream that the function writes to. */
  readonly stream: EventStream;
  /** Other streams that the function writes to. @default - none */
  readonly moreStreams?: readonly EventStream[];
  /** Services between the bucket and the work queue, without a topic of another account. @default - none */
  readonly senders?: Senders;
  /** Minutes without a delivery that raise an alarm, a multiple of 5; 0 disables the alarm. */
  readonly noDeliveryMinutes: number;
  /** Function and queue of a backfill. @default - none */
  readonly backfill?: MonitoredBackfill;
  /** Names of the rules that may drop records. @default - none */
  readonly droppingRules?: readonly string[];
  /** Percentage of the records that one rule may drop within an hour before an alarm. @default - no such alarm */
  readonly maxDropShare?: number;
}

export interface MonitoredBackfill {
  /** Function that walks the bucket and delivers its events. */
  readonly lambda: IFunction;
  /** Backfill queue and its dead-letter queue. */
  readonly workQueue: WorkQueue;
  /** Stream that only the backfill uses. @default - it shares the stream */
  readonly ownStream?: EventStream;
}

/** One alarm. */
export interface AlarmSpec extends Partial<CreateAlarmOptions> {
  /** Heading of `docs/runbook.md` with causes and fixes, and part of the alarm name. */
  readonly heading: string;
  /** Destination or sender that distinguishes alarms with the same heading. @default - one alarm per heading */
  readonly qualifier?: string;
  /** What the alarm means, in one or two sentences. */
  readonly summary: string;
  /** Metric that the alarm watches. */
  readonly metric: IMetric;
}
