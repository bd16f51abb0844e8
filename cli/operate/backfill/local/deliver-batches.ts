import { CallError } from '../../../../lambda/aws/call-error.ts';
import { type Deadline, startDeadline } from '../../../../lambda/deadline.ts';
import { type DeliveryError, deliverObjects, type PipelineResult } from '../../../../lambda/pipeline.ts';
import { OUT_OF_TIME } from '../../../../lambda/settle/list-errors.ts';
import type { LogObjectRef } from '../../../../lambda/trigger/log-object-ref.ts';
import { CouldNotTellError } from '../../../endings.ts';
import { adviceFor } from '../../explain-error.ts';
import { waitOrStop } from '../wait.ts';
import type { BatchRun } from './batch-run.ts';
import { nextBatch } from './next-batch.ts';
import { settleBatch } from './settle-batch.ts';

/** As long as the longest invocation. What is unfinished then continues in the next batch. */
const BATCH_MS = 900_000;

/** Until the stream has accepted anything, its errors end the run sooner. */
const FIRST_BATCH_MS = 60_000;
const MARGIN_MS = 10_000;

/** After Ctrl-C. Less than the margin, so that reading stops; enough to send what was read. */
const STOPPING_MS = 5_000;

/** Consecutive batches that Firehose ended before the run does. Each has retried for up to `BATCH_MS`. */
const MAX_FAILED_DELIVERIES = 2;

/** More failed objects have a common cause, and the state file would get long. */
const MAX_FAILED = 10_000;

/**
 * Delivers every selected object with the function's own pipeline, batch by batch. Returns when all are delivered or
 * failed, or after `stop`.
 *
 * The state is saved after each batch, so a crash repeats the batch in flight and skips nothing.
 *
 * @throws Error if the stream rejects calls, or no object can be read at all
 */
export async function deliverBatches(run: BatchRun): Promise<void> {
  const { state, stop } = run;
  // Another attempt for what failed in an earlier run. Refusals count from now, as after a redrive.
  const again = [...state.pending.splice(0), ...state.failed.splice(0).map(({ ref }) => ref)];
  state.pending.push(...again.map((ref) => ({ ...ref, attempt: 0, ...NOT_REFUSED })));
  const listed = run.source.list(state.after);
  let failedDeliveries = 0;
  try {
    while (!stop.aborted) {
      const batch = await nextBatch(run, listed);
      const result = await deliver(batch.refs, run);
      const delaySeconds = settleBatch(run, batch, result);
      run.save();
      run.onProgress();
      if (stop.aborted) return;
      throwIfHopeless(run, result);
      if (state.isListed && state.pending.length === 0) return;
      const [failed] = result.deliveryErrors;
      failedDeliveries = failed ? failedDeliveries + 1 : 0;
      if (failed && failedDeliveries === MAX_FAILED_DELIVERIES) throw run.explainDelivery(failed);
      if (delaySeconds > 0) await wait(delaySeconds, result, run);
    }
  } finally {
    await listed.return();
  }
}

const NOT_REFUSED = { refusals: undefined, refusedSince: undefined, firstSeen: undefined };

async function deliver(refs: LogObjectRef[], run: BatchRun): Promise<PipelineResult> {
  const deadline = startBatch(run);
  try {
    return await deliverObjects(refs, { ...run, deadline });
  } finally {
    deadline.clear();
  }
}

function startBatch({ clock, stop, state }: BatchRun): Deadline {
  const endsAt = clock.now() + (state.counts.sentBytes === 0 ? FIRST_BATCH_MS : BATCH_MS);
  const remainingMs = () => {
    const leftMs = endsAt - clock.now();
    return stop.aborted ? Math.min(leftMs, STOPPING_MS) : leftMs;
  };
  const deadline = startDeadline(remainingMs, MARGIN_MS, clock);
  return { ...deadline, signal: AbortSignal.any([deadline.signal, stop]) };
}

/** @throws CouldNotTellError if a stream rejects every call, or S3 every object */
function throwIfHopeless(run: BatchRun, { objects, deliveryErrors }: PipelineResult): void {
  const { state, explainDelivery } = run;
  const isPassing = ({ error }: DeliveryError) => error instanceof CallError && error.isPassing;
  const hopeless = deliveryErrors.find((each) => !isPassing(each) || state.counts.sentBytes === 0);
  if (hopeless) throw explainDelivery(hopeless);
  if (state.failed.length > MAX_FAILED)
    throw new Error(`more than ${MAX_FAILED} objects failed, the last with: ${state.failed.at(-1)?.error}`);
  const [first] = objects;
  if (state.counts.objects > 0 || !first || !objects.every(({ outcome }) => outcome === 'failed')) return;
  const target = `s3://${first.ref.bucket}/${first.ref.key}`;
  const advice = adviceFor({ name: 'S3 GetObject', action: 's3:GetObject', target }, first.error);
  if (advice !== undefined) throw new CouldNotTellError(advice);
}

/** Waits, or until Ctrl-C. */
async function wait(
  seconds: number,
  { objects, deliveryErrors: [delivery] }: PipelineResult,
  run: BatchRun,
): Promise<void> {
  const error = delivery?.error ?? objects.find((object) => object.error)?.error;
  run.note(`${error?.message ?? OUT_OF_TIME}: next attempt in ${seconds} s`);
  await waitOrStop(run.clock, seconds * 1000, run.stop);
}
