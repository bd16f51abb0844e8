import { randomUUID } from 'node:crypto';
import type { ObjectResult } from '../deliver-object.ts';
import type { PipelineResult } from '../pipeline.ts';
import type { LogObjectRef } from '../trigger/log-object-ref.ts';
import type { Claim } from '../trigger/notification.ts';
import type { WorkItem } from '../trigger/parse-event.ts';
import { type DecideOptions, type Decision, decideItem, isDone, stateOf } from './decide-item.ts';

/** Outcome of the items of one invocation. */
export interface Settlement {
  /** Items that are not acknowledged: SQS redelivers them, and eventually dead-letters them. */
  failed: WorkItem[];
  /** Objects requeued for a later invocation. */
  resumes: number;
  /** Records read, but requeued in a resume message. */
  leftForResume: number;
  /** Records read, but redelivered with their failed item. */
  failedRecords: number;
  isBalanced: boolean;
  /** Errors from sending resume messages, each with its item. */
  resumeErrors: { item: WorkItem; error: Error }[];
}

export interface SettleOptions extends Omit<DecideOptions, 'hasWorkQueue'> {
  /** Sends a resume message to the work queue; `undefined` without a work queue. */
  sendResume:
    | ((refs: LogObjectRef[], delaySeconds: number, claim: Claim | undefined) => Promise<void>)
    | undefined;
  /** Lambda's request id, the same for each attempt. Identifies an event without messages. */
  requestId?: string | undefined;
  /** Milliseconds since 1970. */
  now: number;
}

/**
 * Settles each item separately: done, requeued, or failed; see `decideItem`. If record counts do not match,
 * all items fail, so none is acknowledged by mistake.
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
      // The item is redelivered: that may duplicate records, but loses none.
      settlement.resumeErrors.push({
        item,
        error: error instanceof Error ? error : new Error('the thrown value is not an Error'),
      });
      return false;
    }
  }
}

/** Id of an item without a message. A task's id is unique only within its invocation. */
function idOf({ taskId }: WorkItem, requestId: string | undefined): string | undefined {
  return taskId === undefined || requestId === undefined ? requestId : `${requestId}-${taskId}`;
}

export function groupByRef({ objects }: PipelineResult): Map<LogObjectRef, ObjectResult> {
  return new Map(objects.map((object) => [object.ref, object]));
}

/** @returns the results of an item's objects; `undefined` if one of them has no result */
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
