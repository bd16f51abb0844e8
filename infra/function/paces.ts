import type { Construct } from 'constructs';
import { MIN_BYTES_PER_SECOND } from '../../lambda/deliver/limits.ts';
import { BACKFILL_CONCURRENCY, SHARED_BYTES_PER_SECOND } from '../settings/backfill-defaults.ts';
import { hasDefaultQuota, invocationsPerStream } from '../settings/concurrency.ts';
import type { PipelineSettings } from '../settings/settings.ts';
import { defaultQuotaShare } from './stream-quota.ts';

/**
 * Returns the bytes per second that an invocation sends to a stream at most: its share of the quota, so that the stack
 * does not throttle itself. `undefined` if the quota is not known.
 */
export function paceOf(scope: Construct, settings: PipelineSettings): number | undefined {
  const { streamBytesPerSecond } = settings;
  const invocations = invocationsPerStream(settings);
  if (streamBytesPerSecond !== undefined)
    return Math.max(MIN_BYTES_PER_SECOND, Math.floor(streamBytesPerSecond / invocations));
  return hasDefaultQuota(settings) ? defaultQuotaShare(scope, invocations) : undefined;
}

/** Returns the same for an invocation of a backfill, with a stream of its own or with those of new log objects. */
export function backfillPaceOf(scope: Construct, settings: PipelineSettings, hasOwnStream: boolean): number {
  const { backfillBytesPerSecond, backfillMaxConcurrency = BACKFILL_CONCURRENCY } = settings;
  if (backfillBytesPerSecond === undefined && hasOwnStream)
    return defaultQuotaShare(scope, backfillMaxConcurrency);
  return Math.floor((backfillBytesPerSecond ?? SHARED_BYTES_PER_SECOND) / backfillMaxConcurrency);
}
