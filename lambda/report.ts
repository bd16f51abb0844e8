import { METRIC_DIMENSION, METRIC_NAMESPACE, METRICS } from './contract.ts';
import type { ObjectLedger } from './deliver/ledger.ts';
import type { ObjectResult, PipelineResult } from './pipeline.ts';
import { isDone, type Settlement } from './settle.ts';
import { nameObject } from './trigger/log-object-ref.ts';
import { noSkips, type SkipCounts } from './trigger/notification.ts';
import type { WorkItem } from './trigger/parse-event.ts';

/** What one invocation did: each metric of the contract, and each fault by name. */
export interface InvocationReport extends Record<keyof typeof METRICS, number> {
  faults: Fault[];
}

/** Why an object or an item is not done. Names places and errors, never the content of a record. */
export interface Fault {
  object?: string;
  /** The lowest record that is not delivered. */
  nextRecord?: number;
  fault: string;
}

/** Puts together what an invocation did. */
export function reportInvocation(
  items: WorkItem[],
  { objects, counts, sent, deliveryFault }: PipelineResult,
  settlement: Settlement,
): InvocationReport {
  const total = (of: (ledger: ObjectLedger) => number) =>
    objects.reduce((sum, { ledger }) => sum + of(ledger), 0);
  const unfinished = objects.filter((object) => !isDone(object));
  const skips = sumSkips(items);
  return {
    objects: objects.length,
    objectsDone: objects.length - unfinished.length,
    withoutRecords: objects.filter(({ outcome }) => outcome === 'no-records-array').length,
    skippedDigests: skips.digest,
    skippedOthers: skips.other,
    skippedNotCreated: skips.notCreated,
    skippedTestEvents: skips.testEvent,
    recordsRead: total(({ recordsRead }) => recordsRead),
    delivered: total(({ delivered }) => delivered),
    filtered: total(({ filtered }) => filtered),
    failed: settlement.failedRecords,
    leftForResume: settlement.leftForResume,
    unbalanced: settlement.isBalanced ? 0 : 1,
    ...counts,
    firehoseCalls: sent.calls,
    firehoseRecords: sent.recordsTaken,
    firehoseBytes: sent.bytesTaken,
    billedBytes: sent.billedBytes,
    entriesRetried: sent.entriesRetried,
    callsRetried: sent.callsRetried,
    throttles: sent.throttles,
    deliveryLagSeconds: sent.lagSeconds,
    resumes: settlement.resumes,
    itemsFailed: settlement.failed.length,
    faults: [
      ...items.flatMap(({ error }) => (error ? [{ fault: error.message }] : [])),
      ...unfinished.map((object) => describeFault(object, deliveryFault)),
      ...settlement.resumeFaults.map((error) => ({ fault: `no resume message: ${nameError(error)}` })),
      ...(settlement.isBalanced ? [] : [{ fault: 'the balance of records does not close' }]),
    ],
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

function describeFault({ ref, ledger, fault }: ObjectResult, deliveryFault: Error | undefined): Fault {
  const error = fault ?? deliveryFault;
  return {
    object: nameObject(ref),
    nextRecord: ledger.resumePoint,
    fault: error ? nameError(error) : 'no time left',
  };
}

/** An answer without a body, such as Firehose's 413, has nothing but its status to be known by. */
function nameError(error: Error & { $metadata?: { httpStatusCode?: number } }): string {
  const status = error.$metadata?.httpStatusCode;
  return `${error.name}: ${error.message}${status === undefined ? '' : ` (HTTP ${status})`}`;
}

/**
 * The metrics of an invocation as one line in embedded metric format, out of which CloudWatch makes metrics
 * by itself: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 *
 * @param functionName the metrics' one dimension
 */
export function formatMetrics(report: InvocationReport, functionName: string, now: Date): string {
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
