import type { ObjectResult, PipelineResult } from './pipeline.ts';
import { LogObjectError } from './read/log-object-error.ts';
import type { LogObjectRef } from './trigger/log-object-ref.ts';
import type { WorkItem } from './trigger/parse-event.ts';

/** What became of the items of one invocation. */
export interface Settlement {
  /** Items that nobody acknowledges: they come again, and end in the dead-letter queue by name. */
  failed: WorkItem[];
  /** Objects handed on to a later invocation. */
  resumes: number;
  /** Records read that a resume message will bring again. */
  leftForResume: number;
  /** Records read that come again with their whole item. */
  failedRecords: number;
  isBalanced: boolean;
  /** Why resume messages could not be put on the work queue. */
  resumeFaults: Error[];
}

export interface SettleOptions {
  /** Puts one resume message on the work queue; `undefined` where there is none. */
  sendResume: ((refs: LogObjectRef[], delaySeconds: number) => Promise<void>) | undefined;
  maxAttemptsWithoutProgress: number;
}

export type Decision =
  | { kind: 'done' }
  | { kind: 'fail' }
  | { kind: 'hand on'; refs: LogObjectRef[]; delaySeconds: number };

/**
 * Settles each item by itself: done, handed on, or failed; see `decideItem`. Where the books do not balance all
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
    resumeFaults: [],
  };
  await Promise.all(
    items.map(async (item) => {
      const { outstanding, decision } = decideItem(item, result, options);
      if (settlement.isBalanced && (await carryOut(decision, options, settlement))) {
        settlement.leftForResume += outstanding;
      } else {
        settlement.failed.push(item);
        settlement.failedRecords += outstanding;
      }
    }),
  );
  return settlement;
}

/** Read to its end, and every record of it taken by Firehose. */
export function isDone({ outcome, ledger }: ObjectResult): boolean {
  return !NOT_READ_TO_THE_END.has(outcome) && ledger.outstanding === 0;
}

const NOT_READ_TO_THE_END = new Set<string>(['failed', 'stopped', 'not-started']);

/**
 * An item that came further, or had no time to, is handed on: one resume message names each object that is not
 * done and its lowest record not acknowledged, so that nothing that was delivered is sent again. One that came no
 * further, though it had time, fails as it stands, so that the queue counts its tries and has the last word.
 */
export function decideItem(
  { notification, error }: WorkItem,
  { objects: all, deliveryFault }: PipelineResult,
  { sendResume, maxAttemptsWithoutProgress }: SettleOptions,
): { decision: Decision; outstanding: number } {
  const refs = notification?.refs ?? [];
  const objects = all.filter(({ ref }) => refs.includes(ref));
  const unfinished = objects.filter((object) => !isDone(object));
  const outstanding = unfinished.reduce((records, { ledger }) => records + ledger.outstanding, 0);
  if (error || objects.length < refs.length) return { decision: { kind: 'fail' }, outstanding };
  if (unfinished.length === 0) return { decision: { kind: 'done' }, outstanding };

  const hadNoTime = !deliveryFault && unfinished.every(({ outcome }) => outcome !== 'failed');
  const cameFurther = objects.some((object) => isDone(object) || hasProgress(object));
  const isBusy = all.some((object) => isDone(object) || hasProgress(object));
  // What was not started goes first the next time.
  const rest = [...unfinished]
    .sort((a, b) => Number(b.outcome === 'not-started') - Number(a.outcome === 'not-started'))
    .map((object) => restOf(object, isBusy));
  const isExhausted = rest.every(({ attempt }) => attempt > maxAttemptsWithoutProgress);
  if (!sendResume || (!cameFurther && (!hadNoTime || isExhausted)))
    return { decision: { kind: 'fail' }, outstanding };
  const delaySeconds = hadNoTime ? 0 : FAULT_DELAY_SECONDS;
  return { decision: { kind: 'hand on', refs: rest, delaySeconds }, outstanding };
}

/** After a fault the rest waits a little: what was throttled or broken has a chance to mend. */
const FAULT_DELAY_SECONDS = 30;

/** What was delivered out of bytes that were spoilt on their way is no progress: all of it has to come again. */
function hasProgress({ ledger, fault }: ObjectResult): boolean {
  return ledger.hasProgress && !isSpoilt(fault);
}

function isSpoilt(fault: Error | undefined): boolean {
  return fault instanceof LogObjectError && fault.fault === 'spoilt-in-transit';
}

/** @param isBusy whether the invocation brought any object further; one that had no turn beside it tried nothing */
function restOf(object: ObjectResult, isBusy: boolean): LogObjectRef {
  const { ref, ledger, fault, outcome } = object;
  const nextRecord = isSpoilt(fault) ? ref.nextRecord : ledger.resumePoint;
  if (hasProgress(object)) return { ...ref, nextRecord, attempt: 0 };
  return { ...ref, nextRecord, attempt: outcome === 'not-started' && isBusy ? ref.attempt : ref.attempt + 1 };
}

/** @returns whether the item may be acknowledged */
async function carryOut(
  decision: Decision,
  { sendResume }: SettleOptions,
  settlement: Settlement,
): Promise<boolean> {
  if (decision.kind !== 'hand on') return decision.kind === 'done';
  try {
    await sendResume?.(decision.refs, decision.delaySeconds);
    settlement.resumes += decision.refs.length;
    return true;
  } catch (error) {
    // The item comes again as a whole: some of it twice, nothing of it lost.
    settlement.resumeFaults.push(error instanceof Error ? error : new Error(String(error)));
    return false;
  }
}
