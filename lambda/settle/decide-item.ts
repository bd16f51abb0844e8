import { CallError } from '../aws/call-error.ts';
import type { ObjectResult, PipelineResult } from '../pipeline.ts';
import { LogObjectError } from '../read/log-object-error.ts';
import { isGivenUp, type LogObjectRef } from '../trigger/log-object-ref.ts';
import { remainingOf, toResumePoint } from '../trigger/remaining-records.ts';

export type Decision =
  | { kind: 'done' }
  | { kind: 'fail' }
  | { kind: 'requeue'; refs: LogObjectRef[]; delaySeconds: number };

/** What the decision on one item needs to know of its invocation. */
export interface InvocationState {
  /** Milliseconds since 1970. */
  now: number;
  /** Whether any object made progress. */
  isBusy: boolean;
  /** Whether any object was started. */
  hadTurns: boolean;
  /** Why delivery was abandoned, if it was. */
  deliveryError: Error | undefined;
}

export interface DecideOptions {
  hasWorkQueue: boolean;
  maxAttemptsWithoutProgress: number;
  giveUpAfterHours: number;
  /** For the delay's jitter: 0 to 1. */
  random: () => number;
}

export function stateOf({ objects, deliveryError }: PipelineResult, now: number): InvocationState {
  return {
    now,
    isBusy: objects.some((object) => isDone(object) || hasProgress(object)),
    hadTurns: objects.some(({ outcome }) => !WITHOUT_TURN.has(outcome)),
    deliveryError,
  };
}

/** Read to its end, and every record of it accepted by Firehose. */
export function isDone({ outcome, ledger }: ObjectResult): boolean {
  return !NOT_READ_TO_THE_END.has(outcome) && ledger.outstanding === 0;
}

const WITHOUT_TURN = new Set<string>(['not-started', 'given-up']);
const NOT_READ_TO_THE_END = new Set<string>(['failed', 'stopped', ...WITHOUT_TURN]);

/**
 * Decides on the objects of one item, which are acknowledged together.
 *
 * | an object …                                          | then                                                    |
 * |------------------------------------------------------|---------------------------------------------------------|
 * | had a record acknowledged                            | is requeued with what is left                           |
 * | was refused by a service, or had no turn because of it | is requeued with a growing delay, for `giveUpAfterHours` |
 * | had no turn while others made progress               | is requeued at once, as it came                         |
 * | had its turn and made no progress                    | is requeued, a few times                                |
 * | is at fault itself, or is past its hours or attempts | fails                                                   |
 *
 * An item fails if all of its unfinished objects do and none made progress: SQS then counts the receive, and its
 * dead-letter queue decides.
 */
export function decideItem(
  objects: ObjectResult[],
  state: InvocationState,
  options: DecideOptions,
): Decision {
  const unfinished = objects.filter((object) => !isDone(object));
  if (unfinished.length === 0) return { kind: 'done' };
  // Objects without a turn go first next time.
  const rests = [...unfinished]
    .sort((a, b) => Number(b.outcome === 'not-started') - Number(a.outcome === 'not-started'))
    .map((object) => toResumeRef(object, state, options));
  const madeProgress = objects.some((object) => isDone(object) || hasProgress(object));
  const isOver = !madeProgress && rests.every(({ next }) => next === 'fail');
  if (!options.hasWorkQueue || isOver) return { kind: 'fail' };
  return {
    kind: 'requeue',
    refs: rests.map(({ ref }) => ref),
    delaySeconds: delayOf(rests, options.random),
  };
}

/** What is left of an object, and whether it should come back at once, after a while, or not at all. */
interface Rest {
  ref: LogObjectRef;
  next: 'at once' | 'later' | 'fail';
}

function toResumeRef(object: ObjectResult, state: InvocationState, options: DecideOptions): Rest {
  const { ref: before, etag, ledger, outcome, error } = object;
  const point = toResumePoint(isCorruptedInTransit(error) ? remainingOf(before) : ledger.remaining);
  const ref = { ...before, ...point, etag, firstSeen: before.firstSeen ?? state.now };
  if (hasProgress(object)) {
    const isHindered = error !== undefined || state.deliveryError !== undefined;
    const clocks = isHindered ? { refusals: 1, refusedSince: state.now } : NOT_REFUSED;
    return { ref: { ...ref, attempt: 0, ...clocks }, next: isHindered ? 'later' : 'at once' };
  }
  if (isAtFault(object)) return { ref, next: 'fail' };
  if (outcome === 'not-started' && state.isBusy) return { ref, next: 'at once' };
  const isRefused = error !== undefined || state.deliveryError !== undefined;
  if (isRefused || (outcome === 'not-started' && state.hadTurns)) {
    const refusedSince = before.refusedSince ?? state.now;
    const refused = { ...ref, refusals: (before.refusals ?? 0) + 1, refusedSince };
    return { ref: refused, next: isGivenUp(refused, options, state.now) ? 'fail' : 'later' };
  }
  const attempt = before.attempt + 1;
  return {
    ref: { ...ref, attempt },
    next: attempt > options.maxAttemptsWithoutProgress ? 'fail' : 'at once',
  };
}

const NOT_REFUSED = { refusals: undefined, refusedSince: undefined };

/**
 * Records delivered out of bytes that were corrupted in transit are no progress: all of them have to be sent again. Nor
 * are those of an object that can never be read to its end.
 */
function hasProgress({ ledger, error }: ObjectResult): boolean {
  return ledger.hasProgress && !isCorruptedInTransit(error) && !isFinal(error);
}

function isCorruptedInTransit(error: Error | undefined): boolean {
  return error instanceof LogObjectError && error.code === 'corrupted-in-transit';
}

function isFinal(error: Error | undefined): boolean {
  return error instanceof LogObjectError && error.code === 'too-many-records';
}

/** Whether the object itself is why it failed, rather than a service that may be well again later. */
function isAtFault({ outcome, error }: ObjectResult): boolean {
  return outcome === 'given-up' || (outcome === 'failed' && !(error instanceof CallError && error.isPassing));
}

/**
 * An object without a turn waits for nothing. Else the delay doubles from 30 s with each refusal, to SQS's 15 minutes;
 * the upper half of it is random, so that what was refused together does not come back together.
 */
function delayOf(rests: Rest[], random: () => number): number {
  if (rests.some(({ next }) => next === 'at once')) return 0;
  const refusals = rests.reduce(
    (most, { ref, next }) => (next === 'later' ? Math.max(most, ref.refusals ?? 1) : most),
    1,
  );
  const seconds = Math.min(MAX_DELAY_SECONDS, FIRST_DELAY_SECONDS * 2 ** (refusals - 1));
  return Math.round(seconds / 2 + (random() * seconds) / 2);
}

const FIRST_DELAY_SECONDS = 30;
/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html */
const MAX_DELAY_SECONDS = 900;
