import { Duration } from 'aws-cdk-lib';
import { type IMetric, MathExpression, Metric, type MetricOptions, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import type { IRule } from 'aws-cdk-lib/aws-events';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import {
  METRIC_DIMENSION,
  METRIC_NAMESPACE,
  METRICS,
  RULE_DIMENSION,
  RULE_METRIC,
} from '../../lambda/contract.ts';
import type { EventStream } from '../stream/event-stream.ts';

/**
 * AWS services publish once per minute. One point per five minutes is enough for alarms and graphs.
 */
export const PERIOD = Duration.minutes(5);

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

/** Returns the number of records that a rule dropped, by default its sum per 5 minutes. */
export function dropMetric(functionName: string, rule: string, options: MetricOptions = {}): Metric {
  return new Metric({
    namespace: METRIC_NAMESPACE,
    metricName: RULE_METRIC,
    dimensionsMap: { [METRIC_DIMENSION]: functionName, [RULE_DIMENSION]: rule },
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

/**
 * How a metric of several streams becomes one, and what a stream without data counts as. A stream that receives nothing
 * must not hide the others, and must not raise an alarm: AWS does not document what `MAX` and `MIN` make of a missing
 * value, so `FILL` replaces it.
 */
const COMBINE = { SUM: 0, MAX: 0, MIN: 1 } as const;

/**
 * Returns a metric of all streams together, by default its sum per 5 minutes; the metric itself for one stream.
 *
 * Of an array of time series, `SUM`, `MAX` and `MIN` return one time series, as an alarm needs. AWS advises against them
 * in alarms, because an alarm reads more data points than it evaluates. That changes the scalar that they return for a
 * single series, but no data point of an array's. The array is listed: `METRICS()` has all metrics of a widget.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html#metric-math-syntax-functions-list
 */
export function streamsMetric(
  streams: readonly EventStream[],
  combine: keyof typeof COMBINE,
  metricName: string,
  options: MetricOptions = {},
): IMetric {
  const [first] = streams;
  if (first && streams.length === 1) return streamMetric(first, metricName, options);
  const prefix = metricName.charAt(0).toLowerCase() + metricName.slice(1).replaceAll('.', '');
  const metrics = streams.map((stream, i) => [
    `${prefix}${i + 1}`,
    streamMetric(stream, metricName, options),
  ]);
  const usingMetrics: Record<string, IMetric> = Object.fromEntries(metrics);
  const filled = Object.keys(usingMetrics).map((id) => `FILL(${id},${COMBINE[combine]})`);
  const expression = `${combine}([${filled.join()}])`;
  return new MathExpression({ expression, usingMetrics, period: PERIOD, label: metricName });
}

/**
 * Returns the sum per 5 minutes of a metric of a rule on the default event bus.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-monitoring.html
 */
export function ruleMetric({ ruleName }: IRule, metricName: string): Metric {
  return new Metric({
    namespace: 'AWS/Events',
    metricName,
    dimensionsMap: { RuleName: ruleName },
    statistic: Stats.SUM,
    period: PERIOD,
  });
}

/**
 * Returns the sum per 5 minutes of a metric of a topic. CDK has no method for the metrics of dead-letter queues.
 * https://docs.aws.amazon.com/sns/latest/dg/sns-monitoring-using-cloudwatch.html
 */
export function topicMetric(topic: ITopic, metricName: string): Metric {
  return topic.metric(metricName, { statistic: Stats.SUM, period: PERIOD });
}
