import type { ObjectResult, PipelineResult } from './pipeline.ts';
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
}

export interface SettleOptions {
  /** Puts a resume message on the work queue; `undefined` where there is none. */
  sendResume: ((refs: LogObjectRef[], delaySeconds: number) => Promise<void>) | undefined;
  maxAttemptsWithoutProgress: number;
}

/**
 * Decides for each item by itself: done, handed on, or failed.
 *
 * An item that came further, or had no time to, is handed on as one resume message that names each object not
 * done and its lowest record not acknowledged: so nothing that was delivered is sent again. An item that came
 * no further at all fails as it stands, so that the queue counts its tries. Where the books do not balance, all
 * items fail: nothing is acknowledged on a guess.
 */
export async function settleItems(
  items: WorkItem[],
  result: PipelineResult,
  options: SettleOptions,
): Promise<Settlement> {
  const byRef = new Map(result.objects.map((object) => [object.ref, object]));
  const settlement: Settlement = {
    failed: [],
    resumes: 0,
    leftForResume: 0,
    failedRecords: 0,
    isBalanced: result.objects.every(({ ledger }) => ledger.isBalanced),
  };
  for (const item of items) {
    const objects = (item.notification?.refs ?? []).flatMap((ref) => byRef.get(ref) ?? []);
    const unfinished = objects.filter((object) => !isDone(object));
    const outstanding = unfinished.reduce((records, { ledger }) => records + ledger.outstanding, 0);
    if (item.error || !settlement.isBalanced || !(await handOn(objects, unfinished, options, settlement))) {
      settlement.failed.push(item);
      settlement.failedRecords += outstanding;
    } else {
      settlement.leftForResume += outstanding;
    }
  }
  return settlement;
}

/** Read to its end, and every record of it taken by Firehose. */
export function isDone({ outcome, ledger }: ObjectResult): boolean {
  return outcome !== 'failed' && outcome !== 'stopped' && ledger.outstanding === 0;
}

/** @returns whether nothing of the item is left, or all that is left is on the work queue */
async function handOn(
  objects: ObjectResult[],
  unfinished: ObjectResult[],
  { sendResume, maxAttemptsWithoutProgress }: SettleOptions,
  settlement: Settlement,
): Promise<boolean> {
  if (unfinished.length === 0) return true;
  const cameFurther = objects.some((object) => isDone(object) || object.ledger.hasProgress);
  const hadNoTime = unfinished.every(({ outcome }) => outcome === 'stopped');
  if (!sendResume || !(cameFurther || hadNoTime)) return false;
  const rest = unfinished.map(restOf);
  if (rest.some(({ attempt }) => attempt > maxAttemptsWithoutProgress)) return false;
  try {
    await sendResume(rest, hadNoTime ? 0 : FAULT_DELAY_SECONDS);
    settlement.resumes += rest.length;
    return true;
  } catch {
    // The item comes again as a whole: some of it twice, nothing of it lost.
    return false;
  }
}

/** After a fault the rest waits a little: what was throttled or broken has a chance to mend. */
const FAULT_DELAY_SECONDS = 30;

function restOf({ ref, ledger }: ObjectResult): LogObjectRef {
  return {
    ...ref,
    nextRecord: ledger.resumePoint,
    attempt: ledger.hasProgress ? 0 : ref.attempt + 1,
  };
}
