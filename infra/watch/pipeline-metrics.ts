import { Duration } from 'aws-cdk-lib';
import { Metric, type MetricOptions, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import { METRIC_DIMENSION, METRIC_NAMESPACE, METRICS } from '../../lambda/contract.ts';
import type { EventStream } from '../stream/event-stream.ts';

/**
 * Firehose and Lambda publish once per minute. One point per five minutes is enough for alarms and graphs.
 */
const PERIOD = Duration.minutes(5);

/** Returns a metric that the function writes, by default its sum per 5 minutes. */
export function pipelineMetric(
  functionName: string,
  name: keyof typeof METRICS,
  options: MetricOptions = {},
): Metric {
  return new Metric({
    namespace: METRIC_NAMESPACE,
    metricName: METRICS[name],
    dimensionsMap: { [METRIC_DIMENSION]: functionName },
    statistic: Stats.SUM,
    period: PERIOD,
    ...options,
  });
}

/**
 * Returns a metric of the stream, by default its sum per 5 minutes.
 * https://docs.aws.amazon.com/firehose/latest/dev/monitoring-with-cloudwatch-metrics.html
 */
export function streamMetric(
  { deliveryStreamName }: EventStream,
  metricName: string,
  options: MetricOptions = {},
): Metric {
  return new Metric({
    namespace: 'AWS/Firehose',
    metricName,
    dimensionsMap: { DeliveryStreamName: deliveryStreamName },
    statistic: Stats.SUM,
    period: PERIOD,
    ...options,
  });
}
