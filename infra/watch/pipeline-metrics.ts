import { Duration } from 'aws-cdk-lib';
import { Metric, type MetricOptions, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import { METRIC_DIMENSION, METRIC_NAMESPACE, METRICS } from '../../lambda/contract.ts';
import type { EventStream } from '../stream/event-stream.ts';

/** Firehose and Lambda tell once a minute; five are a point that is worth an alarm. */
const PERIOD = Duration.minutes(5);

/** A metric that the function writes; summed up unless told otherwise. */
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

/** A metric of the stream: https://docs.aws.amazon.com/firehose/latest/dev/monitoring-with-cloudwatch-metrics.html */
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
