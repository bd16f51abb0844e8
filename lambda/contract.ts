/**
 * What the function, the stack that deploys it and the tests agree on by name.
 */

/** Environment variables of the function; `settings.ts` says what each takes. */
export const ENV = {
  deliveryStreamName: 'DELIVERY_STREAM_NAME',
  workQueueUrl: 'WORK_QUEUE_URL',
  packing: 'PACKING',
  maxCallsInFlight: 'MAX_CALLS_IN_FLIGHT',
  maxObjectsInFlight: 'MAX_OBJECTS_IN_FLIGHT',
  maxRecordBytes: 'MAX_RECORD_BYTES',
  maxInflatedBytes: 'MAX_INFLATED_BYTES',
  deadlineMarginMs: 'DEADLINE_MARGIN_MS',
  retryBaseMs: 'RETRY_BASE_MS',
  maxAttemptsWithoutProgress: 'MAX_ATTEMPTS_WITHOUT_PROGRESS',
} as const;

/** How events become Firehose records; see `deliver/pack-events.ts`. */
export const PACKINGS = ['single', 'lines', 'gzip'] as const;
export type Packing = (typeof PACKINGS)[number];
