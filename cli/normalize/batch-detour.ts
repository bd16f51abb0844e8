import type { Detour, DetourEnd } from '../../lambda/read/read-records.ts';
import type { RecordStart } from '../../lambda/read/split-records.ts';
import type { Batch, BatchAnswer } from './batch.ts';
import type { Chunk } from './chunk.ts';
import { cutRecords } from './cut-records.ts';
import type { RecordSource } from './print-records.ts';

/** Larger ones let a thread wait longer at the end, smaller ones cost more messages. */
const BATCH_BYTES = 512 * 1024;

/** A wrong guess wastes the batches behind it. After so many, one thread reads the rest of the file. */
const MAX_WRONG_GUESSES = 8;

/** Threads that normalize batches. */
export interface BatchThreads {
  readonly maxInFlight: number;
  /** @default 512 KiB */
  readonly batchBytes?: number;
  /**
   * Transfers the batch to a thread, and gets its memory back.
   *
   * @throws ThreadError if the thread ends
   */
  send(batch: Batch): Promise<BatchAnswer>;
}

/** A thread has ended, for example because it ran out of memory. */
export class ThreadError extends Error {
  override name = 'ThreadError';
}

interface InFlight extends Pick<Batch, 'start' | 'end'> {
  readonly answer: Promise<BatchAnswer>;
}

/**
 * Cuts the records of a file into batches that other threads split and normalize, and passes the events on in order.
 *
 * Guesses where the records end, as `RecordGuesser` does. The thread that splits a batch verifies the guess. If it is
 * wrong, everything from this batch on comes back.
 */
export class BatchDetour implements Detour {
  readonly #source: RecordSource;
  readonly #threads: BatchThreads;
  readonly #onChunk: (chunk: Chunk) => Promise<boolean>;
  readonly #inFlight: InFlight[] = [];
  readonly #free: Uint8Array<ArrayBuffer>[] = [];
  readonly #freeForEvents: ArrayBuffer[] = [];
  #guessesLeft = MAX_WRONG_GUESSES;
  #start: RecordStart = { byte: 0, index: 0 };
  #bytes = new Uint8Array(0);
  #length = 0;

  /** @param onChunk gets the events in order. @returns whether to read on */
  constructor(source: RecordSource, threads: BatchThreads, onChunk: (chunk: Chunk) => Promise<boolean>) {
    this.#source = source;
    this.#threads = threads;
    this.#onChunk = onChunk;
  }

  get isOpen(): boolean {
    return this.#guessesLeft > 0;
  }

  async take(bytes: Uint8Array, start?: RecordStart): Promise<DetourEnd | undefined> {
    if (start) this.#begin(start);
    for (let at = 0; at < bytes.length; ) {
      const part = bytes.subarray(at, at + this.#bytes.length - this.#length);
      this.#bytes.set(part, this.#length);
      this.#length += part.length;
      at += part.length;
      if (this.#length < this.#bytes.length) continue;
      const end = await this.#send();
      if (end) return { ...end, pieces: [...end.pieces, bytes.subarray(at)] };
    }
    return undefined;
  }

  async end(): Promise<DetourEnd> {
    return (await this.#settle(0)) ?? this.#comeBack(this.#start, []);
  }

  #begin({ byte, index }: RecordStart): void {
    this.#start = { byte, index };
    this.#bytes = this.#takeMemory();
    this.#length = 0;
  }

  #takeMemory(): Uint8Array<ArrayBuffer> {
    return this.#free.pop() ?? new Uint8Array(new ArrayBuffer(this.#threads.batchBytes ?? BATCH_BYTES));
  }

  /** Sends the complete records of the buffer. @returns where to come back if there are none, or a guess was wrong */
  async #send(): Promise<DetourEnd | undefined> {
    const start = this.#start;
    const { bytes: cut, records } = cutRecords(this.#bytes);
    if (records === 0) {
      const end = await this.#settle(0);
      if (end) return end;
      this.#guessesLeft--;
      return this.#comeBack(start, []);
    }
    const bytes = this.#bytes;
    this.#begin({ byte: start.byte + cut, index: start.index + records });
    this.#bytes.set(bytes.subarray(cut));
    this.#length = bytes.length - cut;
    const memory = this.#freeForEvents.pop();
    const answer = this.#threads.send({ source: this.#source, start, end: this.#start, bytes, memory });
    // It is awaited later.
    answer.catch(() => {});
    this.#inFlight.push({ start, end: this.#start, answer });
    return await this.#settle(this.#threads.maxInFlight - 1);
  }

  /** Awaits the oldest batches until at most so many are in flight. */
  async #settle(maxInFlight: number): Promise<DetourEnd | undefined> {
    while (this.#inFlight.length > maxInFlight) {
      const { bytes, chunk } = (await this.#inFlight[0]?.answer) ?? {};
      if (!bytes || !chunk) return await this.#undo();
      this.#inFlight.shift();
      if (!(await this.#onChunk(chunk))) return { ...this.#start, pieces: [], isStopped: true };
      this.#free.push(bytes);
      this.#freeForEvents.push(chunk.lines.buffer);
    }
    return undefined;
  }

  /** Takes back the batches in flight. */
  async #undo(): Promise<DetourEnd> {
    this.#guessesLeft--;
    const start = this.#inFlight[0]?.start ?? this.#start;
    const pieces: Uint8Array[] = [];
    for (const { start, end, answer } of this.#inFlight.splice(0))
      pieces.push((await answer).bytes.subarray(0, end.byte - start.byte));
    return this.#comeBack(start, pieces);
  }

  #comeBack(start: RecordStart, pieces: Uint8Array[]): DetourEnd {
    return { ...start, pieces: [...pieces, this.#bytes.subarray(0, this.#length)], isStopped: false };
  }
}
