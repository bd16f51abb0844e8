import { Duration } from 'aws-cdk-lib';
import {
  ComparisonOperator,
  type IMetric,
  MathExpression,
  Stats,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { AlarmSpec, MonitoredBackfill, MonitoredResources } from './alarm-spec.ts';
import { PERIOD, pipelineMetric, ruleMetric, topicMetric } from './pipeline-metrics.ts';
import { recordAlarms, ruleAlarms } from './record-alarms.ts';
import { deliveryAlarms, streamAlarms } from './stream-alarms.ts';

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
