import { setTimeout as sleep } from 'node:timers/promises';
import type { FirehoseClient } from '@aws-sdk/client-firehose';
import type { Deadline } from '../deadline.ts';
import { BILLED_STEP_BYTES, MAX_BATCH_BYTES } from './limits.ts';
import type { PackedRecord } from './pack-events.ts';
import { isThrottle, isWorthRetrying, putBatch } from './put-batch.ts';
import { BatchBody } from './put-record-batch-body.ts';

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

/** What a call sends: the records' data stand in its body. */
interface Batch {
  body: BatchBody;
  records: SentRecord[];
}

type SentRecord = Pick<PackedRecord, 'earliest' | 'receipts'> & { bytes: number };

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
  readonly #waiting: Batch[] = [];
  #batch: Batch | undefined;

  constructor(options: SenderOptions) {
    this.#options = options;
  }

  /** Takes one record, and is done with its data at once; `hasRoom` says when to wait. */
  add({ data, earliest, receipts, release }: PackedRecord): void {
    if (this.#batch && !this.#fits(data, this.#batch.body)) this.#endBatch();
    this.#batch ??= { body: new BatchBody(this.#options.deliveryStreamName), records: [] };
    this.#batch.body.add(data);
    this.#batch.records.push({ earliest, receipts, bytes: data.length });
    release();
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

  #fits(data: Uint8Array, { records, dataBytes }: BatchBody): boolean {
    return records < this.#options.maxBatchRecords && dataBytes + data.length <= MAX_BATCH_BYTES;
  }

  #endBatch(): void {
    if (this.#batch) this.#waiting.push(this.#batch);
    this.#batch = undefined;
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

  async #send(batch: Batch): Promise<void> {
    let pending = batch;
    for (let attempt = 0; !this.isClosed; attempt++) {
      const result = await this.#put(pending);
      if (result.notTaken.length === 0) {
        pending.body.release();
        return;
      }
      pending = this.#replaceByRest(pending, result.notTaken);
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

  /** What is to be sent again. A batch of which nothing was taken stays as it is: its body stands as it was signed. */
  #replaceByRest(batch: Batch, notTaken: number[]): Batch {
    if (notTaken.length === batch.records.length) return batch;
    const rest: Batch = { body: new BatchBody(this.#options.deliveryStreamName), records: [] };
    for (const place of notTaken) {
      rest.body.addFrom(batch.body, place);
      rest.records.push(batch.records[place] as SentRecord);
    }
    batch.body.release();
    return rest;
  }

  async #put({ body, records }: Batch) {
    const { firehose, deliveryStreamName } = this.#options;
    const timeoutMs = Math.min(CALL_TIMEOUT_MS, this.#options.deadline.sendingMs());
    const signal = AbortSignal.timeout(Math.max(1, Math.ceil(timeoutMs)));
    const result = await putBatch(firehose, deliveryStreamName, body, signal);
    this.counts.calls++;
    this.counts.entriesRetried += result.entryErrors;
    this.counts.throttles += result.entryThrottles;
    if (result.callError) {
      this.counts.callsRetried++;
      if (isThrottle(result.callError.name)) this.counts.throttles++;
    }
    const notTaken = new Set(result.notTaken);
    for (const [place, record] of records.entries()) if (!notTaken.has(place)) this.#acknowledge(record);
    return result;
  }

  #acknowledge({ bytes, earliest, receipts }: SentRecord): void {
    this.counts.recordsTaken++;
    this.counts.bytesTaken += bytes;
    this.counts.billedBytes += Math.ceil(bytes / BILLED_STEP_BYTES) * BILLED_STEP_BYTES;
    if (earliest !== undefined) {
      const lagSeconds = (Date.now() - Date.parse(earliest)) / 1000;
      // Date knows no leap second.
      if (lagSeconds > this.counts.lagSeconds) this.counts.lagSeconds = lagSeconds;
    }
    for (const receipt of receipts) receipt.ledger.acknowledge(receipt);
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
