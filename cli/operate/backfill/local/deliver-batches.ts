import type { FirehoseClient } from '@aws-sdk/client-firehose';
import type { S3Client } from '@aws-sdk/client-s3';
import { CallError } from '../../../../lambda/aws/call-error.ts';
import type { Clock } from '../../../../lambda/clock.ts';
import { type Deadline, startDeadline } from '../../../../lambda/deadline.ts';
import type { Pacer } from '../../../../lambda/deliver/pacer.ts';
import type { ObjectResult } from '../../../../lambda/deliver-object.ts';
import { type DeliveryError, deliverObjects, type PipelineResult } from '../../../../lambda/pipeline.ts';
import type { Redactor } from '../../../../lambda/select/redactor.ts';
import type { Settings } from '../../../../lambda/settings.ts';
import { type Decision, decideItem, stateOf } from '../../../../lambda/settle/decide-item.ts';
import { describeUnknown, OUT_OF_TIME } from '../../../../lambda/settle/list-errors.ts';
import type { LogObjectRef } from '../../../../lambda/trigger/log-object-ref.ts';
import { CouldNotTellError } from '../../../endings.ts';
import { adviceFor } from '../../explain-error.ts';
import { type Selection, selectKey } from '../select-objects.ts';
import { waitOrStop } from '../wait.ts';
import type { Source } from './local-source.ts';
import type { FailedObject, RunState } from './state-file.ts';

/**
 * Objects that are in flight together, and repeat after a crash. They share the calls to Firehose: 100 small objects
 * fill about one call with gzip, and four with lines.
 */
export const MAX_BATCH_OBJECTS = 100;
const MAX_BATCH_BYTES = 64 * 1024 * 1024;

/** As long as the longest invocation. What is unfinished then continues in the next batch. */
const BATCH_MS = 900_000;

/** Until the stream has accepted anything, its errors end the run sooner. */
const FIRST_BATCH_MS = 60_000;
const MARGIN_MS = 10_000;

/** After Ctrl-C. Less than the margin, so that reading stops; enough to send what was read. */
const STOPPING_MS = 5_000;

/** Consecutive batches that Firehose ended before the run does. Each has retried for up to `BATCH_MS`. */
const MAX_FAILED_DELIVERIES = 2;

/** Names of archived objects to keep. */
const MAX_ARCHIVED_NAMES = 20;

/** More failed objects have a common cause, and the state file would get long. */
const MAX_FAILED = 10_000;

export interface BatchRun {
  readonly source: Source;
  readonly selection: Selection;
  readonly s3: S3Client;
  readonly firehose: FirehoseClient;
  /** Turns an error of the stream into one line with its cause and what to do. */
  explainDelivery(delivery: DeliveryError): Error;
  readonly settings: Settings;
  /** Returns what replaces secrets. @default - nothing is replaced */
  readonly openRedactor: (() => Promise<Redactor>) | undefined;
  /** Limits what is sent to Firehose, by stream and over all batches. */
  readonly pacers: ReadonlyMap<string, Pacer> | undefined;
  readonly clock: Clock;
  readonly random: () => number;
  readonly stop: AbortSignal;
  readonly state: RunState;
  /** Makes the state durable. Called after each batch. */
  save(): void;
  onProgress(): void;
  /** Tells about a wait or a retry, in one line. */
  note(line: string): void;
}

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
      const delaySeconds = settle(run, batch, result);
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

interface Batch {
  readonly refs: LogObjectRef[];
  /** Stored bytes by key. */
  readonly bytes: Map<string, number>;
  readonly after: string;
  readonly isListed: boolean;
}

/** Takes pending objects first, then lists. Changes nothing in the state but the counts of what is not read. */
async function nextBatch({ source, selection, state }: BatchRun, listed: ReturnType<Source['list']>) {
  const refs = state.pending.slice(0, MAX_BATCH_OBJECTS);
  const bytes = new Map<string, number>();
  let { after, isListed } = state;
  let total = 0;
  while (!isListed && refs.length < MAX_BATCH_OBJECTS && total < MAX_BATCH_BYTES) {
    const { value: found, done = false } = await listed.next();
    isListed = done;
    if (!found) break;
    after = found.key;
    const selected = selectKey(found.key, selection);
    if (selected === 'undated') state.counts.undated++;
    if (selected !== 'selected') continue;
    if (found.isArchived) {
      state.counts.archived++;
      if (state.archived.length < MAX_ARCHIVED_NAMES) state.archived.push(found.key);
      continue;
    }
    refs.push({ bucket: source.bucket, key: found.key, nextRecord: 0, attempt: 0 });
    bytes.set(found.key, found.bytes);
    total += found.bytes;
  }
  return { refs, bytes, after, isListed } satisfies Batch;
}

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

/**
 * Enters a batch's results into the state, by the function's rules for a message of one object.
 *
 * @returns seconds to wait before the next batch: 0 if any object made progress
 */
function settle(run: BatchRun, { bytes, after, isListed }: Batch, result: PipelineResult): number {
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
