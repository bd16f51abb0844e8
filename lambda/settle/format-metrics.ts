import { METRIC_DIMENSION, METRIC_NAMESPACE, METRICS, RULE_DIMENSION, RULE_METRIC } from '../contract.ts';

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
  const metrics = names.map((name) => ({ name: METRICS[name], unit: unitOf(name), value: report[name] }));
  return formatLine({ [METRIC_DIMENSION]: functionName }, metrics, now);
}

/**
 * Formats one line per rule that dropped records, because a line has one value per dimension.
 *
 * @param functionName the other dimension
 */
export function formatRuleMetrics(
  { filteredByRule }: { filteredByRule: Record<string, number> },
  functionName: string,
  now: Date,
): string[] {
  return Object.entries(filteredByRule).map(([rule, value]) => {
    const dimensions = { [METRIC_DIMENSION]: functionName, [RULE_DIMENSION]: rule };
    return formatLine(dimensions, [{ name: RULE_METRIC, unit: 'Count', value }], now);
  });
}

interface MetricValue {
  name: string;
  unit: string;
  value: number;
}

function formatLine(dimensions: Record<string, string>, metrics: MetricValue[], now: Date): string {
  return JSON.stringify({
    _aws: {
      Timestamp: now.getTime(),
      CloudWatchMetrics: [
        {
          Namespace: METRIC_NAMESPACE,
          Dimensions: [Object.keys(dimensions)],
          Metrics: metrics.map(({ name, unit }) => ({ Name: name, Unit: unit })),
        },
      ],
    },
    ...dimensions,
    ...Object.fromEntries(metrics.map(({ name, value }) => [name, value])),
  });
}

function unitOf(name: string): 'Bytes' | 'Seconds' | 'Count' {
  if (name.endsWith('Bytes')) return 'Bytes';
  return name.endsWith('Seconds') ? 'Seconds' : 'Count';
}
