/** How much longer this invocation may work. */
export interface Deadline {
  /** Milliseconds left for calls and retries; what is behind them is for resume messages and the report. */
  sendingMs(): number;
  /** Milliseconds left for resume messages; what is behind them is for the report and the answer. */
  handingOnMs(): number;
  /** Whether it is time to stop reading, flush and hand over what is left. */
  isNear(): boolean;
  /** Aborts when that time comes, for whatever waits on the network then. */
  signal: AbortSignal;
  /** Frees the timer. */
  clear(): void;
}

/**
 * @param remainingMs the Lambda context's `getRemainingTimeInMillis`
 * @param marginMs    kept at the end; never more than half of what there is
 */
export function startDeadline(remainingMs: () => number, marginMs: number): Deadline {
  const totalMs = remainingMs();
  const margin = Math.min(marginMs, totalMs / 2);
  const abort = new AbortController();
  const timer = setTimeout(
    () => abort.abort(new Error('the invocation is running out of time')),
    totalMs - margin,
  );
  return {
    sendingMs: () => remainingMs() - margin / 4,
    handingOnMs: () => remainingMs() - margin / 20,
    isNear: () => abort.signal.aborted || remainingMs() <= margin,
    signal: abort.signal,
    clear: () => clearTimeout(timer),
  };
}
