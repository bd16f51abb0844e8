import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { ENV, PACKINGS, type Packing, PROFILES } from './contract.ts';
import {
  MAX_BATCH_RECORDS,
  MAX_EVENT_BYTES,
  MAX_EVENTS_PER_RECORD,
  MIN_BYTES_PER_SECOND,
  MIN_EVENT_BYTES,
} from './deliver/limits.ts';
import { type Environment, integer, list, oneOf, optional, required } from './environment.ts';
import type { Normalize } from './normalize/normalize-record.ts';
import { chooseProfile } from './normalize/profiles/choose-profile.ts';
import { parseAccountNames, parseLabels } from './normalize/profiles/static-context.ts';
import { DEFAULT_MAX_RECORD_BYTES } from './read/split-records.ts';
import { parseExcludeEvents } from './select/exclude-events.ts';
import { DEFAULT_REDACTION, defaultRedaction, parseRedaction } from './select/parse-redaction.ts';
import { parseRules } from './select/parse-rules.ts';
import type { RedactPaths } from './select/redact-paths.ts';
import { RuleSet } from './select/rule-set.ts';
import { KINDS, type Kind } from './trigger/trail-kinds.ts';
import type { TrailScope } from './trigger/trail-scope.ts';

export interface Settings {
  /** Firehose streams that receive the events: one or more. Each log object has one of them. */
  deliveryStreamNames: readonly string[];
  /** SQS queue for resume messages. Without one, an unfinished object fails its entire notification. */
  workQueueUrl: string | undefined;
  /** S3 bucket for claims. Without one, each lost SQS response can duplicate requeued work. */
  claimBucketName: string | undefined;
  /** Firehose stream that receives a receipt for each object. @default - no receipts */
  receiptStreamName: string | undefined;
  /** Objects of a notification to read. The others are skipped and counted. @default - all but digests */
  scope: TrailScope;
  /** @default lines */
  packing: Packing;
  /** Rules of the profile: which event a record becomes. @default - those of profile `seed` */
  normalize: Normalize;
  /** Which records are delivered: the file's rules, then the short form. @default - all */
  rules: RuleSet | undefined;
  /** Where records may hold secrets, which are replaced. @default - nothing is replaced */
  redactPaths: RedactPaths | undefined;
  /** Secret in Secrets Manager with the key of the marks. @default - no key: all marks are the same */
  redactKeySecretArn: string | undefined;
  /**
   * Maximum PutRecordBatch calls in flight of all streams together, at least one per stream. Reading waits while all are
   * busy. @default 4
   */
  maxCallsInFlight: number;
  /** Maximum Firehose records per call. @default 500, Firehose's own limit */
  maxBatchRecords: number;
  /** Log objects read concurrently. @default 4 */
  maxObjectsInFlight: number;
  /** Longest event in bytes of JSON; a longer one is truncated. @default - what fits in a Firehose record */
  maxEventBytes: number | undefined;
  /** Maximum events in a Firehose record. @default - as many as fit */
  maxEventsPerRecord: number | undefined;
  /** A longer record is reported without its text. @default 4 MiB */
  maxRecordBytes: number;
  /** A log object that inflates to more fails with `too-large`. @default 16 GiB */
  maxInflatedBytes: number;
  /** A log object with more records fails with `too-many-records`. @default 5,000,000 */
  maxRecordsPerObject: number;
  /** Time reserved at the end of an invocation to flush and to send resume messages. @default 10,000 ms */
  deadlineMarginMs: number;
  /** Base delay of the exponential backoff. @default 100 ms */
  retryBaseMs: number;
  /** Consecutive attempts without progress before an object fails. @default 5 */
  maxAttemptsWithoutProgress: number;
  /** An object fails if services have refused it for longer. @default 72 hours */
  giveUpAfterHours: number;
  /** Average bytes per second that one container sends to each stream. @default - unlimited */
  maxBytesPerSecond: number | undefined;
  /** Whether the work queue is a backfill queue, whose cursors this function moves on. @default false */
  isBackfill: boolean;
}

const GIB = 1024 ** 3;

/** An event contains the record's text with escapes and parts of it twice. V8 limits a string to 512 MiB. */
const MAX_RECORD_BYTES = 134_217_728;

/**
 * Reads the function's settings from its environment.
 *
 * @throws Error that names the variable and its valid values, if one is missing or invalid
 */
