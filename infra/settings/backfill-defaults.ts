/** Default of `backfillMaxConcurrency`, the minimum of SQS. */
export const BACKFILL_CONCURRENCY = 2;

/**
 * Default of `backfillBytesPerSecond` for a stream that new log objects need as well: half of the lowest default quota,
 * 1 MiB/s.
 */
export const SHARED_BYTES_PER_SECOND = 524_288;
