import type { FirehoseClient } from '@aws-sdk/client-firehose';
import { type CallError, noAnswerError } from '../aws/call-error.ts';
import { type Clock, systemClock, withTimeout } from '../clock.ts';
import type { Deadline } from '../deadline.ts';
import { BILLED_STEP_BYTES, MAX_BATCH_BYTES } from './limits.ts';
import type { Pacer } from './pacer.ts';
import type { PackedRecord } from './pack-events.ts';
import { PUT_RECORD_BATCH, putBatch } from './put-batch.ts';
import { BatchBody } from './put-record-batch-body.ts';
import { noSends, type SendCounts } from './send-counts.ts';

export interface SenderOptions {
  firehose: FirehoseClient;
  deliveryStreamName: string;
  maxCallsInFlight: number;
  /** @default 500, the limit of Firehose */
  maxBatchRecords: number;
  retryBaseMs: number;
  deadline: Deadline;
  /** @default - as fast as Firehose accepts */
  pacer?: Pacer | undefined;
  /** @default systemClock */
  clock?: Clock;
  /** Returns the jitter of a backoff, from 0 to 1. @default Math.random */
  random?: () => number;
}

/** Content of one call. The data of the records is in the body. */
interface Batch {
  body: BatchBody;
  records: SentRecord[];
}

type SentRecord = Pick<PackedRecord, 'earliest' | 'ranges'> & { bytes: number };

/**
 * Sends packed records in PutRecordBatch calls, a bounded number of them in parallel. Acknowledges each
 * record in its ledger when Firehose accepts it.
 *
 * Calls form a sliding window that advances only when its oldest call completes, so a resume repeats at most
 * `maxCallsInFlight - 1` calls.
 *
 * The first abandoned call closes the sender and sets `error` to Firehose's last answer, rather than to the
 * abort at the deadline. If time runs out before a call starts, `error` stays `undefined`.
 */
export class Sender {
  readonly counts: SendCounts = noSends();
  /** Why delivery was abandoned. */
  error: CallError | undefined;
  /** Whether sending has stopped. */
  isClosed = false;
  readonly #options: SenderOptions;
  readonly #window: Promise<void>[] = [];
  readonly #waiting: Batch[] = [];
  #batch: Batch | undefined;

  constructor(options: SenderOptions) {
    this.#options = options;
  }

  /** Adds one record and releases its data. Call `waitForRoom` before the next one if `hasRoom` is false. */
  add({ data, earliest, ranges, release }: PackedRecord): void {
    if (this.#batch && !this.#fits(data, this.#batch.body)) this.#endBatch();
    this.#batch ??= { body: new BatchBody(this.#options.deliveryStreamName), records: [] };
    this.#batch.body.add(data);
    this.#batch.records.push({ earliest, ranges, bytes: data.length });
    release();
  }

  /** Whether the next batch can be sent immediately. */
  get hasRoom(): boolean {
    return this.#waiting.length === 0 && this.#window.length < this.#options.maxCallsInFlight;
  }

  /** Waits until the next batch can be sent, or until the sender is closed. */
  async waitForRoom(): Promise<void> {
    while (!this.hasRoom && !this.isClosed) await this.#window[0];
  }

  /** Sends the remaining records and waits for all answers. */
  async finish(): Promise<void> {
    this.#endBatch();
    while (this.#window.length > 0) await this.#window[0];
  }

  #fits(data: Uint8Array, { records, dataBytes }: BatchBody): boolean {
    const { maxBatchRecords, pacer } = this.#options;
    // A paced call carries the bytes of one second or a single record, so the next one need not wait past the deadline.
    const maxBytes = Math.min(MAX_BATCH_BYTES, pacer?.bytesPerSecond ?? MAX_BATCH_BYTES);
    return records < maxBatchRecords && dataBytes + data.length <= maxBytes;
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
      // A call leaves the window only after the calls before it.
      const call = Promise.all([this.#send(batch), previous]).then(() => {
        this.#window.shift();
        this.#fillWindow();
      });
      this.#window.push(call);
    }
  }

