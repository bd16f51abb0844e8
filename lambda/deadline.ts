import { type Clock, systemClock } from './clock.ts';

/** Time left in this invocation. */
export interface Deadline {
  /** Milliseconds left for calls and retries. The rest is reserved for receipts, resume messages and the report. */
  sendingMs(): number;
  /** Milliseconds left for receipts. The rest is reserved for resume messages and the report. */
  receiptMs(): number;
  /** Milliseconds left for resume messages. The rest is reserved for the report and the response. */
  requeueMs(): number;
  /** Whether to stop reading, flush and requeue the rest. */
  isNear(): boolean;
  /** Aborts pending network calls at the same time. */
  signal: AbortSignal;
  /** Clears the timer. */
  clear(): void;
}

/**
 * @param remainingMs the Lambda context's `getRemainingTimeInMillis`
 * @param marginMs    time reserved at the end, at most half of the remaining time
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
    receiptMs: () => remainingMs() - margin / 8,
    requeueMs: () => remainingMs() - margin / 20,
    isNear: () => abort.signal.aborted || remainingMs() <= margin,
    signal: abort.signal,
    clear,
  };
}
