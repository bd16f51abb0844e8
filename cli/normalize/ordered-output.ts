interface Waiting {
  isFinished: boolean;
  /** Some of its output was dropped, so none of what follows is written. */
  isCut: boolean;
  onTurn: (() => void) | undefined;
}

/**
 * Writes the output of groups of files that are read at the same time in the order of the groups.
 *
 * Groups must be started in order. The first unfinished one never waits, so that there is always one to go on.
 */
export class OrderedOutput {
  readonly #write: (bytes: Uint8Array) => Promise<void>;
  readonly #waiting = new Map<number, Waiting>();
  #turn = 0;
  #isStopped = false;

  /** @param write resolves when more can be written */
  constructor(write: (bytes: Uint8Array) => Promise<void>) {
    this.#write = write;
  }

  /**
   * Writes the next output of a group in its turn. Await one call before the next one of the same group. After `stop`, what
   * would have to wait is dropped.
   *
   * @param group its index, from 0
   */
  async write(group: number, bytes: Uint8Array): Promise<void> {
    if (bytes.length === 0 || this.#waiting.get(group)?.isCut) return;
    if (group !== this.#turn) {
      const waiting = this.#of(group);
      if (!this.#isStopped) {
        await new Promise<void>((resolve) => {
          waiting.onTurn = resolve;
        });
      }
      waiting.isCut = group !== this.#turn;
      if (waiting.isCut) return;
    }
    await this.#write(bytes);
  }

  /**
   * Must be called once for each group, after its last output. Nothing is written behind a group without it: what is
   * written is always the start of the whole output.
   */
  finish(group: number): void {
    const ended = this.#of(group);
    if (ended.isCut) return;
    ended.isFinished = true;
    while (this.#waiting.get(this.#turn)?.isFinished) {
      this.#waiting.delete(this.#turn);
      this.#turn++;
    }
    this.#waiting.get(this.#turn)?.onTurn?.();
  }

  /** Ends all waiting: the groups before may never be finished. */
  stop(): void {
    this.#isStopped = true;
    for (const { onTurn } of this.#waiting.values()) onTurn?.();
  }

  #of(group: number): Waiting {
    const known = this.#waiting.get(group);
    if (known) return known;
    const waiting: Waiting = { isFinished: false, isCut: false, onTurn: undefined };
    this.#waiting.set(group, waiting);
    return waiting;
  }
}
