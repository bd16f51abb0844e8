/**
 * What the function, the stack that deploys it and the tests agree on by name.
 */

/** Environment variables of the function; `settings.ts` says what each takes. */
export const ENV = {
  deliveryStreamName: 'DELIVERY_STREAM_NAME',
  workQueueUrl: 'WORK_QUEUE_URL',
  claimBucketName: 'CLAIM_BUCKET_NAME',
  trailBucket: 'TRAIL_BUCKET',
  trailRoot: 'TRAIL_ROOT',
  trailAccounts: 'TRAIL_ACCOUNTS',
  kinds: 'KINDS',
  packing: 'PACKING',
  excludeEvents: 'EXCLUDE_EVENTS',
  maxCallsInFlight: 'MAX_CALLS_IN_FLIGHT',
  maxBatchRecords: 'MAX_BATCH_RECORDS',
  maxObjectsInFlight: 'MAX_OBJECTS_IN_FLIGHT',
  maxRecordBytes: 'MAX_RECORD_BYTES',
  maxInflatedBytes: 'MAX_INFLATED_BYTES',
  maxRecordsPerObject: 'MAX_RECORDS_PER_OBJECT',
  deadlineMarginMs: 'DEADLINE_MARGIN_MS',
  retryBaseMs: 'RETRY_BASE_MS',
  maxAttemptsWithoutProgress: 'MAX_ATTEMPTS_WITHOUT_PROGRESS',
  giveUpAfterHours: 'GIVE_UP_AFTER_HOURS',
} as const;

/** How events become Firehose records; see `deliver/pack-events.ts`. */
export const PACKINGS = ['single', 'lines', 'gzip'] as const;
export type Packing = (typeof PACKINGS)[number];

/** How the work queue hands messages out, in AWS as on loopback. */
export const WORK_QUEUE = {
  /** Messages of one invocation. */
  batchSize: 10,
  /** Receives of a message before it goes to the dead-letter queue. */
  maxReceives: 5,
  /** How long a message waits at most, in days. A dead letter keeps its age, and its queue keeps 14 days. */
  retentionDays: 7,
} as const;

/** Folder of the claim bucket; see `settle/claims.ts`. */
export const CLAIM_FOLDER = 'claims/';

/** CloudWatch namespace of the metrics; their one dimension is the function's name. */
export const METRIC_NAMESPACE = 'CloudTrailFirehose';
export const METRIC_DIMENSION = 'FunctionName';

/** Metrics of one invocation. Counts, but for the units that stand beside their names. */
export const METRICS = {
  /** Log objects named by notifications, digests and the like not among them. */
  objects: 'Objects',
  /** Of those, read to their end and delivered whole. */
  objectsDone: 'ObjectsDone',
  /** In a folder `CloudTrail-…` that is not known; read like any other. */
  unknownKinds: 'UnknownKinds',
  /** JSON of no form that has records, or with a document of none. */
  withoutRecords: 'WithoutRecords',
  /** Passed over: digest files, keys that are no log object, other events than a new object, test messages. */
  skippedDigests: 'SkippedDigests',
  skippedOthers: 'SkippedOthers',
  /** Kinds that the settings leave out; other buckets, folders and accounts. */
  skippedKinds: 'SkippedKinds',
  skippedOutside: 'SkippedOutside',
  skippedNotCreated: 'SkippedNotCreated',
  skippedTestEvents: 'SkippedTestEvents',
  /** Notifications that name no object at all: `{"Records":[]}` and the like. */
  skippedEmpty: 'SkippedEmpty',
  /** The balance: RecordsRead = Delivered + Filtered + Failed + LeftForResume. */
  recordsRead: 'RecordsRead',
  delivered: 'Delivered',
  filtered: 'Filtered',
  failed: 'Failed',
  leftForResume: 'LeftForResume',
  /** 1 where the balance does not close; nothing was acknowledged then. */
  unbalanced: 'Unbalanced',
  /** Records delivered as `pipeline_error` events. */
  malformed: 'Malformed',
  /** Events that gave something up to fit in a Firehose record. */
  truncated: 'Truncated',
  /** Bytes of log objects after inflating. */
  inflatedBytes: 'InflatedBytes',
  /** Bytes of events before packing. */
  eventBytes: 'EventBytes',
  firehoseCalls: 'FirehoseCalls',
  firehoseRecords: 'FirehoseRecords',
  /** Bytes that Firehose took. */
  firehoseBytes: 'FirehoseBytes',
  /** Bytes that Firehose bills: each record rounded up to 5 KiB. */
  billedBytes: 'BilledBytes',
  /** Entries of a call sent again, and calls sent again as a whole. */
  entriesRetried: 'EntriesRetried',
  callsRetried: 'CallsRetried',
  throttles: 'Throttles',
  /** Resume messages put on the work queue. */
  resumes: 'Resumes',
  /** Messages acknowledged unread because another hand-over of the same work was received before. */
  superseded: 'Superseded',
  /** Seconds since the function first saw the oldest object that this invocation left unfinished. */
  oldestUnfinishedSeconds: 'OldestUnfinished',
  /** Notifications, messages or objects that were not dealt with and come again. */
  itemsFailed: 'ItemsFailed',
  /** Seconds from `eventTime` to delivery, the longest of the invocation. */
  deliveryLagSeconds: 'DeliveryLag',
} as const;
