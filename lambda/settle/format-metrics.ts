import { METRIC_DIMENSION, METRIC_NAMESPACE, METRICS } from '../contract.ts';

/**
 * Formats the metrics of an invocation as one line. CloudWatch extracts metrics from its embedded format:
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 *
 * @param functionName the only dimension of the metrics
 */
export function formatMetrics(
  report: Record<keyof typeof METRICS, number>,
  functionName: string,
  now: Date,
): string {
  const names = Object.keys(METRICS) as (keyof typeof METRICS)[];
  return JSON.stringify({
    _aws: {
      Timestamp: now.getTime(),
      CloudWatchMetrics: [
        {
          Namespace: METRIC_NAMESPACE,
          Dimensions: [[METRIC_DIMENSION]],
          Metrics: names.map((name) => ({ Name: METRICS[name], Unit: unitOf(name) })),
        },
      ],
    },
    [METRIC_DIMENSION]: functionName,
    ...Object.fromEntries(names.map((name) => [METRICS[name], report[name]])),
  });
}

function unitOf(name: string): 'Bytes' | 'Seconds' | 'Count' {
  if (name.endsWith('Bytes')) return 'Bytes';
  return name.endsWith('Seconds') ? 'Seconds' : 'Count';
}
