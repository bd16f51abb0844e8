import { CallError } from '../aws/call-error.ts';
import { METRIC_DIMENSION, METRIC_NAMESPACE, METRICS } from '../contract.ts';
import type { ObjectLedger } from '../deliver/ledger.ts';
import type { ObjectResult, PipelineResult } from '../pipeline.ts';
import { nameObject } from '../trigger/log-object-ref.ts';
import { noSkips, type SkipCounts } from '../trigger/notification.ts';
import type { WorkItem } from '../trigger/parse-event.ts';
import { describeRemaining, lowestOf } from '../trigger/remaining-records.ts';
import { placeOf } from '../trigger/trail-kinds.ts';
import { isDone } from './decide-item.ts';
import { groupByRef, objectsOf, type Settlement } from './settle-items.ts';

/** What one invocation did: each metric of the contract, and each error by name. */
export interface InvocationReport extends Record<keyof typeof METRICS, number> {
  /** The first `MAX_ERRORS` of them. */
  errors: ReportedError[];
  /** How many more there are. */
  moreErrors: number;
  /** Whether anything went wrong: running out of time is no error. */
  hasErrors: boolean;
}

/** Why an object or an item is not done. Names places and errors, never the content of a record. */
export interface ReportedError {
  object?: string;
  /** The lowest record that is not delivered. */
  nextRecord?: number;
  /** Records that are not delivered, if that is not all from `nextRecord` on. */
  missing?: string;
  error: string;
  /** AWS's id of the request that failed. */
  requestId?: string;
  /** The item's SQS message, and how often it was received. */
  messageId?: string;
  receives?: number;
}

/** Entries in one line of the log. A key has up to 1,024 bytes, so this bounds the line. */
const MAX_ERRORS = 50;

const NO_TIME_LEFT = 'no time left';

/**
 * Puts together what an invocation did.
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
    hasErrors: errors.some(({ error }) => error !== NO_TIME_LEFT),
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

/** A delivery error is an entry of its own beside each object's. */
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
      ...nameError(error, 'no resume message: '),
      ...messageOf(item),
    })),
    ...(settlement.isBalanced ? [] : [{ error: 'the balance of records does not close' }]),
  ];
}

function describeUnfinished(object: ObjectResult, deliveryError: Error | undefined): ReportedError {
  const { ref, ledger, error = deliveryError } = object;
  const { remaining } = ledger;
  return {
    object: nameObject(ref),
    nextRecord: lowestOf(remaining),
    ...(remaining.ranges.length > 0 && { missing: describeRemaining(remaining) }),
    ...(error ? nameError(error) : { error: NO_TIME_LEFT }),
  };
}

/** What is said of an object in which a document has no form that has records; `undefined` of any other. */
export function describeUnknown({ unknown, ledger }: ObjectResult): string | undefined {
  if (unknown === undefined) return undefined;
  return ledger.recordsRead === 0
    ? `holds no records: ${unknown}`
    : `a document holds no records: ${unknown}`;
}

/** The name of an error of ours is part of what it says; a call's error has it in its message. */
function nameError(error: Error, before?: string): ReportedError {
  if (error instanceof CallError)
    return {
      error: `${before ?? ''}${error.message}`,
      ...(error.requestId !== undefined && { requestId: error.requestId }),
    };
  return { error: before === undefined ? `${error.name}: ${error.message}` : `${before}${error.message}` };
}

function messageOf({ messageId, receives }: WorkItem): Pick<ReportedError, 'messageId' | 'receives'> {
  return { ...(messageId !== undefined && { messageId }), ...(receives !== undefined && { receives }) };
}

/**
 * The metrics of an invocation as one line in embedded metric format, out of which CloudWatch makes metrics
 * by itself: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 *
 * @param functionName the metrics' one dimension
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
