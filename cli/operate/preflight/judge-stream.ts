import type { DeliveryStreamDescription } from '@aws-sdk/client-firehose';
import type { Packing } from '../../../lambda/contract.ts';
import { formatBytes } from '../../format.ts';
import { type Finding, fail, ok, unknown, warn } from '../finding.ts';
import type { BusiestHour } from './check-log-files.ts';

/** https://docs.aws.amazon.com/firehose/latest/APIReference/API_DeliveryStreamDescription.html */
export function judgeStream({
  DeliveryStreamName: name,
  DeliveryStreamStatus: status,
  DeliveryStreamType: type,
}: DeliveryStreamDescription): Finding {
  const show = `aws firehose describe-delivery-stream --delivery-stream-name ${name}`;
  if (status !== 'ACTIVE') return fail('stream', `${name} is ${status}`, show);
  if (type !== 'DirectPut')
    return fail('stream', `${name} has the source ${type}, and accepts no records of the function`, show);
  return ok('stream', `${name} is ACTIVE`);
}

const MIB = 1024 * 1024;

/** https://docs.aws.amazon.com/firehose/latest/dev/limits.html */
const LARGE_REGIONS = ['us-east-1', 'us-west-2', 'eu-west-1'];

/** @returns the default quota of a stream's direct PUT, in bytes per second */
export function defaultQuota(region: string): number {
  return LARGE_REGIONS.includes(region) ? 5 * MIB : MIB;
}

/**
 * Bytes of Firehose records per byte of log files, which are gzip. Events are 2.4 times as long as their records, and
 * the level 1 of the function's gzip compresses less. Measured on the samples; see `test/cli/preflight.test.ts`.
 */
export const GROWTH: Readonly<Record<Packing, number>> = { single: 20, lines: 20, gzip: 2.5 };

/** A log file arrives at once, so an average above this share means throttling at times. */
const MAX_SHARE = 0.5;

/** @param quota bytes per second, and where the number is from */
export function judgeQuota(
  busiest: BusiestHour | undefined,
  packing: Packing,
  quota: { bytesPerSecond: number; source: string },
): Finding {
  const check = 'stream quota';
  if (busiest === undefined) return unknown(check, 'the log files cannot be listed');
  const expected = (busiest.bytes / 3600) * GROWTH[packing];
  const atLeast = busiest.isSample ? 'at least ' : '';
  const detail = `the busiest hour of the last day makes ${atLeast}${formatBytes(expected)}/s with packing ${packing}; the quota is ${formatBytes(quota.bytesPerSecond)}/s (${quota.source})`;
  const fix =
    packing === 'gzip'
      ? 'aws service-quotas list-service-quotas --service-code firehose'
      : 'npx cdk deploy -c packing=gzip';
  if (expected > quota.bytesPerSecond) return fail(check, detail, fix);
  return expected > quota.bytesPerSecond * MAX_SHARE ? warn(check, detail, fix) : ok(check, detail);
}