export function readSettings(env: Environment): Settings {
  return {
    deliveryStreamNames: readStreams(env),
    workQueueUrl: env[ENV.workQueueUrl] || undefined,
    claimBucketName: env[ENV.claimBucketName] || undefined,
    receiptStreamName: env[ENV.receiptStreamName] || undefined,
    scope: {
      bucket: env[ENV.trailBucket] || undefined,
      root: env[ENV.trailRoot] || undefined,
      accounts: list(env, ENV.trailAccounts),
      kinds: list(env, ENV.kinds)?.map((kind) =>
        oneOf({ [ENV.kinds]: kind }, ENV.kinds, KINDS, kind as Kind),
      ),
    },
    packing: oneOf(env, ENV.packing, PACKINGS, 'lines'),
    normalize: readProfile(env),
    rules: readRules(env),
    redactPaths: readRedactPaths(env),
    redactKeySecretArn: env[ENV.redactKeySecretArn] || undefined,
    maxCallsInFlight: integer(env, ENV.maxCallsInFlight, 4, 1, 100),
    maxBatchRecords: integer(env, ENV.maxBatchRecords, MAX_BATCH_RECORDS, 1, MAX_BATCH_RECORDS),
    maxObjectsInFlight: integer(env, ENV.maxObjectsInFlight, 4, 1, 100),
    maxEventBytes: optional(env, ENV.maxEventBytes, MIN_EVENT_BYTES, MAX_EVENT_BYTES),
    maxEventsPerRecord: optional(env, ENV.maxEventsPerRecord, 1, MAX_EVENTS_PER_RECORD),
    maxRecordBytes: integer(env, ENV.maxRecordBytes, DEFAULT_MAX_RECORD_BYTES, 1, MAX_RECORD_BYTES),
    maxInflatedBytes: integer(env, ENV.maxInflatedBytes, 16 * GIB, 1, Number.MAX_SAFE_INTEGER),
    maxRecordsPerObject: integer(env, ENV.maxRecordsPerObject, 5_000_000, 1, 1_000_000_000),
    deadlineMarginMs: integer(env, ENV.deadlineMarginMs, 10_000, 0, 900_000),
    retryBaseMs: integer(env, ENV.retryBaseMs, 100, 0, 60_000),
    maxAttemptsWithoutProgress: integer(env, ENV.maxAttemptsWithoutProgress, 5, 1, 1_000),
    giveUpAfterHours: integer(env, ENV.giveUpAfterHours, 72, 1, 336),
    maxBytesPerSecond: optional(env, ENV.maxBytesPerSecond, MIN_BYTES_PER_SECOND, 1_000_000_000),
    isBackfill: oneOf(env, ENV.backfill, ['true', 'false'], 'false') === 'true',
  };
}

function readStreams(env: Environment): string[] {
  const names = required(env, ENV.deliveryStreamName).split(',');
  if (names.every((name, i) => name !== '' && names.indexOf(name) === i)) return names;
  throw new Error(
    `${ENV.deliveryStreamName} must have different stream names, separated by commas (got "${names.join()}"). Remove empty and repeated names.`,
  );
}

/** Reads the profile with its labels and account names, which only `detection` has a place for. */
function readProfile(env: Environment): Normalize {
  const profile = oneOf(env, ENV.profile, PROFILES, 'seed');
  const labels = env[ENV.labels];
  const accountsFile = env[ENV.accountsFile];
  for (const name of [ENV.labels, ENV.accountsFile])
    if (env[name] && profile !== 'detection')
      throw new Error(
        `${name} requires ${ENV.profile}=detection (got ${profile}). Set ${ENV.profile}=detection or remove ${name}.`,
      );
  return chooseProfile(profile, {
    labels: labels ? parseLabels(ENV.labels, labels) : undefined,
    accountNames: accountsFile
      ? parseAccountNames(ENV.accountsFile, readBundled(ENV.accountsFile, accountsFile))
      : undefined,
  });
}

function readRules(env: Environment): RuleSet | undefined {
  const file = env[ENV.rulesFile];
  const rules = [
    ...(file ? parseRules(ENV.rulesFile, readBundled(ENV.rulesFile, file)) : []),
    ...parseExcludeEvents(ENV.excludeEvents, env[ENV.excludeEvents]),
  ];
  return rules.length > 0 ? new RuleSet(rules) : undefined;
}

function readRedactPaths(env: Environment): RedactPaths | undefined {
  const file = env[ENV.redact];
  if (!file) return undefined;
  if (file === DEFAULT_REDACTION) return defaultRedaction();
  return parseRedaction(ENV.redact, readBundled(ENV.redact, file));
}

/** @param file a path; a relative one starts at the folder of the function's code */
function readBundled(name: string, file: string): string {
  try {
    return readFileSync(resolve(import.meta.dirname, file), 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new Error(
      `${name} must name a readable file (got "${file}": ${code}). Name one that is deployed with the function.`,
    );
  }
}
