/** Time as the function sees it. Passed in, so that a test can turn a clock of its own. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /**
   * Calls back once, after so many milliseconds.
   *
   * @returns cancels it
   */
  after(ms: number, callback: () => void): () => void;
  /** Waits so many milliseconds. */
  sleep(ms: number): Promise<void>;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  after(ms, callback) {
    const timer = setTimeout(callback, ms);
    return () => clearTimeout(timer);
  },
  sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
};

/**
 * Runs a call under a time limit.
 *
 * @param ms   after which `signal` aborts; at least 1
 * @param call gets the signal
 */
export async function withTimeout<T>(
  clock: Clock,
  ms: number,
  call: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const abort = new AbortController();
  const cancel = clock.after(Math.max(1, Math.ceil(ms)), () => abort.abort());
  try {
    return await call(abort.signal);
  } finally {
    cancel();
  }
}
