import { CloudWatchClient, GetMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import { CLIENT_OPTIONS } from './client-options.ts';

/** A metric of one resource. */
export interface Metric {
  readonly namespace: string;
  readonly name: string;
  readonly dimensions: Readonly<Record<string, string>>;
  readonly statistic: 'Maximum' | 'Sum';
}

const PERIOD_SECONDS = 300;

/**
 * Returns the newest value of each metric, per 5 minutes; none for a metric without one.
 *
 * @param minutes how old a value may be
 * @throws the SDK's error
 */
export async function readMetrics<Name extends string>(
  metrics: Readonly<Record<Name, Metric>>,
  minutes: number,
  now: Date,
  stop: AbortSignal,
): Promise<Partial<Record<Name, number>>> {
  const client = new CloudWatchClient(CLIENT_OPTIONS);
  const names = Object.keys(metrics) as Name[];
  try {
    const { MetricDataResults = [] } = await client.send(
      new GetMetricDataCommand({
        StartTime: new Date(now.getTime() - minutes * 60_000),
        EndTime: now,
        ScanBy: 'TimestampDescending',
        MetricDataQueries: names.map((name, i) => ({ Id: `m${i}`, MetricStat: toStat(metrics[name]) })),
      }),
      { abortSignal: stop },
    );
    const values = names.flatMap((name, i) => {
      const value = MetricDataResults.find(({ Id }) => Id === `m${i}`)?.Values?.[0];
      return value === undefined ? [] : [[name, value] as const];
    });
    return Object.fromEntries(values) as Partial<Record<Name, number>>;
  } finally {
    client.destroy();
  }
}

function toStat({ namespace, name, dimensions, statistic }: Metric) {
  return {
    Metric: {
      Namespace: namespace,
      MetricName: name,
      Dimensions: Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value })),
    },
    Period: PERIOD_SECONDS,
    Stat: statistic,
  };
}
