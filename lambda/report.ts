import type { PipelineResult } from './pipeline.ts';
import { isDone, type Settlement } from './settle.ts';
import { nameObject } from './trigger/log-object-ref.ts';
import { noSkips, type SkipCounts } from './trigger/notification.ts';
import type { WorkItem } from './trigger/parse-event.ts';

/** What one invocation did: the structured log line, and where the metrics come from. */
export interface InvocationReport extends SkipCounts {
  objects: number;
  objectsDone: number;
  /** Of those, JSON without a `Records` array. */
  withoutRecords: number;
  recordsRead: number;
  delivered: number;
  filtered: number;
  failed: number;
  leftForResume: number;
  isBalanced: boolean;
  malformed: number;
  truncated: number;
  inflatedBytes: number;
  eventBytes: number;
  firehoseCalls: number;
  firehoseRecords: number;
  firehoseBytes: number;
  entriesRetried: number;
  callsRetried: number;
  throttles: number;
  resumes: number;
  itemsFailed: number;
  /** Each object that is not done and each item that was not understood, by name and fault; never content. */
  faults: { object?: string; nextRecord?: number; fault: string }[];
}

/** Puts together what an invocation did. */
export function reportInvocation(
  items: WorkItem[],
  { objects, counts, sent, deliveryFault }: PipelineResult,
  settlement: Settlement,
): InvocationReport {
  const total = (of: (ledger: PipelineResult['objects'][number]['ledger']) => number) =>
    objects.reduce((sum, { ledger }) => sum + of(ledger), 0);
  const unfinished = objects.filter((object) => !isDone(object));
  return {
    ...sumSkips(items),
    objects: objects.length,
    objectsDone: objects.length - unfinished.length,
    withoutRecords: objects.filter(({ outcome }) => outcome === 'no-records-array').length,
    recordsRead: total(({ recordsRead }) => recordsRead),
    delivered: total(({ delivered }) => delivered),
    filtered: 0,
    failed: settlement.failedRecords,
    leftForResume: settlement.leftForResume,
    isBalanced: settlement.isBalanced,
    ...counts,
    firehoseCalls: sent.calls,
    firehoseRecords: sent.recordsTaken,
    firehoseBytes: sent.bytesTaken,
    entriesRetried: sent.entriesRetried,
    callsRetried: sent.callsRetried,
    throttles: sent.throttles,
    resumes: settlement.resumes,
    itemsFailed: settlement.failed.length,
    faults: [
      ...items.flatMap(({ error }) => (error ? [{ fault: error.message }] : [])),
      ...unfinished.map(({ ref, ledger, fault }) => ({
        object: nameObject(ref),
        nextRecord: ledger.resumePoint,
        fault: nameFault(fault ?? deliveryFault),
      })),
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

function nameFault(error: Error | undefined): string {
  return error ? `${error.name}: ${error.message}` : 'no time left';
}
