import { DescribeDeliveryStreamCommand, FirehoseClient } from '@aws-sdk/client-firehose';
import { answered, ask, judge } from '../ask.ts';
import { CLIENT_OPTIONS } from '../client-options.ts';
import { type Finding, fail } from '../finding.ts';
import { readMetrics } from '../metrics.ts';
import type { BusiestHour } from './check-log-files.ts';
import { defaultQuota, judgeQuota, judgeStream } from './judge-stream.ts';
import type { Targets } from './targets.ts';

/** Checks the stream, and its quota against the busiest hour. Without a stream, the default quota of the Region. */
export async function checkStream(
  { stream, region, packing }: Targets,
  busiest: BusiestHour | undefined,
  now: Date,
  stop: AbortSignal,
): Promise<Finding[]> {
  const fallback = { bytesPerSecond: defaultQuota(region), source: 'the default, unless raised' };
  if (stream === undefined) return [judgeQuota(busiest, packing, fallback)];
  const firehose = new FirehoseClient(CLIENT_OPTIONS);
  const call = {
    name: 'Firehose DescribeDeliveryStream',
    action: 'firehose:DescribeDeliveryStream',
    target: `stream ${stream}`,
    regionOf: 'stream',
  };
  try {
    const described = await ask(
      'stream',
      call,
      () =>
        firehose.send(new DescribeDeliveryStreamCommand({ DeliveryStreamName: stream }), {
          abortSignal: stop,
        }),
      { ResourceNotFoundException: { DeliveryStreamDescription: undefined, $metadata: {} } },
    );
    const exists = judge(described, ({ DeliveryStreamDescription: description }) =>
      description
        ? judgeStream(description)
        : fail('stream', `${stream} does not exist in ${region}`, 'aws firehose list-delivery-streams'),
    );
    const metric = {
      ...{ namespace: 'AWS/Firehose', name: 'BytesPerSecondLimit', statistic: 'Maximum' as const },
      dimensions: { DeliveryStreamName: stream },
    };
    const limit = await ask(
      'stream quota',
      { name: 'CloudWatch GetMetricData', action: 'cloudwatch:GetMetricData', target: 'CloudWatch' },
      () => readMetrics({ limit: metric }, 60, now, stop),
    );
    const bytesPerSecond = answered(limit)?.limit;
    const quota =
      bytesPerSecond === undefined ? fallback : { bytesPerSecond, source: 'metric BytesPerSecondLimit' };
    return [...exists, ...('finding' in limit ? [limit.finding] : [judgeQuota(busiest, packing, quota)])];
  } finally {
    firehose.destroy();
  }
}
