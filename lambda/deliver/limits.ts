/**
 * The limits of Firehose's PutRecordBatch, byte exact:
 * https://docs.aws.amazon.com/firehose/latest/APIReference/API_PutRecordBatch.html
 */

/** Records in one call, at most. */
export const MAX_BATCH_RECORDS = 500;

/** Data in one call, all records together, before base64: at most 4 MiB. */
export const MAX_BATCH_BYTES = 4_194_304;

/** Data in one record, before base64: at most "1,000 KiB". */
export const MAX_RECORD_BYTES = 1_024_000;

/** Delivery streams of one function, our own limit: their names take up to half of its 4 KB of environment. */
export const MAX_STREAMS = 32;

/** Longest event that a setting may ask for, in bytes of JSON. */
export const MAX_EVENT_BYTES = MAX_RECORD_BYTES;

/** Bucket, key and index of a record, with JSON escapes, take up to 6.5 KB. They must fit in any event. */
export const MIN_EVENT_BYTES = 10_240;

/** Most events in one record that a setting may ask for: more never fit. */
export const MAX_EVENTS_PER_RECORD = 10_000;

/** Firehose bills each record rounded up to this: https://aws.amazon.com/firehose/pricing/ */
export const BILLED_STEP_BYTES = 5_120;

/**
 * Lowest rate of a pacer, our own limit: at this rate, the largest record takes 16 seconds, less than any invocation
 * has.
 */
export const MIN_BYTES_PER_SECOND = 65_536;
