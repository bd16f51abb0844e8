import { DescribeDeliveryStreamCommand, FirehoseClient } from '@aws-sdk/client-firehose';
import { answered, ask, judge } from '../ask.ts';
import { CLIENT_OPTIONS } from '../client-options.ts';
import { type Finding, fail, ok } from '../finding.ts';
import { type Metric, readMetrics } from '../metrics.ts';
import type { BusiestHour } from './check-log-files.ts';
import { defaultQuota, judgeQuota, judgeStream } from './judge-stream.ts';
import type { Targets } from './targets.ts';

/**
 * Checks each stream, and the sum of their quotas against the busiest hour. Without a stream, the default quota of the
 * Region for one.
 */
export async function checkStreams(
  { streams, region, packing }: Targets,
  busiest: BusiestHour | undefined,
  now: Date,
  stop: AbortSignal,
): Promise<Finding[]> {
  const fallback = defaultQuota(region);
  if (streams.length === 0)
    return [judgeQuota(busiest, packing, { bytesPerSecond: fallback, source: 'the default, unless raised' })];
  const firehose = new FirehoseClient(CLIENT_OPTIONS);
  try {
    const exist = await Promise.all(streams.map((stream) => describeStream(firehose, stream, region, stop)));
    const limits = await ask(
      'stream quota',
      { name: 'CloudWatch GetMetricData', action: 'cloudwatch:GetMetricData', target: 'CloudWatch' },
      () =>
        readMetrics(Object.fromEntries(streams.map((stream) => [stream, limitOf(stream)])), 60, now, stop),
    );
    const known = answered(limits) ?? {};
    const bytesPerSecond = streams.reduce((sum, stream) => sum + (known[stream] ?? fallback), 0);
    const isKnown = streams.some((stream) => known[stream] !== undefined);
    const source = isKnown ? 'metric BytesPerSecondLimit' : 'the default, unless raised';
    const ofAll = streams.length === 1 ? source : `${source}, of ${streams.length} streams`;
    const quota = judgeQuota(busiest, packing, { bytesPerSecond, source: ofAll });
    return [...summarize(exist.flat()), 'finding' in limits ? limits.finding : quota];
  } finally {
    firehose.destroy();
  }
}

async function describeStream(
  firehose: FirehoseClient,
  stream: string,
  region: string,
  stop: AbortSignal,
): Promise<Finding[]> {
  const call = {
    name: 'Firehose DescribeDeliveryStream',
    action: 'firehose:DescribeDeliveryStream',
    target: `stream ${stream}`,
    regionOf: 'stream',
  };
  const described = await ask(
    'stream',
    call,
    () =>
      firehose.send(new DescribeDeliveryStreamCommand({ DeliveryStreamName: stream }), { abortSignal: stop }),
    { ResourceNotFoundException: { DeliveryStreamDescription: undefined, $metadata: {} } },
  );
  return judge(described, ({ DeliveryStreamDescription: description }) =>
    description
      ? judgeStream(description)
      : fail('stream', `${stream} does not exist in ${region}`, 'aws firehose list-delivery-streams'),
  );
}

function limitOf(stream: string): Metric {
  return {
    ...{ namespace: 'AWS/Firehose', name: 'BytesPerSecondLimit', statistic: 'Maximum' },
    dimensions: { DeliveryStreamName: stream },
  };
}

/** One line for all streams that are fine. */
function summarize(findings: readonly Finding[]): Finding[] {
  const good = findings.filter(({ level }) => level === 'OK');
  const others = findings.filter(({ level }) => level !== 'OK');
  return [...(good.length > 1 ? [ok('stream', `${good.length} streams are ACTIVE`)] : good), ...others];
}
