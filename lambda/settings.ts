import { ENV, PACKINGS, type Packing } from './contract.ts';
import { MAX_BATCH_RECORDS } from './deliver/limits.ts';
import { DEFAULT_MAX_RECORD_BYTES } from './read/split-records.ts';
import { type EventFilter, parseFilter } from './select/filter.ts';
import { KINDS, type Kind } from './trigger/trail-kinds.ts';
import type { TrailScope } from './trigger/trail-scope.ts';

export interface Settings {
  /** Firehose delivery stream that gets the events. */
  deliveryStreamName: string;
  /** SQS queue that gets resume messages; without one an unfinished object fails its whole notification. */
  workQueueUrl: string | undefined;
  /** S3 bucket of claims; without one a lost answer of SQS can multiply what is handed over. */
  claimBucketName: string | undefined;
  /** What of a notification is read; the rest is passed over and counted. @default - everything but digests */
  scope: TrailScope;
  /** @default lines */
  packing: Packing;
  /** Which records are not delivered. @default every record is */
  isExcluded: EventFilter;
  /** PutRecordBatch calls under way at once; reading waits while all are busy. @default 4 */
  maxCallsInFlight: number;
  /** Firehose records in one call, at the most. @default 500, which is Firehose's own limit */
  maxBatchRecords: number;
  /** Log objects read at once. @default 4 */
  maxObjectsInFlight: number;
  /** A longer record is reported without its text. @default 4 MiB */
  maxRecordBytes: number;
  /** A log object that inflates to more fails by name there. @default 16 GiB */
  maxInflatedBytes: number;
  /** A log object with more records fails by name there. @default 5,000,000 */
  maxRecordsPerObject: number;
  /** Time kept at the end of an invocation to flush and to put resume messages. @default 10,000 ms */
  deadlineMarginMs: number;
  /** First step of the exponential backoff. @default 100 ms */
  retryBaseMs: number;
  /** Resume messages in a row for one object that bring no record further before it fails. @default 5 */
  maxAttemptsWithoutProgress: number;
  /** An object that services have refused for longer fails. @default 72 hours */
  giveUpAfterHours: number;
}

const GIB = 1024 ** 3;

/** The event holds the record's text escaped, and parts of it again; V8 holds no string past 512 MiB. */
const MAX_RECORD_BYTES = 134_217_728;

/**
 * Reads the function's settings from its environment.
 *
 * @throws Error that names the variable and what it takes, where one is missing or wrong
 */
export function readSettings(env: Record<string, string | undefined>): Settings {
  return {
    deliveryStreamName: required(env, ENV.deliveryStreamName),
    workQueueUrl: env[ENV.workQueueUrl] || undefined,
    claimBucketName: env[ENV.claimBucketName] || undefined,
    scope: {
      bucket: env[ENV.trailBucket] || undefined,
      root: env[ENV.trailRoot] || undefined,
      accounts: list(env, ENV.trailAccounts),
      kinds: list(env, ENV.kinds)?.map((kind) =>
        oneOf({ [ENV.kinds]: kind }, ENV.kinds, KINDS, kind as Kind),
      ),
    },
    packing: oneOf(env, ENV.packing, PACKINGS, 'lines'),
    isExcluded: parseFilter(ENV.excludeEvents, env[ENV.excludeEvents]),
    maxCallsInFlight: integer(env, ENV.maxCallsInFlight, 4, 1, 100),
    maxBatchRecords: integer(env, ENV.maxBatchRecords, MAX_BATCH_RECORDS, 1, MAX_BATCH_RECORDS),
    maxObjectsInFlight: integer(env, ENV.maxObjectsInFlight, 4, 1, 100),
    maxRecordBytes: integer(env, ENV.maxRecordBytes, DEFAULT_MAX_RECORD_BYTES, 1, MAX_RECORD_BYTES),
    maxInflatedBytes: integer(env, ENV.maxInflatedBytes, 16 * GIB, 1, Number.MAX_SAFE_INTEGER),
    maxRecordsPerObject: integer(env, ENV.maxRecordsPerObject, 5_000_000, 1, 1_000_000_000),
    deadlineMarginMs: integer(env, ENV.deadlineMarginMs, 10_000, 0, 900_000),
    retryBaseMs: integer(env, ENV.retryBaseMs, 100, 0, 60_000),
    maxAttemptsWithoutProgress: integer(env, ENV.maxAttemptsWithoutProgress, 5, 1, 1_000),
    giveUpAfterHours: integer(env, ENV.giveUpAfterHours, 72, 1, 336),
  };
}

function required(env: Record<string, string | undefined>, name: string): string {
  const value = env[name];
  if (!value) throw new Error(`${name} is not set`);
  return value;
}

function list(env: Record<string, string | undefined>, name: string): string[] | undefined {
  const given = env[name];
  return given ? given.split(',') : undefined;
}

function oneOf<T extends string>(
  env: Record<string, string | undefined>,
  name: string,
  values: readonly T[],
  otherwise: T,
): T {
  const given = env[name];
  if (!given) return otherwise;
  const value = values.find((candidate) => candidate === given);
  if (value === undefined) throw new Error(`${name} is "${given}"; it takes one of ${values.join(', ')}`);
  return value;
}

function integer(
  env: Record<string, string | undefined>,
  name: string,
  otherwise: number,
  min: number,
  max: number,
): number {
  const given = env[name];
  if (!given) return otherwise;
  const value = Number(given);
  if (Number.isInteger(value) && value >= min && value <= max) return value;
  throw new Error(`${name} is "${given}"; it takes a whole number from ${min} to ${max}`);
}
