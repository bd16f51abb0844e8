/** Limits how many tasks run at once. Tasks start in the order in which they ask. */
export class Semaphore {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  /** @param places tasks that run at once, at least 1 */
  constructor(places: number) {
    this.#free = places;
  }

  /** Runs a task as soon as a place is free. */
  async run<T>(task: () => Promise<T>): Promise<T> {
    await this.#take();
    try {
      return await task();
    } finally {
      this.#giveBack();
    }
  }

  /** Lets another task run while the calling one only waits. Returns when the calling one has a place again. */
  async pause(wait: () => Promise<void>): Promise<void> {
    this.#giveBack();
    try {
      await wait();
    } finally {
      await this.#take();
    }
  }

  async #take(): Promise<void> {
    if (this.#free > 0) this.#free--;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  /** The next task inherits the place, so no later one can take it first. */
  #giveBack(): void {
    const next = this.#waiting.shift();
    if (next) next();
    else this.#free++;
  }
}
