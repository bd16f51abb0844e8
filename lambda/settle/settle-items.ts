import { randomUUID } from 'node:crypto';
import type { ObjectResult, PipelineResult } from '../pipeline.ts';
import type { LogObjectRef } from '../trigger/log-object-ref.ts';
import type { Claim } from '../trigger/notification.ts';
import type { WorkItem } from '../trigger/parse-event.ts';
import { type DecideOptions, type Decision, decideItem, isDone, stateOf } from './decide-item.ts';

/** What became of the items of one invocation. */
export interface Settlement {
  /** Items that nobody acknowledges: they are redelivered, and end in the dead-letter queue by name. */
  failed: WorkItem[];
  /** Objects requeued for a later invocation. */
  resumes: number;
  /** Records read that a resume message will bring again. */
  leftForResume: number;
  /** Records read that come again with their whole item. */
  failedRecords: number;
  isBalanced: boolean;
  /** Why resume messages could not be put on the work queue, and of which item. */
  resumeErrors: { item: WorkItem; error: Error }[];
}

export interface SettleOptions extends Omit<DecideOptions, 'hasWorkQueue'> {
  /** Puts one resume message on the work queue; `undefined` without one. */
  sendResume:
    | ((refs: LogObjectRef[], delaySeconds: number, claim: Claim | undefined) => Promise<void>)
    | undefined;
  /** Identifies an event without messages: Lambda's request id, the same for each attempt. */
  requestId?: string | undefined;
  /** Milliseconds since 1970. */
  now: number;
}

/**
 * Settles each item separately: done, requeued, or failed; see `decideItem`. If the counts do not match, all
 * items fail: nothing is acknowledged on a guess.
 */
export async function settleItems(
  items: WorkItem[],
  result: PipelineResult,
  options: SettleOptions,
): Promise<Settlement> {
  const settlement: Settlement = {
    failed: [],
    resumes: 0,
    leftForResume: 0,
    failedRecords: 0,
    isBalanced: result.objects.every(({ ledger }) => ledger.isBalanced),
    resumeErrors: [],
  };
  const state = stateOf(result, options.now);
  const objectsByRef = groupByRef(result);
  await Promise.all(
    items.map(async (item) => {
      const objects = objectsOf(item, objectsByRef);
      const decision = decide(item, objects);
      const outstanding = objects?.reduce((sum, object) => sum + outstandingOf(object), 0) ?? 0;
      if (settlement.isBalanced && (await applyDecision(item, decision))) {
        settlement.leftForResume += outstanding;
      } else {
        settlement.failed.push(item);
        settlement.failedRecords += outstanding;
      }
    }),
  );
  return settlement;

  function decide({ error }: WorkItem, objects: ObjectResult[] | undefined): Decision {
    if (error || !objects) return { kind: 'fail' };
    return decideItem(objects, state, { ...options, hasWorkQueue: options.sendResume !== undefined });
  }

  /** @returns whether the item may be acknowledged */
  async function applyDecision(item: WorkItem, decision: Decision): Promise<boolean> {
    if (decision.kind !== 'requeue') return decision.kind === 'done';
    const parent = item.messageId ?? idOf(item, options.requestId);
    const claim = parent === undefined ? undefined : { parent, handOver: randomUUID() };
    try {
      await options.sendResume?.(decision.refs, decision.delaySeconds, claim);
      settlement.resumes += decision.refs.length;
      return true;
    } catch (error) {
      // The item is redelivered: some of it twice, nothing of it lost.
      settlement.resumeErrors.push({
        item,
        error: error instanceof Error ? error : new Error('no error object'),
      });
      return false;
    }
  }
}

/** Of an item without a message: a task has an id within its invocation. */
function idOf({ taskId }: WorkItem, requestId: string | undefined): string | undefined {
  return taskId === undefined || requestId === undefined ? requestId : `${requestId}-${taskId}`;
}

export function groupByRef({ objects }: PipelineResult): Map<LogObjectRef, ObjectResult> {
  return new Map(objects.map((object) => [object.ref, object]));
}

/** @returns the results of an item's objects; `undefined` if one of them has none */
export function objectsOf(
  { notification, isSuperseded }: WorkItem,
  byRef: Map<LogObjectRef, ObjectResult>,
): ObjectResult[] | undefined {
  if (isSuperseded) return [];
  const refs = notification?.refs ?? [];
  const objects = refs.flatMap((ref) => byRef.get(ref) ?? []);
  return objects.length === refs.length ? objects : undefined;
}

function outstandingOf(object: ObjectResult): number {
  return isDone(object) ? 0 : object.ledger.outstanding;
}
