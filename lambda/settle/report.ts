import type { METRICS } from '../contract.ts';
import type { ObjectLedger } from '../deliver/ledger.ts';
import type { ObjectResult } from '../deliver-object.ts';
import type { PipelineResult } from '../pipeline.ts';
import { noSkips, type SkipCounts } from '../trigger/notification.ts';
import type { WorkItem } from '../trigger/parse-event.ts';
import { placeOf } from '../trigger/trail-kinds.ts';
import { VERSION } from '../version.ts';
import { isDone } from './decide-item.ts';
import { listErrors, OUT_OF_TIME, type ReportedError } from './list-errors.ts';
import type { ReceiptCounts } from './put-receipts.ts';
import type { Settlement } from './settle-items.ts';

/** Report of one invocation: the metrics of the contract, and the errors. */
export interface InvocationReport extends Record<keyof typeof METRICS, number> {
  /** Records dropped by each rule that dropped any. They add up to `filtered`. */
  filteredByRule: Record<string, number>;
  /** The first `MAX_ERRORS` errors. */
  errors: ReportedError[];
  /** Number of errors after those. */
  moreErrors: number;
  /** Whether there was an error other than running out of time. */
  hasErrors: boolean;
}

/** Errors in one log line. A key has up to 1,024 bytes, so this limits the length of the line. */
const MAX_ERRORS = 50;

/**
 * Builds the report of an invocation.
 *
 * @param now milliseconds since 1970
 */
export function reportInvocation(
  items: WorkItem[],
  result: PipelineResult,
  settlement: Settlement,
  receipts: ReceiptCounts,
  now: number,
): InvocationReport {
  const { objects, counts, sent } = result;
  const total = (of: (ledger: ObjectLedger) => number) =>
    objects.reduce((sum, { ledger }) => sum + of(ledger), 0);
  const unfinished = objects.filter((object) => !isDone(object));
  const unknown = objects.filter((object) => object.unknown !== undefined);
  const skips = sumSkips(items);
  const errors = listErrors(items, result, settlement, receipts);
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
    filteredByRule: sumByRule(objects),
    failed: settlement.failedRecords,
    leftForResume: settlement.leftForResume,
    unbalanced: settlement.isBalanced ? 0 : 1,
    malformed: total(({ malformed }) => malformed),
    truncated: total(({ truncated }) => truncated),
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
    receiptsLost: receipts.lost,
    itemsFailed: settlement.failed.length,
    errors: errors.slice(0, MAX_ERRORS),
    moreErrors: Math.max(0, errors.length - MAX_ERRORS),
    hasErrors: errors.some(({ error }) => error !== OUT_OF_TIME),
  };
}

function sumByRule(objects: ObjectResult[]): Record<string, number> {
  const sums = new Map<string, number>();
  for (const { ledger } of objects)
    for (const [rule, count] of ledger.filteredByRule) sums.set(rule, (sums.get(rule) ?? 0) + count);
  return Object.fromEntries(sums);
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

/** Returns the message of the invocation's log line. */
export function toLogMessage({ hasErrors, ...report }: InvocationReport): Record<string, unknown> {
  return { ...report, version: VERSION };
}
