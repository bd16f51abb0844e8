import { type Clock, systemClock } from './clock.ts';

/** How much longer this invocation may work. */
export interface Deadline {
  /** Milliseconds left for calls and retries. The rest is for resume messages and the report. */
  sendingMs(): number;
  /** Milliseconds left for resume messages. The rest is for the report and the answer. */
  requeueMs(): number;
  /** Whether it is time to stop reading, flush and hand over what is left. */
  isNear(): boolean;
  /** Aborts at that time whatever waits on the network. */
  signal: AbortSignal;
  /** Frees the timer. */
  clear(): void;
}

/**
 * @param remainingMs the Lambda context's `getRemainingTimeInMillis`
 * @param marginMs    kept at the end; never more than half of the time there is
 */
export function startDeadline(
  remainingMs: () => number,
  marginMs: number,
  clock: Clock = systemClock,
): Deadline {
  const totalMs = remainingMs();
  const margin = Math.min(marginMs, totalMs / 2);
  const abort = new AbortController();
  const clear = clock.after(totalMs - margin, () =>
    abort.abort(new Error('the invocation is running out of time')),
  );
  return {
    sendingMs: () => remainingMs() - margin / 4,
    requeueMs: () => remainingMs() - margin / 20,
    isNear: () => abort.signal.aborted || remainingMs() <= margin,
    signal: abort.signal,
    clear,
  };
}
