import { Duration } from 'aws-cdk-lib';
import {
  ComparisonOperator,
  type CreateAlarmOptions,
  type IMetric,
  Stats,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { WorkQueue } from '../function/work-queue.ts';
import type { EventStream } from '../stream/event-stream.ts';
import { pipelineMetric, streamMetric } from './pipeline-metrics.ts';

export interface MonitoredResources {
  readonly lambda: IFunction;
  readonly workQueue: WorkQueue;
  readonly stream: EventStream;
  /** Alarm where nothing was delivered for so long; 0 for no such alarm. A multiple of 5. */
  readonly noDeliveryMinutes: number;
}

/** One alarm. `heading` is the one in `docs/runbook.md` that says what to look at and what to do. */
export interface AlarmSpec extends Partial<CreateAlarmOptions> {
  readonly heading: string;
  /** Sets apart those under one heading. */
  readonly destination?: string;
  readonly summary: string;
  readonly metric: IMetric;
}

/** Every alarm, in the order of the data. Unless said otherwise one of whatever is counted is one too many. */
export function listAlarms(watched: MonitoredResources): AlarmSpec[] {
  return [
    ...queueAlarms(watched),
    ...functionAlarms(watched.lambda),
    ...recordAlarms(watched.lambda.functionName),
    ...streamAlarms(watched.stream),
    ...freshnessAlarms(watched),
  ];
}

function queueAlarms({ lambda, workQueue: { queue, deadLetters } }: MonitoredResources): AlarmSpec[] {
  return [
    {
      heading: 'WorkQueueAge',
      summary: 'A notification has waited for an hour.',
      metric: queue.metricApproximateAgeOfOldestMessage({ statistic: Stats.MAXIMUM }),
      threshold: 3600,
      evaluationPeriods: 3,
    },
    {
      heading: 'OldestUnfinishedObject',
      summary: 'A log object has been unfinished for an hour.',
      // Each requeue is a new message, so the age of the oldest message does not show it. It is requeued with up to
      // 15 minutes of delay and an invocation takes up to 15 more: each half hour has at least one of its points.
      metric: pipelineMetric(lambda.functionName, 'oldestUnfinishedSeconds', {
        statistic: Stats.MAXIMUM,
        period: Duration.minutes(30),
      }),
      threshold: 3600,
    },
    {
      heading: 'DeadLetterQueueNotEmpty',
      summary: 'At least one log object was given up after several tries.',
      metric: deadLetters.metricApproximateNumberOfMessagesVisible({ statistic: Stats.MAXIMUM }),
    },
  ];
}

function functionAlarms(lambda: IFunction): AlarmSpec[] {
  return [
    {
      heading: 'FunctionErrors',
      summary:
        'An invocation failed as a whole: it crashed, timed out, or a direct notification was not dealt with.',
      metric: lambda.metricErrors(),
    },
    {
      heading: 'FunctionThrottles',
      summary: 'Lambda had no concurrency left for the function for a quarter of an hour.',
      metric: lambda.metricThrottles(),
      evaluationPeriods: 3,
    },
  ];
}

function recordAlarms(functionName: string): AlarmSpec[] {
  return [
    {
      heading: 'RecordCountMismatch',
      summary: 'Records read are not records delivered, filtered, failed and left. Nothing was acknowledged.',
      metric: pipelineMetric(functionName, 'unbalanced'),
    },
    {
      heading: 'WithoutRecords',
      summary: 'A log object is JSON of no form that has records. It was acknowledged; the log names it.',
      metric: pipelineMetric(functionName, 'withoutRecords'),
    },
    {
      heading: 'MalformedRecords',
      summary: 'Records that could not be normalized were delivered as pipeline_error events.',
      metric: pipelineMetric(functionName, 'malformed'),
    },
    {
      heading: 'TruncatedEvents',
      summary: 'Events gave something up to fit in a Firehose record.',
      metric: pipelineMetric(functionName, 'truncated'),
    },
  ];
}

function streamAlarms(stream: EventStream): AlarmSpec[] {
  const throttled: AlarmSpec = {
    heading: 'FirehoseThrottled',
    summary: 'The stream has been at its quota for a quarter of an hour. Nothing is lost: it is tried again.',
    metric: streamMetric(stream, 'ThrottledRecords'),
    evaluationPeriods: 3,
  };
  const deliveries = stream.destinations.flatMap((destination): AlarmSpec[] => [
    {
      heading: 'FirehoseDeliveryFailed',
      destination,
      summary: 'Firehose has the events but could not deliver all of them.',
      metric: streamMetric(stream, `DeliveryTo${destination}.Success`, { statistic: Stats.AVERAGE }),
      threshold: 1,
      comparisonOperator: ComparisonOperator.LESS_THAN_THRESHOLD,
    },
    {
      heading: 'FirehoseDeliveryLag',
      destination,
      summary:
        'The oldest event in the stream has waited for a quarter of an hour, longer than any buffer holds it.',
      metric: streamMetric(stream, `DeliveryTo${destination}.DataFreshness`, { statistic: Stats.MAXIMUM }),
      threshold: 900,
      comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
    },
  ]);
  return [throttled, ...deliveries];
}

function freshnessAlarms({ lambda, noDeliveryMinutes }: MonitoredResources): AlarmSpec[] {
  if (noDeliveryMinutes === 0) return [];
  return [
    {
      heading: 'NoDelivery',
      summary: `Not one event was delivered for ${noDeliveryMinutes} minutes.`,
      metric: pipelineMetric(lambda.functionName, 'delivered', { period: Duration.minutes(5) }),
      evaluationPeriods: noDeliveryMinutes / 5,
      comparisonOperator: ComparisonOperator.LESS_THAN_THRESHOLD,
      // No invocation, no metric: silence is just what this is about.
      treatMissingData: TreatMissingData.BREACHING,
    },
  ];
}