  async #send(batch: Batch): Promise<void> {
    const { deadline, retryBaseMs, pacer } = this.#options;
    let pending = batch;
    let error: CallError | undefined;
    for (let attempt = 0; !this.isClosed; attempt++) {
      if (attempt > 0) {
        const waitMs = fullJitter(retryBaseMs, attempt - 1, this.#random);
        if (!error?.isPassing || waitMs > deadline.sendingMs()) break;
        await this.#clock.sleep(waitMs);
        if (this.isClosed) break;
      }
      if (pacer) await this.#waitForTurn(pacer, pending.body.dataBytes);
      if (deadline.sendingMs() <= 0 || this.isClosed) break;
      const result = await this.#put(pending, error);
      if (result.rejected.length === 0) {
        pending.body.release();
        return;
      }
      pending = this.#keepRejected(pending, result.rejected);
      error = result.error;
    }
    this.#close(error);
  }

  /** Waits as the pacer says. Closes the sender if the turn comes after the deadline. */
  async #waitForTurn(pacer: Pacer, bytes: number): Promise<void> {
    // Other calls may have taken the turn meanwhile.
    while (pacer.waitMs > 0 && !this.isClosed) {
      if (pacer.waitMs > this.#options.deadline.sendingMs()) this.isClosed = true;
      else await this.#clock.sleep(pacer.waitMs);
    }
    if (!this.isClosed) pacer.count(bytes);
  }

  get #clock(): Clock {
    return this.#options.clock ?? systemClock;
  }

  get #random(): () => number {
    return this.#options.random ?? Math.random;
  }

  #close(error: CallError | undefined): void {
    this.error ??= error;
    this.isClosed = true;
  }

  /** Returns the batch to retry. If all records were rejected, reuses the batch and its encoded body. */
  #keepRejected(batch: Batch, rejected: number[]): Batch {
    if (rejected.length === batch.records.length) return batch;
    const rest: Batch = { body: new BatchBody(this.#options.deliveryStreamName), records: [] };
    for (const place of rejected) {
      rest.body.addFrom(batch.body, place);
      rest.records.push(batch.records[place] as SentRecord);
    }
    batch.body.release();
    return rest;
  }

  /** @param earlier error of the previous attempt, which is kept if this one is aborted */
  async #put({ body, records }: Batch, earlier: CallError | undefined) {
    const { firehose, deliveryStreamName, deadline } = this.#options;
    const startedAt = this.#clock.now();
    const timeoutMs = Math.min(CALL_TIMEOUT_MS, deadline.sendingMs());
    const result = await withTimeout(this.#clock, timeoutMs, (signal) =>
      putBatch(firehose, deliveryStreamName, body, signal),
    );
    this.counts.calls++;
    this.counts.entriesRetried += result.entryErrors;
    this.counts.throttles += result.entryThrottles;
    if (result.isCallError) this.counts.callsRetried++;
    if (result.isCallThrottle) this.counts.throttles++;
    const rejected = new Set(result.rejected);
    for (const [place, record] of records.entries()) if (!rejected.has(place)) this.#acknowledge(record);
    const noAnswer = () => noAnswerError(PUT_RECORD_BATCH, this.#clock.now() - startedAt);
    return result.isAborted ? { ...result, error: earlier ?? noAnswer() } : result;
  }

  #acknowledge({ bytes, earliest, ranges }: SentRecord): void {
    this.counts.recordsAccepted++;
    this.counts.bytesAccepted += bytes;
    this.counts.billedBytes += Math.ceil(bytes / BILLED_STEP_BYTES) * BILLED_STEP_BYTES;
    if (earliest !== undefined) {
      const lagSeconds = (this.#clock.now() - Date.parse(earliest)) / 1000;
      // False for a leap second, which Date.parse does not support: NaN.
      if (lagSeconds > this.counts.lagSeconds) this.counts.lagSeconds = lagSeconds;
    }
    for (const range of ranges) range.ledger.acknowledge(range);
  }
}

/** A call takes well under a second. After this time without an answer, it is retried. */
const CALL_TIMEOUT_MS = 30_000;

/** Longest wait between two attempts. */
const MAX_BACKOFF_MS = 10_000;

/** https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/ */
function fullJitter(baseMs: number, attempt: number, random: () => number): number {
  return random() * Math.min(MAX_BACKOFF_MS, baseMs * 2 ** attempt);
}
