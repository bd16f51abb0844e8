import type { InvocationContext } from '../lambda/handler.ts';
import type { Random } from '../samples/random.ts';
import type { AccountFaults, Handler } from './account.ts';
import type { FirehoseFault, FirehoseRequest, S3Fault, SqsFault } from './faults.ts';

/** Faults of the function itself. */
export type FunctionFault = 'killed' | 'outOfTime';

export interface FaultPlan {
  /** Faults of the endpoints. */
  faults: AccountFaults;
  /** Returns the context of the next invocation, which may run out of time or be killed. */
  startInvocation(): InvocationContext;
  /** Whether the current invocation was killed; its answer is then lost. */
  readonly isKilled: boolean;
  /** How often the function was stopped, by kind. */
  readonly functionFaults: Record<FunctionFault, number>;
}

/** Wraps a handler: a killed invocation throws instead of answering. */
export function killable(handler: Handler, plan: FaultPlan): Handler {
  return async (event, context) => {
    const answer = await handler(event, context);
    if (plan.isKilled) throw new Error('the invocation was killed');
    return answer;
  };
}

/**
 * Draws all faults from one seeded source: the fault of each request, when an invocation runs out of time, when
 * it is killed. After `budget` faults no request fails any more, so every run ends.
 *
 * @param budget total number of faults
 * @param likelihood probability of a fault per request, 0 to 1
 */
export function planFaults(random: Random, budget: number, likelihood: number): FaultPlan {
  const functionFaults = { killed: 0, outOfTime: 0 };
  let left = budget;
  let requestsToLive = Number.POSITIVE_INFINITY;
  let pollsInTime = Number.POSITIVE_INFINITY;
  let isKilled = false;

  function draw<Fault>(drawFault: () => Fault): Fault | { kind: 'refuse' } | undefined {
    if (requestsToLive-- <= 0 && !isKilled) {
      isKilled = true;
      functionFaults.killed++;
    }
    if (isKilled) return { kind: 'refuse' };
    if (left <= 0 || !random.chance(likelihood)) return undefined;
    left--;
    return drawFault();
  }

  return {
    faults: {
      s3: () => draw(() => drawS3Fault(random)),
      firehose: (request) => draw(() => drawFirehoseFault(random, request)),
      sqs: () => draw(() => drawSqsFault(random)),
    },
    startInvocation() {
      isKilled = false;
      requestsToLive = spend(0.15) ? random.int(0, 12) : Number.POSITIVE_INFINITY;
      pollsInTime = spend(0.2) ? random.int(1, 60) : Number.POSITIVE_INFINITY;
      return { getRemainingTimeInMillis: remainingMs };
    },
    get isKilled() {
      return isKilled;
    },
    functionFaults,
  };

  function spend(chance: number): boolean {
    if (left <= 0 || !random.chance(chance)) return false;
    left--;
    return true;
  }

  /** Returns a fixed time until a drawn poll, then too little, so the machine's speed has no influence. */
  function remainingMs(): number {
    if (isKilled) return 0;
    if (pollsInTime-- > 0) return 60_000;
    if (pollsInTime === -1) functionFaults.outOfTime++;
    // Within the margin of 10 s: too late to read, but enough time to requeue.
    return 5_000;
  }
}

export function drawS3Fault(random: Random): S3Fault {
  return random.pick<() => S3Fault>([
    () => ({ kind: random.pick(['notFound', 'accessDenied', 'slowDown', 'internalError']) }),
    () => ({ kind: 'cut', afterBytes: random.int(0, 3_000) }),
    () => ({ kind: 'cut', afterBytes: random.int(0, 300) }),
    () => ({ kind: 'slowBody', pauseMs: 1, pieceBytes: random.int(100, 2_000) }),
    () => ({ kind: 'wrongChecksum' }),
    () => ({ kind: 'truncate', toBytes: random.int(0, 3_000) }),
    () => ({ kind: 'refuse' }),
  ])();
}

export function drawFirehoseFault(random: Random, { entryCount }: FirehoseRequest): FirehoseFault {
  const entries = Array.from({ length: entryCount }, (_, i) => i).filter(() => random.chance(0.4));
  return random.pick<() => FirehoseFault>([
    () => ({
      kind: 'partial',
      entries,
      errorCode: random.pick(['ServiceUnavailableException', 'InternalFailure']),
    }),
    () => ({ kind: 'partial', entries: () => true, errorCode: 'ServiceUnavailableException' }),
    () => ({
      kind: 'throttle',
      errorCode: random.pick(['ServiceUnavailableException', 'ThrottlingException']),
    }),
    () => ({ kind: random.pick(['badRequest', 'tooLarge', 'notFound', 'accessDenied']) }),
    () => ({ kind: 'serverError' }),
    () => ({ kind: 'answer', status: 400, code: 'RequestExpired' }),
    () => ({ kind: 'page', status: random.pick([200, 403]), text: '<html>' }),
    () => ({ kind: 'resetBefore' }),
    () => ({ kind: 'resetAfter', entries }),
    () => ({ kind: 'resetAfter' }),
    () => ({ kind: 'slow', delayMs: random.int(1, 10), entries }),
    () => ({ kind: 'refuse' }),
  ])();
}

export function drawSqsFault(random: Random): SqsFault {
  return {
    kind: random.pick(['serverError', 'accessDenied', 'throttle', 'resetBefore', 'resetAfter', 'refuse']),
  };
}
