import type { Clock } from '../lambda/clock.ts';

/** A clock that can skip time, to avoid waiting for queue delays. */
export interface LocalClock extends Clock {
  skip(ms: number): void;
}

/** Creates a clock that adds the skipped time to the machine's. Timers are real: time is skipped between invocations. */
export function createSkippingClock(): LocalClock {
  let skippedMs = 0;
  return {
    now: () => Date.now() + skippedMs,
    after(ms, callback) {
      const timer = setTimeout(callback, ms);
      return () => clearTimeout(timer);
    },
    sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    skip(ms) {
      skippedMs += ms;
    },
  };
}

/** A clock that only advances by `skip` and `sleep`, so results do not depend on the machine's speed. */
export class VirtualClock implements LocalClock {
  #now: number;
  readonly #timers = new Set<{ at: number; callback: () => void }>();

  constructor(now = Date.UTC(2026, 10, 22)) {
    this.#now = now;
  }

  /** Milliseconds, rounded down like `Date.now()`. */
  now = (): number => Math.floor(this.#now);

  /** Number of pending timers. */
  get timers(): number {
    return this.#timers.size;
  }

  after = (ms: number, callback: () => void): (() => void) => {
    const timer = { at: this.#now + ms, callback };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  };

  /** Skips the time at once. Concurrent sleeps add up instead of overlapping. */
  sleep = async (ms: number): Promise<void> => {
    this.skip(ms);
    await new Promise(setImmediate);
  };

  /** Advances the clock and fires due timers in order. */
  skip = (ms: number): void => {
    const end = this.#now + ms;
    for (let timer = this.#nextUntil(end); timer; timer = this.#nextUntil(end)) this.#fire(timer);
    this.#now = Math.max(this.#now, end);
  };

  /** Advances to the next timer and fires it. @returns whether there was a timer */
  skipToNextTimer(): boolean {
    const timer = this.#nextUntil(Number.POSITIVE_INFINITY);
    if (timer) this.#fire(timer);
    return timer !== undefined;
  }

  /** Advances timer by timer until `gone` aborts because the client timed out. */
  passUntil = async (gone: AbortSignal): Promise<void> => {
    const isGone = new Promise((resolve) => gone.addEventListener('abort', resolve));
    // The request has just arrived, so its sender may not have set its timer yet.
    await new Promise((resolve) => setTimeout(resolve, 1));
    while (!gone.aborted && this.skipToNextTimer()) {
      // A client that hangs up because of this timer does so within milliseconds; firing another timer would skip
      // too far. Many short waits, because one long wait could pass entirely while the machine is suspended.
      for (let waits = 0; waits < HANG_UP_WAITS && !gone.aborted; waits++)
        await Promise.race([isGone, new Promise((resolve) => setTimeout(resolve, 5))]);
    }
  };

  #nextUntil(end: number) {
    let next: { at: number; callback: () => void } | undefined;
    for (const timer of this.#timers)
      if (timer.at <= end && timer.at < (next?.at ?? Number.POSITIVE_INFINITY)) next = timer;
    return next;
  }

  #fire(timer: { at: number; callback: () => void }): void {
    this.#timers.delete(timer);
    this.#now = Math.max(this.#now, timer.at);
    timer.callback();
  }
}

/** Waits after a timer for the client to hang up. */
const HANG_UP_WAITS = 50;
