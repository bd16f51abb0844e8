import { addCounts, type Counts } from './chunk.ts';
import type { FilePart } from './worker-messages.ts';

/** Events of one message. Each message wakes a thread, which costs as much as a few events. */
const MESSAGE_BYTES = 1024 * 1024;

/** Messages that wait to be written: more than the events of a group, so that a thread never waits for its turn in one. */
const MAX_WAITING = 8;

/** Stored bytes after which a message is sent without events as well, to show progress. */
const PROGRESS_BYTES = 256 * 1024;

/** Collects what a thread has read of several files, and sends it in few messages while the thread reads on. */
export class PartSender {
  readonly #send: (parts: FilePart[], lines: Uint8Array<ArrayBuffer>) => void;
  #parts: FilePart[] = [];
  #memory = new ArrayBuffer(MESSAGE_BYTES);
  #length = 0;
  #storedBytes = 0;
  /** Memory that came back, for later messages. */
  readonly #free: ArrayBuffer[] = [];
  #waiting = 0;
  #onFree: () => void = () => {};

  /** @param send must transfer the memory of the lines, and give it back by `takeBack` */
  constructor(send: (parts: FilePart[], lines: Uint8Array<ArrayBuffer>) => void) {
    this.#send = send;
  }

  /** Adds a part of a file, with its lines, which are copied. */
  async add(file: number, counts: Counts, lines: Uint8Array): Promise<void> {
    if (this.#storedBytes >= PROGRESS_BYTES) await this.flush();
    await this.#makeRoom(lines.length);
    this.#storedBytes += counts.bytes;
    new Uint8Array(this.#memory).set(lines, this.#length);
    this.#length += lines.length;
    const last = this.#parts.at(-1);
    if (last?.file !== file) this.#parts.push({ file, counts });
    else this.#parts[this.#parts.length - 1] = { file, counts: addCounts(last.counts, counts) };
  }

  /** Ends a file that has a part. */
  endFile(isRead: boolean): void {
    const last = this.#parts.pop();
    if (last) this.#parts.push({ ...last, isRead });
  }

  /** Sends what is left, when fewer messages wait than may. */
  async flush(): Promise<void> {
    const free = await this.#takeFree();
    this.#waiting++;
    this.#send(this.#parts, new Uint8Array(this.#memory, 0, this.#length));
    this.#parts = [];
    this.#memory = free;
    this.#length = 0;
    this.#storedBytes = 0;
  }

  /** Gets the memory of a message that was dealt with. */
  takeBack(memory: ArrayBuffer): void {
    this.#waiting--;
    this.#free.push(memory);
    this.#onFree();
  }

  async #makeRoom(bytes: number): Promise<void> {
    if (this.#length + bytes <= this.#memory.byteLength) return;
    if (this.#length > 0) await this.flush();
    if (bytes > this.#memory.byteLength) this.#memory = new ArrayBuffer(bytes);
  }

  async #takeFree(): Promise<ArrayBuffer> {
    if (this.#waiting === MAX_WAITING) {
      await new Promise<void>((resolve) => {
        this.#onFree = resolve;
      });
    }
    return this.#free.pop() ?? new ArrayBuffer(MESSAGE_BYTES);
  }
}
