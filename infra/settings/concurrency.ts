import type { Packing } from '../../lambda/contract.ts';
import { packingOf } from './packing.ts';
import type { PipelineSettings } from './settings.ts';

const MIB = 1024 ** 2;

/**
 * Default quota of one delivery stream in bytes per second:
 * https://docs.aws.amazon.com/firehose/latest/dev/limits.html
 */
export const STREAM_QUOTA = { large: 5 * MIB, other: MIB } as const;

/** Regions with the large one. */
export const LARGE_QUOTA_REGIONS = ['us-east-1', 'us-west-2', 'eu-west-1'] as const;

/**
 * What one invocation sends in a second with 1 GiB of memory, if nothing limits it: measured in docs/performance.md, and
 * for `lines` and `single` about half of that.
 */
const BYTES_PER_SECOND: Record<Packing, number> = { gzip: 2 * MIB, lines: 10 * MIB, single: 10 * MIB };

/** Minimum of an SQS trigger: https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html */
const MIN_CONCURRENCY = 2;

/** Maximum of an SQS trigger. */
const MAX_CONCURRENCY = 1_000;

/** Returns `maxConcurrency`. By default, as many invocations as fill the large quota of all streams. */
export function concurrencyOf(settings: PipelineSettings): number {
  const { maxConcurrency, streams = 1, memoryMiB = 1024 } = settings;
  const perInvocation = BYTES_PER_SECOND[packingOf(settings)] * (memoryMiB / 1024);
  const wanted = Math.ceil((streams * STREAM_QUOTA.large) / perInvocation);
  return maxConcurrency ?? Math.min(MAX_CONCURRENCY, Math.max(MIN_CONCURRENCY, wanted));
}

/** Returns how many invocations share one stream's quota: objects are spread over the streams. */
export function invocationsPerStream(settings: PipelineSettings): number {
  return Math.ceil(concurrencyOf(settings) / (settings.streams ?? 1));
}

/**
 * Whether the quota of new streams is taken for the default one. Whoever sets `maxConcurrency` may have raised it, and
 * neither an existing stream nor `trigger=direct`, which starts any number of invocations, is known.
 */
export function hasDefaultQuota({ maxConcurrency, destination, trigger }: PipelineSettings): boolean {
  return maxConcurrency === undefined && destination !== 'stream' && trigger !== 'direct';
}
