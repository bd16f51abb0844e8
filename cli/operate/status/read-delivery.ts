import { METRIC_DIMENSION, METRIC_NAMESPACE, METRICS } from '../../../lambda/contract.ts';
import { type Answer, ask } from '../ask.ts';
import { type Metric, readMetrics } from '../metrics.ts';
import { defaultQuota } from '../preflight/judge-stream.ts';
import type { NamedQueue } from './read-queues.ts';
import type { DeliveryMetrics } from './status-report.ts';

const METRIC_MINUTES = 15;
const PERIOD_SECONDS = 300;

/** Latest values of metrics. Their names are those of this file. */
export type Values = Partial<Record<string, number>>;

/** Name of a queue's value. */
export function ageOf({ name }: NamedQueue): string {
  return `age of ${name}`;
}

export function askMetrics(
  queues: readonly NamedQueue[],
  functionName: string,
  streams: readonly string[],
  now: Date,
  stop: AbortSignal,
): Promise<Answer<Values>> {
  const ofFunction = (name: string): Metric => ({
    ...{
      namespace: METRIC_NAMESPACE,
      name,
      statistic: 'Maximum',
      dimensions: { [METRIC_DIMENSION]: functionName },
    },
  });
  const ofStreams = (value: string, name: string, statistic: Metric['statistic']) =>
    streams.map((stream): [string, Metric] => [
      ofStream(value, stream),
      { ...{ namespace: 'AWS/Firehose', name, statistic }, dimensions: { DeliveryStreamName: stream } },
    ]);
  const ages = queues.map((queue): [string, Metric] => [
    ageOf(queue),
    {
      ...{ namespace: 'AWS/SQS', name: 'ApproximateAgeOfOldestMessage', statistic: 'Maximum' },
      dimensions: { QueueName: queue.url.split('/').at(-1) ?? '' },
    },
  ]);
  const metrics: Record<string, Metric> = {
    lag: ofFunction(METRICS.deliveryLagSeconds),
    unfinished: ofFunction(METRICS.oldestUnfinishedSeconds),
    ...Object.fromEntries([
      ...ofStreams('bytes', 'IncomingBytes', 'Sum'),
      ...ofStreams('limit', 'BytesPerSecondLimit', 'Maximum'),
      ...ofStreams('throttled', 'ThrottledRecords', 'Sum'),
      ...ages,
    ]),
  };
  const call = {
    name: 'CloudWatch GetMetricData',
    action: 'cloudwatch:GetMetricData',
    target: 'CloudWatch',
    regionOf: 'stack',
  };
  return ask('metrics', call, () => readMetrics(metrics, METRIC_MINUTES, now, stop));
}

/** Name of a stream's value. */
function ofStream(value: string, stream: string): string {
  return `${value} of ${stream}`;
}

/** Adds up the values of the streams. */
export function deliveryOf(values: Values, streams: readonly string[], region: string): DeliveryMetrics {
  const { lag, unfinished } = values;
  const sum = (value: string) => {
    const known = streams.flatMap((stream) => values[ofStream(value, stream)] ?? []);
    return known.length === 0 ? undefined : known.reduce((total, each) => total + each, 0);
  };
  const bytes = sum('bytes');
  return {
    lagSeconds: lag,
    oldestUnfinishedSeconds: unfinished,
    bytesPerSecond: bytes === undefined ? undefined : bytes / PERIOD_SECONDS,
    quotaBytesPerSecond: streams.reduce(
      (total, stream) => total + (values[ofStream('limit', stream)] ?? defaultQuota(region)),
      0,
    ),
    throttledRecords: sum('throttled'),
  };
}
