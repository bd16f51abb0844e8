/** Names that the function, the stack that deploys it and the tests share. */

/** Environment variables of the function. `settings.ts` documents their values. */
export const ENV = {
  deliveryStreamName: 'DELIVERY_STREAM_NAME',
  workQueueUrl: 'WORK_QUEUE_URL',
  claimBucketName: 'CLAIM_BUCKET_NAME',
  trailBucket: 'TRAIL_BUCKET',
  trailRoot: 'TRAIL_ROOT',
  trailAccounts: 'TRAIL_ACCOUNTS',
  kinds: 'KINDS',
  receiptStreamName: 'RECEIPT_STREAM_NAME',
  packing: 'PACKING',
  profile: 'PROFILE',
  labels: 'LABELS',
  accountsFile: 'ACCOUNTS_FILE',
  excludeEvents: 'EXCLUDE_EVENTS',
  rulesFile: 'RULES_FILE',
  redact: 'REDACT',
  redactKeySecretArn: 'REDACT_KEY_SECRET_ARN',
  maxCallsInFlight: 'MAX_CALLS_IN_FLIGHT',
  maxBatchRecords: 'MAX_BATCH_RECORDS',
  maxObjectsInFlight: 'MAX_OBJECTS_IN_FLIGHT',
  maxEventBytes: 'MAX_EVENT_BYTES',
  maxEventsPerRecord: 'MAX_EVENTS_PER_RECORD',
  maxRecordBytes: 'MAX_RECORD_BYTES',
  maxInflatedBytes: 'MAX_INFLATED_BYTES',
  maxRecordsPerObject: 'MAX_RECORDS_PER_OBJECT',
  deadlineMarginMs: 'DEADLINE_MARGIN_MS',
  retryBaseMs: 'RETRY_BASE_MS',
  maxAttemptsWithoutProgress: 'MAX_ATTEMPTS_WITHOUT_PROGRESS',
  giveUpAfterHours: 'GIVE_UP_AFTER_HOURS',
  maxBytesPerSecond: 'MAX_BYTES_PER_SECOND',
  backfill: 'BACKFILL',
} as const;

/** How events are packed into Firehose records; see `deliver/pack-events.ts`. */
export const PACKINGS = ['single', 'lines', 'gzip'] as const;
export type Packing = (typeof PACKINGS)[number];

/** Which event a record becomes; see `normalize/profiles/`. The first one is the default. */
export const PROFILES = ['seed', 'sekoia-2026', 'detection', 'raw'] as const;
export type Profile = (typeof PROFILES)[number];

/** Configuration of the work queue, in AWS and in the local SQS endpoint. */
export const WORK_QUEUE = {
  /** Messages per invocation. */
  batchSize: 10,
  /** Receives of a message before SQS moves it to the dead-letter queue. */
  maxReceives: 5,
  /** Retention in days. A dead letter keeps its age, and its queue retains messages for 14 days. */
  retentionDays: 7,
} as const;

/** Configuration of the backfill queue, where it differs from the work queue. */
export const BACKFILL_QUEUE = {
  /** Retention in days, the maximum of SQS: a paused backfill waits on the queue. */
  retentionDays: 14,
} as const;

/** Key prefix in the claim bucket; see `settle/claims.ts`. */
export const CLAIM_FOLDER = 'claims/';

/** CloudWatch namespace of the metrics. Their only dimension is the function name. */
export const METRIC_NAMESPACE = 'CloudTrailFirehose';
export const METRIC_DIMENSION = 'FunctionName';

/** Records that one rule drops. The metric has a second dimension, the rule's name. */
export const RULE_METRIC = 'FilteredByRule';
export const RULE_DIMENSION = 'Rule';

/** Metrics per invocation. The unit is Count unless the comment gives another. */
export const METRICS = {
  /** Log objects named by notifications, without the skipped ones. */
  objects: 'Objects',
  /** Objects read to the end and fully delivered. */
  objectsDone: 'ObjectsDone',
  /** Objects in an unknown `CloudTrail-…` folder. They are read like any other. */
  unknownKinds: 'UnknownKinds',
  /** Objects with at least one JSON document in an unrecognized form. */
  withoutRecords: 'WithoutRecords',
  skippedDigests: 'SkippedDigests',
  /** Keys that do not end like a log object's. */
  skippedOthers: 'SkippedOthers',
  /** Objects of a kind that the settings exclude. */
  skippedKinds: 'SkippedKinds',
  /** Objects in other buckets, folders and accounts. */
  skippedOutside: 'SkippedOutside',
  /** Notifications of anything but a new object. */
  skippedNotCreated: 'SkippedNotCreated',
  skippedTestEvents: 'SkippedTestEvents',
  /** Notifications that name no object, like `{"Records":[]}`. */
  skippedEmpty: 'SkippedEmpty',
  /** Record counts match if RecordsRead = Delivered + Filtered + Failed + LeftForResume. */
  recordsRead: 'RecordsRead',
  delivered: 'Delivered',
  filtered: 'Filtered',
  failed: 'Failed',
  leftForResume: 'LeftForResume',
  /** 1 if the record counts do not match. Then the invocation acknowledges no message. */
  unbalanced: 'Unbalanced',
  /** Records delivered as `pipeline_error` events. */
  malformed: 'Malformed',
  /** Events truncated to fit in a Firehose record. */
  truncated: 'Truncated',
  /** Bytes of log objects after inflating. */
  inflatedBytes: 'InflatedBytes',
  /** Bytes of events before packing. */
  eventBytes: 'EventBytes',
  firehoseCalls: 'FirehoseCalls',
  firehoseRecords: 'FirehoseRecords',
  /** Bytes that Firehose accepted. */
  firehoseBytes: 'FirehoseBytes',
  /** Bytes that Firehose bills: each record rounded up to 5 KiB. */
  billedBytes: 'BilledBytes',
  /** Resent records that Firehose rejected, and repeated calls that failed. */
  entriesRetried: 'EntriesRetried',
  callsRetried: 'CallsRetried',
  throttles: 'Throttles',
  /** Resume messages put on the work queue. */
  resumes: 'Resumes',
  /** Messages acknowledged unread because another resume message for the same work arrived first. */
  superseded: 'Superseded',
  /** Seconds since the function first saw the oldest object that this invocation left unfinished. */
  oldestUnfinishedSeconds: 'OldestUnfinished',
  /** Receipts that could not be put. */
  receiptsLost: 'ReceiptsLost',
  /** Notifications and messages that were not fully processed. They are retried or redelivered. */
  itemsFailed: 'ItemsFailed',
  /** Seconds from `eventTime` to delivery, the maximum of the invocation. */
  deliveryLagSeconds: 'DeliveryLag',
} as const;
