import { ComparisonOperator, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import type { EventStream } from '../stream/event-stream.ts';
import type { AlarmSpec } from './alarm-spec.ts';
import { streamsMetric } from './pipeline-metrics.ts';

/**
 * Alarms on metric math have at most 10 metrics, so every 10 streams share an alarm. CloudWatch bills each metric of an
 * alarm, so more streams per alarm would cost the same.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-limits.html
 */
const MAX_ALARM_METRICS = 10;

export function streamAlarms(streams: readonly EventStream[]): AlarmSpec[] {
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

/**
 * Alarms for what Firehose cannot deliver.
 *
 * @param number distinguishes groups of streams; empty for the first
 */
export function deliveryAlarms(streams: readonly EventStream[], number: string): AlarmSpec[] {
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
