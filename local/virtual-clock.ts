import type { Clock } from '../lambda/clock.ts';

/** A clock that can be told to go on: what waits on a queue need not be waited for. */
export interface LocalClock extends Clock {
  skip(ms: number): void;
}

/** The machine's clock, plus what was skipped. Timers are real: nothing skips while the function runs. */
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

/** A clock that only moves when it is told to, or when somebody sleeps: nothing depends on how fast the machine is. */
export class VirtualClock implements LocalClock {
  #now: number;
  readonly #timers = new Set<{ at: number; callback: () => void }>();

  constructor(now = Date.UTC(2026, 10, 22)) {
    this.#now = now;
  }

  /** Whole milliseconds, as the machine's clock has them. */
  now = (): number => Math.floor(this.#now);

  /** Timers that are waited for. */
  get timers(): number {
    return this.#timers.size;
  }

  after = (ms: number, callback: () => void): (() => void) => {
    const timer = { at: this.#now + ms, callback };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  };

  /** Sleepers at the same time sleep one after the other: time passes faster than it would. */
  sleep = async (ms: number): Promise<void> => {
    this.skip(ms);
    await new Promise(setImmediate);
  };

  /** Moves on, and calls back what is due, in order. */
  skip = (ms: number): void => {
    const end = this.#now + ms;
    for (let timer = this.#nextUntil(end); timer; timer = this.#nextUntil(end)) this.#fire(timer);
    this.#now = Math.max(this.#now, end);
  };

  /** Moves on to whatever is due next. @returns whether there was anything */
  skipToNextTimer(): boolean {
    const timer = this.#nextUntil(Number.POSITIVE_INFINITY);
    if (timer) this.#fire(timer);
    return timer !== undefined;
  }

  /** Lets time pass, timer by timer, until somebody goes away because of it. */
  passUntil = async (gone: AbortSignal): Promise<void> => {
    const isGone = new Promise((resolve) => gone.addEventListener('abort', resolve));
    // The request has just come: its sender may still be about to set its timer.
    await new Promise((resolve) => setTimeout(resolve, 1));
    while (!gone.aborted && this.skipToNextTimer()) {
      // Whoever hangs up because of that timer does so in the blink of an eye. Another timer would be too much time.
      // Many short waits: of one long one, a machine that stands still would leave nothing.
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

/** So many waits after its timer, a client is gone. */
const HANG_UP_WAITS = 50;
