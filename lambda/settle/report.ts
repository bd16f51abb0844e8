import { CallError } from '../aws/call-error.ts';
import { METRIC_DIMENSION, METRIC_NAMESPACE, METRICS } from '../contract.ts';
import type { ObjectLedger } from '../deliver/ledger.ts';
import type { ObjectResult, PipelineResult } from '../pipeline.ts';
import { nameObject } from '../trigger/log-object-ref.ts';
import { noSkips, type SkipCounts } from '../trigger/notification.ts';
import type { WorkItem } from '../trigger/parse-event.ts';
import { describeRemaining, lowestOf } from '../trigger/remaining-records.ts';
import { placeOf } from '../trigger/trail-kinds.ts';
import { VERSION } from '../version.ts';
import { isDone } from './decide-item.ts';
import { groupByRef, objectsOf, type Settlement } from './settle-items.ts';

/** Report of one invocation: the metrics of the contract, and the errors. */
export interface InvocationReport extends Record<keyof typeof METRICS, number> {
  /** The first `MAX_ERRORS` errors. */
  errors: ReportedError[];
  /** Number of errors after those. */
  moreErrors: number;
  /** Whether there was an error other than running out of time. */
  hasErrors: boolean;
}

/** Why an object or an item is not done. Contains places and error names, never the content of records. */
export interface ReportedError {
  object?: string;
  /** Index of the first undelivered record. */
  nextRecord?: number;
  /** Undelivered records, if some after `nextRecord` were delivered. */
  missing?: string;
  error: string;
  /** AWS's id of the failed request. */
  requestId?: string;
  /** SQS message of the item, and how often it was received. */
  messageId?: string;
  receives?: number;
}

/** Errors in one log line. A key has up to 1,024 bytes, so this limits the length of the line. */
const MAX_ERRORS = 50;

export const OUT_OF_TIME = 'ran out of time';

/**
 * Builds the report of an invocation.
 *
 * @param now milliseconds since 1970
 */
export function reportInvocation(
  items: WorkItem[],
  result: PipelineResult,
  settlement: Settlement,
  now: number,
): InvocationReport {
  const { objects, counts, sent } = result;
  const total = (of: (ledger: ObjectLedger) => number) =>
    objects.reduce((sum, { ledger }) => sum + of(ledger), 0);
  const unfinished = objects.filter((object) => !isDone(object));
  const unknown = objects.filter((object) => object.unknown !== undefined);
  const skips = sumSkips(items);
  const errors = listErrors(items, result, settlement);
  return {
    objects: objects.length,
    objectsDone: objects.length - unfinished.length - unknown.filter(isDone).length,
    withoutRecords: unknown.length,
    skippedDigests: skips.digest,
    skippedOthers: skips.other,
    skippedKinds: skips.kind,
    skippedOutside: skips.outside,
    unknownKinds: objects.filter(({ ref }) => placeOf(ref.key).kind === 'unknown').length,
    skippedNotCreated: skips.notCreated,
    skippedTestEvents: skips.testEvent,
    skippedEmpty: skips.empty,
    recordsRead: total(({ recordsRead }) => recordsRead),
    delivered: total(({ delivered }) => delivered),
    filtered: total(({ filtered }) => filtered),
    failed: settlement.failedRecords,
    leftForResume: settlement.leftForResume,
    unbalanced: settlement.isBalanced ? 0 : 1,
    ...counts,
    firehoseCalls: sent.calls,
    firehoseRecords: sent.recordsAccepted,
    firehoseBytes: sent.bytesAccepted,
    billedBytes: sent.billedBytes,
    entriesRetried: sent.entriesRetried,
    callsRetried: sent.callsRetried,
    throttles: sent.throttles,
    deliveryLagSeconds: sent.lagSeconds,
    resumes: settlement.resumes,
    superseded: items.filter(({ isSuperseded }) => isSuperseded).length,
    oldestUnfinishedSeconds: unfinished.reduce(
      (oldest, { ref }) => Math.max(oldest, (now - (ref.firstSeen ?? now)) / 1000),
      0,
    ),
    itemsFailed: settlement.failed.length,
    errors: errors.slice(0, MAX_ERRORS),
    moreErrors: Math.max(0, errors.length - MAX_ERRORS),
    hasErrors: errors.some(({ error }) => error !== OUT_OF_TIME),
  };
}

