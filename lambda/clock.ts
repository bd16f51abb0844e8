/** Source of time. It is passed in because tests replace it. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /**
   * Calls back once, after `ms` milliseconds.
   *
   * @returns a function that cancels the callback
   */
  after(ms: number, callback: () => void): () => void;
  /** Waits `ms` milliseconds. */
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
 * Runs a call with a time limit.
 *
 * @param ms   time until `signal` aborts, at least 1
 * @param call receives the signal
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
