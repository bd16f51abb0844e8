import type { ObjectResult } from '../../../../lambda/deliver-object.ts';
import type { PipelineResult } from '../../../../lambda/pipeline.ts';
import { type Decision, decideItem, stateOf } from '../../../../lambda/settle/decide-item.ts';
import { describeUnknown, OUT_OF_TIME } from '../../../../lambda/settle/list-errors.ts';
import type { BatchRun } from './batch-run.ts';
import { type Batch, MAX_BATCH_OBJECTS } from './next-batch.ts';
import type { FailedObject } from './state-file.ts';

/**
 * Enters a batch's results into the state, by the function's rules for a message of one object.
 *
 * @returns seconds to wait before the next batch: 0 if any object made progress
 */
export function settleBatch(
  run: BatchRun,
  { bytes, after, isListed }: Batch,
  result: PipelineResult,
): number {
  const { state, settings, clock, random } = run;
  const { counts } = state;
  const invocation = stateOf(result, clock.now());
  Object.assign(state, { after, isListed });
  state.pending.splice(0, MAX_BATCH_OBJECTS);
  counts.sentBytes += result.sent.bytesAccepted;
  let delaySeconds = 0;
  for (const object of result.objects) {
    const { ref, ledger } = object;
    counts.events += ledger.delivered;
    counts.filtered += ledger.filtered;
    if (!ledger.isBalanced) throw new Error('record counts do not match: report this as a bug');
    const decision = decideItem([object], invocation, { ...settings, hasWorkQueue: true, random });
    const failed = describeFailure(object, decision);
    if (failed !== undefined) state.failed.push(failed);
    else if (decision.kind === 'requeue') {
      state.pending.push(...decision.refs);
      delaySeconds = Math.max(delaySeconds, decision.delaySeconds);
    } else {
      counts.objects++;
      counts.storedBytes += bytes.get(ref.key) ?? 0;
    }
  }
  return invocation.isBusy ? 0 : delaySeconds;
}

function describeFailure(object: ObjectResult, decision: Decision): FailedObject | undefined {
  const { ref, error = object.deliveryError } = object;
  if (decision.kind === 'fail') return { ref, error: error?.message ?? OUT_OF_TIME };
  const unknown = decision.kind === 'done' ? describeUnknown(object) : undefined;
  return unknown === undefined ? undefined : { ref, error: unknown };
}
