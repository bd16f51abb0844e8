/** Output of files whose turn has not come, in bytes. A file beyond it waits for its turn. */
const MAX_WAITING_BYTES = 16 * 1024 * 1024;

interface Waiting {
  readonly chunks: Uint8Array[];
  isFinished: boolean;
  /** Some of its output was dropped, so none of what follows is written. */
  isCut: boolean;
  onTurn: (() => void) | undefined;
}

/**
 * Writes the output of files that are read at the same time in the order of the files, in bounded memory.
 *
 * Files must be started in order. The first unfinished one never waits, so that there is always one to go on.
 */
export class OrderedOutput {
  readonly #write: (bytes: Uint8Array) => Promise<void>;
  readonly #maxWaitingBytes: number;
  readonly #waiting = new Map<number, Waiting>();
  #turn = 0;
  #waitingBytes = 0;
  #isStopped = false;

  /** @param write resolves when more can be written */
  constructor(write: (bytes: Uint8Array) => Promise<void>, maxWaitingBytes = MAX_WAITING_BYTES) {
    this.#write = write;
    this.#maxWaitingBytes = maxWaitingBytes;
  }

  /**
   * Writes the next output of a file, or keeps a copy. Await one call before the next one of the same file. After `stop`,
   * what would have to wait is dropped.
   *
   * @param file its index, from 0
   */
  async write(file: number, bytes: Uint8Array): Promise<void> {
    if (bytes.length === 0) return;
    if (this.#waiting.get(file)?.isCut) return;
    if (file !== this.#turn) {
      const waiting = this.#of(file);
      if (this.#waitingBytes + bytes.length <= this.#maxWaitingBytes) {
        this.#waitingBytes += bytes.length;
        waiting.chunks.push(new Uint8Array(bytes));
        return;
      }
      if (!this.#isStopped) {
        await new Promise<void>((resolve) => {
          waiting.onTurn = resolve;
        });
      }
      waiting.isCut = file !== this.#turn;
      if (waiting.isCut) return;
    }
    await this.#write(bytes);
  }

  /**
   * Must be called once for each file, after its last output. Nothing is written behind a file without it: what is
   * written is always the start of the whole output.
   */
  async finish(file: number): Promise<void> {
    if (this.#of(file).isCut) return;
    this.#of(file).isFinished = true;
    while (file === this.#turn) {
      this.#waiting.delete(this.#turn);
      // While it waits, the next file may keep more. Its turn comes in the step in which nothing is left.
      while (this.#waiting.get(this.#turn + 1)?.chunks.length) await this.#writeWaiting(this.#turn + 1);
      this.#turn++;
      const next = this.#waiting.get(this.#turn);
      next?.onTurn?.();
      if (!next?.isFinished) return;
      file = this.#turn;
    }
  }

  /** Ends all waiting: the files before may never be finished. */
  stop(): void {
    this.#isStopped = true;
    for (const { onTurn } of this.#waiting.values()) onTurn?.();
  }

  /** Writes what a file has kept, and what it keeps meanwhile. */
  async #writeWaiting(file: number): Promise<void> {
    const chunks = this.#waiting.get(file)?.chunks ?? [];
    for (let bytes = chunks.shift(); bytes; bytes = chunks.shift()) {
      this.#waitingBytes -= bytes.length;
      await this.#write(bytes);
    }
  }

  #of(file: number): Waiting {
    const known = this.#waiting.get(file);
    if (known) return known;
    const waiting: Waiting = { chunks: [], isFinished: false, isCut: false, onTurn: undefined };
    this.#waiting.set(file, waiting);
    return waiting;
  }
}
