import { CallError } from '../aws/call-error.ts';
import type { ObjectResult } from '../deliver-object.ts';
import type { PipelineResult } from '../pipeline.ts';
import { LogObjectError } from '../read/log-object-error.ts';
import { isGivenUp, type LogObjectRef } from '../trigger/log-object-ref.ts';
import { type RemainingRecords, remainingOf, toResumePoint } from '../trigger/remaining-records.ts';

export type Decision =
  | { kind: 'done' }
  | { kind: 'fail' }
  | { kind: 'requeue'; refs: LogObjectRef[]; delaySeconds: number };

/** State of the invocation on which the decision on an item depends. */
export interface InvocationState {
  /** Milliseconds since 1970. */
  now: number;
  /** Whether any object made progress. */
  isBusy: boolean;
  /** Streams with an object that made progress. */
  busyStreams: ReadonlySet<string>;
  /** Whether any object was started. */
  hasStarted: boolean;
}

export interface DecideOptions {
  hasWorkQueue: boolean;
  maxAttemptsWithoutProgress: number;
  giveUpAfterHours: number;
  /** Returns the jitter of the delay, from 0 to 1. */
  random: () => number;
}

export function stateOf({ objects }: Pick<PipelineResult, 'objects'>, now: number): InvocationState {
  const busy = objects.filter((object) => isDone(object) || hasProgress(object));
  return {
    now,
    isBusy: busy.length > 0,
    busyStreams: new Set(busy.map(({ stream }) => stream)),
    hasStarted: objects.some(isStarted),
  };
}

/** Whether the object was read to its end and Firehose accepted all its records. */
export function isDone(object: ObjectResult): boolean {
  return isReadToEnd(object) && object.ledger.outstanding === 0;
}

export function isReadToEnd({ outcome }: ObjectResult): boolean {
  return !NOT_READ_TO_THE_END.has(outcome);
}

export function isStarted({ outcome }: ObjectResult): boolean {
  return !NOT_READ.has(outcome);
}

const NOT_READ = new Set<string>(['not-started', 'given-up']);
const NOT_READ_TO_THE_END = new Set<string>(['failed', 'stopped', ...NOT_READ]);

/**
 * Decides on the objects of one item, which are acknowledged together.
 *
 * | an object …                                          | decision                                        |
 * |------------------------------------------------------|-------------------------------------------------|
 * | had a record acknowledged                            | requeue the remaining records                   |
 * | was refused, or not started because of a refusal     | requeue with a delay, for `giveUpAfterHours`    |
 * | was not started while others made progress           | requeue immediately and unchanged               |
 * | was started and made no progress                     | requeue, up to `maxAttemptsWithoutProgress`     |
 * | caused the error, or exceeded its hours or attempts  | fail                                            |
 *
 * An item fails if none of its objects made progress and all unfinished ones fail. SQS then counts the
 * receive, and eventually dead-letters the message.
 */
export function decideItem(
  objects: ObjectResult[],
  state: InvocationState,
  options: DecideOptions,
): Decision {
  const unfinished = objects.filter((object) => !isDone(object));
  if (unfinished.length === 0) return { kind: 'done' };
  // Objects that were not started go first next time.
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

/** The remaining records of an object, and when to retry them. */
interface Rest {
  ref: LogObjectRef;
  next: 'now' | 'later' | 'fail';
}

function toResumeRef(object: ObjectResult, state: InvocationState, options: DecideOptions): Rest {
  const { ref: before, stream, etag, outcome, error, deliveryError } = object;
  const point = toResumePoint(restOf(object));
  const ref = { ...before, ...point, etag, firstSeen: before.firstSeen ?? state.now };
  const isRefused = error !== undefined || deliveryError !== undefined;
  // If its own stream refuses, it makes no difference that other streams accept.
  const isBusy = deliveryError ? state.busyStreams.has(stream) : state.isBusy;
  if (hasProgress(object)) {
    const refusal = isRefused ? { refusals: 1, refusedSince: state.now } : NOT_REFUSED;
    return { ref: { ...ref, attempt: 0, ...refusal }, next: isRefused ? 'later' : 'now' };
  }
  if (isAtFault(object)) return { ref, next: 'fail' };
  if (outcome === 'not-started' && isBusy) return { ref, next: 'now' };
  if (isRefused || (outcome === 'not-started' && state.hasStarted)) {
    const refusedSince = before.refusedSince ?? state.now;
    const refused = { ...ref, refusals: (before.refusals ?? 0) + 1, refusedSince };
    return { ref: refused, next: isGivenUp(refused, options, state.now) ? 'fail' : 'later' };
  }
  const attempt = before.attempt + 1;
  return {
    ref: { ...ref, attempt },
    next: attempt > options.maxAttemptsWithoutProgress ? 'fail' : 'now',
  };
}

/** Returns the records to deliver later. Those of an object whose bytes were corrupted in transit do not count. */
export function restOf({ ref, ledger, error }: ObjectResult): RemainingRecords {
  return isCorruptedInTransit(error) ? remainingOf(ref) : ledger.remaining;
}

const NOT_REFUSED = { refusals: undefined, refusedSince: undefined };

/**
 * Whether records were delivered or filtered. They do not count if the bytes were corrupted in transit,
 * because all are then resent, or if the object can never be read to its end.
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

/** Whether the object itself caused the failure, rather than a service that may recover. */
function isAtFault({ outcome, error }: ObjectResult): boolean {
  return outcome === 'given-up' || (outcome === 'failed' && !(error instanceof CallError && error.isPassing));
}

/**
 * Returns 0 if any object is to be retried now. Otherwise, the delay grows with each refusal. It is partly random, to
 * spread objects that were refused together.
 */
function delayOf(rests: Rest[], random: () => number): number {
  if (rests.some(({ next }) => next === 'now')) return 0;
  const refusals = rests.reduce(
    (most, { ref, next }) => (next === 'later' ? Math.max(most, ref.refusals ?? 1) : most),
    1,
  );
  return backOff(refusals, random);
}

/**
 * Returns a delay in seconds, which doubles each time, from 30 s to SQS's limit of 15 minutes. Its upper half is random.
 *
 * @param times consecutive delays, including this one
 */
export function backOff(times: number, random: () => number): number {
  const seconds = Math.min(MAX_DELAY_SECONDS, FIRST_DELAY_SECONDS * 2 ** (times - 1));
  return Math.round(seconds / 2 + (random() * seconds) / 2);
}

const FIRST_DELAY_SECONDS = 30;
/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html */
const MAX_DELAY_SECONDS = 900;
