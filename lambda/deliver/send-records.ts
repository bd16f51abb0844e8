import { setTimeout as sleep } from 'node:timers/promises';
import type { FirehoseClient } from '@aws-sdk/client-firehose';
import type { Deadline } from '../deadline.ts';
import { BILLED_STEP_BYTES, MAX_BATCH_BYTES } from './limits.ts';
import type { PackedRecord } from './pack-events.ts';
import { isThrottle, isWorthRetrying, putBatch } from './put-batch.ts';

/** What was sent and what Firehose answered, over one invocation. */
export interface SendCounts {
  calls: number;
  recordsTaken: number;
  bytesTaken: number;
  /** What Firehose bills: each record rounded up. */
  billedBytes: number;
  /** Seconds from `@timestamp` to delivery, the longest. */
  lagSeconds: number;
  entriesRetried: number;
  callsRetried: number;
  throttles: number;
}

export interface SenderOptions {
  firehose: FirehoseClient;
  deliveryStreamName: string;
  maxCallsInFlight: number;
  /** @default 500, which is Firehose's own limit */
  maxBatchRecords: number;
  retryBaseMs: number;
  deadline: Deadline;
}

/**
 * Sends packed records in PutRecordBatch calls, a bounded number at once, and acknowledges each record in its
 * ledger when Firehose has taken it.
 *
 * Calls form a window that moves on only behind its oldest: while that one is retried, at most
 * `maxCallsInFlight - 1` younger ones can be done, so that a resume sends no more than those again.
 *
 * The first call that is given up closes the sender; `fault` says why, unless it was for want of time.
 */
export class Sender {
  readonly counts: SendCounts = {
    calls: 0,
    recordsTaken: 0,
    bytesTaken: 0,
    billedBytes: 0,
    lagSeconds: 0,
    entriesRetried: 0,
    callsRetried: 0,
    throttles: 0,
  };
  /** Why delivery was given up; `undefined` where it was only for want of time. */
  fault: Error | undefined;
  /** Nothing more is sent. */
  isClosed = false;
  readonly #options: SenderOptions;
  readonly #window: Promise<void>[] = [];
  readonly #waiting: PackedRecord[][] = [];
  #batch: PackedRecord[] = [];
  #batchBytes = 0;

  constructor(options: SenderOptions) {
    this.#options = options;
  }

  /** Takes one record; `hasRoom` says when to wait. */
  add(record: PackedRecord): void {
    const bytes = this.#batchBytes + record.data.length;
    if (this.#batch.length >= this.#options.maxBatchRecords || bytes > MAX_BATCH_BYTES) this.#endBatch();
    this.#batch.push(record);
    this.#batchBytes += record.data.length;
  }

  /** Whether the next batch could go out at once. */
  get hasRoom(): boolean {
    return this.#waiting.length === 0 && this.#window.length < this.#options.maxCallsInFlight;
  }

  /** Waits until it could, or until the sender is closed. */
  async room(): Promise<void> {
    while (!this.hasRoom && !this.isClosed) await this.#window[0];
  }

  /** Sends what is left and waits for every answer. */
  async finish(): Promise<void> {
    this.#endBatch();
    while (this.#window.length > 0) await this.#window[0];
  }

  #endBatch(): void {
    if (this.#batch.length > 0) this.#waiting.push(this.#batch);
    this.#batch = [];
    this.#batchBytes = 0;
    this.#fillWindow();
  }

  #fillWindow(): void {
    while (this.#window.length < this.#options.maxCallsInFlight && !this.isClosed) {
      const batch = this.#waiting.shift();
      if (!batch) return;
      const previous = this.#window.at(-1) ?? Promise.resolve();
      // Leaves the window only behind the calls before it.
      const call = Promise.all([this.#send(batch), previous]).then(() => {
        this.#window.shift();
        this.#fillWindow();
      });
      this.#window.push(call);
    }
  }

  async #send(batch: PackedRecord[]): Promise<void> {
    let pending = batch;
    for (let attempt = 0; pending.length > 0 && !this.isClosed; attempt++) {
      const result = await this.#put(pending);
      pending = result.notTaken;
      if (pending.length === 0) return;
      const error = result.callError ?? new Error(`Firehose did not take ${result.entryErrors} records`);
      const waitMs = fullJitter(this.#options.retryBaseMs, attempt);
      if (isWorthRetrying(error) && waitMs <= this.#options.deadline.sendingMs()) await sleep(waitMs);
      else this.#close(error);
    }
  }

  #close(error: Error): void {
    this.isClosed = true;
    // A call that was cut off because the time is over says nothing against the stream.
    if (error.name !== 'AbortError' || !this.#options.deadline.isNear()) this.fault ??= error;
  }

  async #put(records: PackedRecord[]) {
    const { firehose, deliveryStreamName } = this.#options;
    const timeoutMs = Math.min(CALL_TIMEOUT_MS, this.#options.deadline.sendingMs());
    const signal = AbortSignal.timeout(Math.max(1, Math.ceil(timeoutMs)));
    const result = await putBatch(firehose, deliveryStreamName, records, signal);
    this.counts.calls++;
    this.counts.entriesRetried += result.entryErrors;
    this.counts.throttles += result.entryThrottles;
    if (result.callError) {
      this.counts.callsRetried++;
      if (isThrottle(result.callError.name)) this.counts.throttles++;
    }
    const notTaken = new Set(result.notTaken);
    for (const record of records) if (!notTaken.has(record)) this.#acknowledge(record);
    return result;
  }

  #acknowledge({ data, earliest, receipts, release }: PackedRecord): void {
    this.counts.recordsTaken++;
    this.counts.bytesTaken += data.length;
    this.counts.billedBytes += Math.ceil(data.length / BILLED_STEP_BYTES) * BILLED_STEP_BYTES;
    if (earliest !== undefined) {
      const lagSeconds = (Date.now() - Date.parse(earliest)) / 1000;
      // Date knows no leap second.
      if (lagSeconds > this.counts.lagSeconds) this.counts.lagSeconds = lagSeconds;
    }
    for (const receipt of receipts) receipt.ledger.acknowledge(receipt);
    release();
  }
}

/** A call takes well under a second; one without an answer is tried again rather than waited for. */
const CALL_TIMEOUT_MS = 30_000;

/** Longest wait between two tries. */
const MAX_BACKOFF_MS = 10_000;

/** https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/ */
function fullJitter(baseMs: number, attempt: number): number {
  return Math.random() * Math.min(MAX_BACKOFF_MS, baseMs * 2 ** attempt);
}