function sumSkips(items: WorkItem[]): SkipCounts {
  const sum = noSkips();
  for (const { notification } of items) {
    if (!notification) continue;
    for (const reason of Object.keys(sum) as (keyof SkipCounts)[])
      sum[reason] += notification.skipped[reason];
  }
  return sum;
}

/** Lists the delivery error separately, before the errors of the objects. */
function listErrors(items: WorkItem[], result: PipelineResult, settlement: Settlement): ReportedError[] {
  const { deliveryError } = result;
  const byRef = groupByRef(result);
  return [
    ...(deliveryError ? [nameError(deliveryError)] : []),
    ...items.flatMap((item): ReportedError[] => {
      if (item.error) return [{ ...nameError(item.error, ''), ...messageOf(item) }];
      const unfinished = (objectsOf(item, byRef) ?? []).filter((object) => !isDone(object));
      return unfinished.map((object) => ({
        ...describeUnfinished(object, deliveryError),
        ...messageOf(item),
      }));
    }),
    ...result.objects.flatMap((object) => {
      const error = describeUnknown(object);
      return error === undefined ? [] : [{ object: nameObject(object.ref), error }];
    }),
    ...settlement.resumeErrors.map(({ item, error }) => ({
      ...nameError(error, 'cannot send the resume message: '),
      ...messageOf(item),
    })),
    ...(settlement.isBalanced ? [] : [{ error: 'record counts do not match' }]),
  ];
}

function describeUnfinished(object: ObjectResult, deliveryError: Error | undefined): ReportedError {
  const { ref, ledger, error = deliveryError } = object;
  const { remaining } = ledger;
  return {
    object: nameObject(ref),
    nextRecord: lowestOf(remaining),
    ...(remaining.ranges.length > 0 && { missing: describeRemaining(remaining) }),
    ...(error ? nameError(error) : { error: OUT_OF_TIME }),
  };
}

/** Describes an object with a document of an unknown form, without records; otherwise `undefined`. */
export function describeUnknown({ unknown, ledger }: ObjectResult): string | undefined {
  if (unknown === undefined) return undefined;
  return ledger.recordsRead === 0
    ? `holds no records: ${unknown}`
    : `a document holds no records: ${unknown}`;
}

/** @param prefix replaces the error's name, which a `CallError` has in its message anyway */
function nameError(error: Error, prefix?: string): ReportedError {
  if (error instanceof CallError)
    return {
      error: `${prefix ?? ''}${error.message}`,
      ...(error.requestId !== undefined && { requestId: error.requestId }),
    };
  return { error: prefix === undefined ? `${error.name}: ${error.message}` : `${prefix}${error.message}` };
}

function messageOf({ messageId, receives }: WorkItem): Pick<ReportedError, 'messageId' | 'receives'> {
  return { ...(messageId !== undefined && { messageId }), ...(receives !== undefined && { receives }) };
}

/** Returns the message of the invocation's log line. */
export function toLogMessage({ hasErrors, ...report }: InvocationReport): Record<string, unknown> {
  return { ...report, version: VERSION };
}

/**
 * Formats the metrics of an invocation as one line. CloudWatch extracts metrics from its embedded format:
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 *
 * @param functionName the only dimension of the metrics
 */
export function formatMetrics(
  report: Record<keyof typeof METRICS, number>,
  functionName: string,
  now: Date,
): string {
  const names = Object.keys(METRICS) as (keyof typeof METRICS)[];
  return JSON.stringify({
    _aws: {
      Timestamp: now.getTime(),
      CloudWatchMetrics: [
        {
          Namespace: METRIC_NAMESPACE,
          Dimensions: [[METRIC_DIMENSION]],
          Metrics: names.map((name) => ({ Name: METRICS[name], Unit: unitOf(name) })),
        },
      ],
    },
    [METRIC_DIMENSION]: functionName,
    ...Object.fromEntries(names.map((name) => [METRICS[name], report[name]])),
  });
}

function unitOf(name: string): 'Bytes' | 'Seconds' | 'Count' {
  if (name.endsWith('Bytes')) return 'Bytes';
  return name.endsWith('Seconds') ? 'Seconds' : 'Count';
}
