import { Duration } from 'aws-cdk-lib';
import {
  ComparisonOperator,
  type CreateAlarmOptions,
  type IMetric,
  MathExpression,
  Stats,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { Senders } from '../function/senders.ts';
import type { WorkQueue } from '../function/work-queue.ts';
import type { EventStream } from '../stream/event-stream.ts';
import {
  dropMetric,
  PERIOD,
  pipelineMetric,
  ruleMetric,
  streamsMetric,
  topicMetric,
} from './pipeline-metrics.ts';

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

/** Lists every alarm in data flow order. The default threshold is 1. */
export function listAlarms(resources: MonitoredResources): AlarmSpec[] {
  return [
    ...senderAlarms(resources),
    ...queueAlarms(resources),
    ...functionAlarms(resources.lambda),
    ...recordAlarms(resources.lambda.functionName),
    ...ruleAlarms(resources),
    ...streamAlarms([resources.stream, ...(resources.moreStreams ?? [])]),
    ...freshnessAlarms(resources),
    ...(resources.backfill ? backfillAlarms(resources.backfill) : []),
  ];
}

/**
 * A backfill has alarms for what is lost or wrong, under the headings of the work queue's. It is expected to be slow and
 * to use up its quota, so it has none for age and throttles.
 */
function backfillAlarms({ lambda, workQueue, ownStream }: MonitoredBackfill): AlarmSpec[] {
  const qualify = (spec: AlarmSpec): AlarmSpec => ({
    ...spec,
    qualifier: `Backfill${spec.qualifier ?? ''}`,
    summary: `Backfill: ${spec.summary}`,
  });
  return [
    {
      heading: 'BackfillDeadLetters',
      summary:
        'At least one message of a backfill failed all its attempts. Its range or objects are unfinished.',
      metric: workQueue.deadLetters.metricApproximateNumberOfMessagesVisible({ statistic: Stats.MAXIMUM }),
    },
    ...[errorAlarm(lambda), ...recordAlarms(lambda.functionName)].map(qualify),
    ...(ownStream ? deliveryAlarms([ownStream], '').map(qualify) : []),
  ];
}

/** A notification that its sender can put on neither queue is lost, and only the sender's metrics show it. */
function senderAlarms({ lambda, senders = {} }: MonitoredResources): AlarmSpec[] {
  const { rules = [], topic, isDirect = false } = senders;
  const lost = (qualifier: string, sender: string, metric: IMetric): AlarmSpec => ({
    heading: 'NotificationsLost',
    qualifier,
    summary: `${sender} lost a notification: it could not put it on the work queue or the dead-letter queue.`,
    metric,
  });
  return [
    ...rules.map((rule, i) =>
      lost(
        `EventBridge${i === 0 ? '' : i + 1}`,
        'EventBridge',
        ruleMetric(rule, 'InvocationsFailedToBeSentToDlq'),
      ),
    ),
    ...(topic ? [lost('SNS', 'SNS', topicMetric(topic, 'NumberOfNotificationsFailedToRedriveToDlq'))] : []),
    ...(isDirect
      ? [
          {
            ...lost('Lambda', 'Lambda', lambda.metric('DestinationDeliveryFailures', SUM)),
            summary: 'Lambda lost a notification: it could not put a failed invocation on the work queue.',
          },
          {
            heading: 'DirectInvocationsGivenUp',
            summary: 'Lambda stopped retrying a direct notification and put it on the work queue.',
            metric: lambda.metric('AsyncEventsDropped', SUM),
          },
        ]
      : []),
  ];
}

const SUM = { statistic: Stats.SUM, period: PERIOD };

function queueAlarms({ lambda, workQueue: { queue, deadLetters } }: MonitoredResources): AlarmSpec[] {
  return [
    {
      heading: 'WorkQueueAge',
      summary: 'The oldest message on the work queue is more than an hour old.',
      metric: queue.metricApproximateAgeOfOldestMessage({ statistic: Stats.MAXIMUM }),
      threshold: 3600,
      evaluationPeriods: 3,
    },
    {
      heading: 'OldestUnfinishedObject',
      summary: 'A log object is still unfinished an hour after the function first saw it.',
      // Each requeue is a new message, so the age of the oldest message does not show this. With a delay of
      // up to 15 minutes and an invocation of up to 15 more, every half hour has at least one data point.
      metric: pipelineMetric(lambda.functionName, 'oldestUnfinishedSeconds', {
        statistic: Stats.MAXIMUM,
        period: Duration.minutes(30),
      }),
      threshold: 3600,
    },
    {
      heading: 'DeadLetterQueueNotEmpty',
      summary: 'At least one message failed all its attempts and is in the dead-letter queue.',
      metric: deadLetters.metricApproximateNumberOfMessagesVisible({ statistic: Stats.MAXIMUM }),
    },
    {
      heading: 'DeadLetterQueueGrows',
      summary: 'More messages arrived in the dead-letter queue, which was not empty.',
      // SQS does not count a message that it moves here as sent, so only the number of messages shows it. The sum of
      // averages is the average number of all messages, which does not change while an operator receives some.
      metric: new MathExpression({
        expression: 'DIFF(visible + inFlight)',
        usingMetrics: {
          visible: deadLetters.metricApproximateNumberOfMessagesVisible({ statistic: Stats.AVERAGE }),
          inFlight: deadLetters.metricApproximateNumberOfMessagesNotVisible({ statistic: Stats.AVERAGE }),
        },
        period: PERIOD,
        label: 'New dead letters',
      }),
      // A message that arrives within a period raises this average and the next, one of them by at least a half.
      threshold: 0.5,
    },
  ];
}

function errorAlarm(lambda: IFunction): AlarmSpec {
  return {
    heading: 'FunctionErrors',
    summary: 'An invocation crashed, timed out, or could not process a direct notification.',
    metric: lambda.metricErrors(),
  };
}

function functionAlarms(lambda: IFunction): AlarmSpec[] {
  return [
    errorAlarm(lambda),
    {
      heading: 'FunctionThrottles',
      summary: 'Lambda has throttled the function for 15 minutes.',
      metric: lambda.metricThrottles(),
      evaluationPeriods: 3,
    },
  ];
}

function recordAlarms(functionName: string): AlarmSpec[] {
  return [
    {
      heading: 'RecordCountMismatch',
      summary: 'Record counts do not add up. Nothing was acknowledged; expect duplicates, not loss.',
      metric: pipelineMetric(functionName, 'unbalanced'),
    },
    {
      heading: 'WithoutRecords',
      summary: 'A log object contains JSON without records. It was acknowledged; the function log names it.',
      metric: pipelineMetric(functionName, 'withoutRecords'),
    },
    {
      heading: 'UnknownKinds',
      summary:
        'The trail writes log objects to a folder that this version does not know. They are delivered.',
      // A new kind arrives with most deliveries of the trail. Hours keep it from ending and starting the alarm.
      metric: pipelineMetric(functionName, 'unknownKinds', { period: Duration.hours(1) }),
    },
    {
      heading: 'MalformedRecords',
      summary: 'Some records could not be normalized and were delivered as pipeline_error events.',
      metric: pipelineMetric(functionName, 'malformed'),
    },
    {
      heading: 'TruncatedEvents',
      summary: 'Some events were truncated to fit in a Firehose record.',
      metric: pipelineMetric(functionName, 'truncated'),
    },
  ];
}

/** A rule that drops more than it should is too wide, or someone uses what it drops to hide. */
function ruleAlarms({ lambda, droppingRules = [], maxDropShare }: MonitoredResources): AlarmSpec[] {
  if (maxDropShare === undefined) return [];
  // One log object may have only records that a rule drops. An hour has many.
  const period = Duration.hours(1);
  return droppingRules.map((rule) => ({
    heading: 'RuleDropsTooMuch',
    qualifier: rule,
    summary: `Rule ${rule} dropped more than ${maxDropShare} % of the records within an hour.`,
    metric: new MathExpression({
      expression: '100 * dropped / records',
      usingMetrics: {
        dropped: dropMetric(lambda.functionName, rule, { period }),
        records: pipelineMetric(lambda.functionName, 'recordsRead', { period }),
      },
      period,
      label: 'Dropped (%)',
    }),
    threshold: maxDropShare,
    comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
  }));
}

/**
 * Alarms on metric math have at most 10 metrics, so every 10 streams share an alarm. CloudWatch bills each metric of an
 * alarm, so more streams per alarm would cost the same.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-limits.html
 */
const MAX_ALARM_METRICS = 10;

function streamAlarms(streams: readonly EventStream[]): AlarmSpec[] {
  const count = Math.ceil(streams.length / MAX_ALARM_METRICS);
  const groups = Array.from({ length: count }, (_, i) =>
    streams.slice(i * MAX_ALARM_METRICS, (i + 1) * MAX_ALARM_METRICS),
  );
  return groups.flatMap((group, i) => {
    const number = i === 0 ? '' : `${i + 1}`;
    const throttled: AlarmSpec = {
      heading: 'FirehoseThrottled',
      ...(number !== '' && { qualifier: number }),
      summary: `${subject(group)} has exceeded its quota for 15 minutes. Rejected records are retried, not lost.`,
      metric: streamsMetric(group, 'MAX', 'ThrottledRecords'),
      ...periodsOf(group, 3),
    };
    return [throttled, ...deliveryAlarms(group, number)];
  });
}

/**
 * Periods that raise an alarm. `FILL` also fills the latest period while its data is on the way. Data that is always late
 * would never raise the alarm, so with several streams one period more is evaluated. AWS recommends M out of N for that:
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html#metric-math-syntax-functions-list
 */
function periodsOf({ length }: readonly EventStream[], breaching = 1): Partial<AlarmSpec> {
  if (length === 1) return { evaluationPeriods: breaching };
  return { evaluationPeriods: breaching + 1, datapointsToAlarm: breaching };
}

function subject({ length }: readonly EventStream[]): string {
  return length === 1 ? 'The stream' : `At least one of ${length} streams`;
}

/** @param number distinguishes groups of streams; empty for the first */
function deliveryAlarms(streams: readonly EventStream[], number: string): AlarmSpec[] {
  const destinations = streams[0]?.destinations ?? [];
  return destinations.flatMap((destination): AlarmSpec[] => [
    {
      heading: 'FirehoseDeliveryFailed',
      qualifier: `${destination}${number}`,
      summary: 'Firehose accepted events that it could not deliver.',
      metric: streamsMetric(streams, 'MIN', `DeliveryTo${destination}.Success`, {
        statistic: Stats.AVERAGE,
      }),
      ...periodsOf(streams),
      threshold: 1,
      comparisonOperator: ComparisonOperator.LESS_THAN_THRESHOLD,
    },
    {
      heading: 'FirehoseDeliveryLag',
      qualifier: `${destination}${number}`,
      summary:
        'The oldest event in the stream is more than 15 minutes old, longer than any buffering interval.',
      metric: streamsMetric(streams, 'MAX', `DeliveryTo${destination}.DataFreshness`, {
        statistic: Stats.MAXIMUM,
      }),
      ...periodsOf(streams),
      threshold: 900,
      comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
    },
  ]);
}

function freshnessAlarms({ lambda, noDeliveryMinutes }: MonitoredResources): AlarmSpec[] {
  if (noDeliveryMinutes === 0) return [];
  return [
    {
      heading: 'NoDelivery',
      summary: `No event was delivered for ${noDeliveryMinutes} minutes.`,
      metric: pipelineMetric(lambda.functionName, 'delivered', { period: Duration.minutes(5) }),
      evaluationPeriods: noDeliveryMinutes / 5,
      comparisonOperator: ComparisonOperator.LESS_THAN_THRESHOLD,
      // Without invocations there is no metric, so missing data must alarm.
      treatMissingData: TreatMissingData.BREACHING,
    },
  ];
}
