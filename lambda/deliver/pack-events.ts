import { gzipSync } from 'node:zlib';
import type { Packing } from '../contract.ts';
import { BufferPool } from './buffer-pool.ts';
import type { ObjectLedger, RecordRange } from './ledger.ts';
import { MAX_RECORD_BYTES } from './limits.ts';

/** One Firehose record, and the records of log objects that it contains. */
export interface PackedRecord {
  data: Uint8Array;
  events: number;
  /** Length of the events before compression. */
  eventBytes: number;
  /** The earliest `@timestamp` of the events. */
  earliest: string | undefined;
  ranges: RecordRange[];
  /** Allows reuse of the memory of `data`. Call it after the last use of `data`. */
  release(): void;
}

export interface PackLimits {
  /** Longest event, in bytes of JSON, before compression. @default - what fits in a Firehose record */
  maxEventBytes?: number | undefined;
  /** Most events in a Firehose record. @default - as many as fit */
  maxEventsPerRecord?: number | undefined;
}

/** The record from which an event was made. */
export interface EventOrigin {
  ledger: ObjectLedger;
  /** Index in its log object, from 0. */
  index: number;
  /** `@timestamp` of the event, if it has one. */
  time: string | undefined;
}

/**
 * Packs events into Firehose records:
 *
 *   single   {…}               exactly one event: HTTP endpoints, dynamic partitioning
 *   lines    {…}⏎{…}⏎{…}⏎      as many newline-ended events as fit: an object in S3 is the same bytes
 *   gzip     gzip({…}⏎{…}⏎)    the same as one gzip member: consecutive members are one valid .gz file
 *
 * Pure and byte exact: unpacking returns the same events in the same order.
 */
export class Packer {
  readonly #packing: Packing;
  readonly #maxEventBytes: number;
  readonly #maxEventsPerRecord: number;
  readonly #receive: (record: PackedRecord) => void;
  #buffer: Buffer | undefined;
  #length = 0;
  #events = 0;
  #earliest: string | undefined;
  #ranges: RecordRange[] = [];

  /** @param receive called with each full record, and with the last one on `flush` */
  constructor(
    packing: Packing,
    receive: (record: PackedRecord) => void,
    {
      maxEventBytes = Number.POSITIVE_INFINITY,
      maxEventsPerRecord = Number.POSITIVE_INFINITY,
    }: PackLimits = {},
  ) {
    this.#packing = packing;
    this.#maxEventBytes = maxEventBytes;
    this.#maxEventsPerRecord = packing === 'single' ? 1 : maxEventsPerRecord;
    this.#receive = receive;
  }

  /** Longest event, in bytes of JSON, that always fits in a record. */
  get capacity(): number {
    return Math.min(this.#maxEventBytes, this.#fullBytes - this.#newlineBytes);
  }

  /** Whether each event is a line. */
  get isLine(): boolean {
    return this.#packing !== 'single';
  }

  /** Whether an event fits in a record. Above `capacity`, that depends on how well it compresses. */
  fits(event: string): boolean {
    if (isWithin(event, this.capacity)) return true;
    if (this.#packing !== 'gzip' || !isWithin(event, this.#maxEventBytes)) return false;
    return compress(Buffer.from(`${event}\n`)).length <= MAX_RECORD_BYTES;
  }

  /**
   * @param event  the event's JSON text or its UTF-8, which must fit
   * @param origin the record to enter in its ledger
   */
  add(event: string | Buffer, { ledger, index, time }: EventOrigin): void {
    if (!isWithin(event, this.#fullBytes - this.#length - this.#newlineBytes)) this.flush();
    this.#buffer ??= this.#takeBuffer(event);
    this.#length +=
      typeof event === 'string'
        ? this.#buffer.write(event, this.#length)
        : event.copy(this.#buffer, this.#length);
    if (this.#newlineBytes > 0) this.#buffer[this.#length++] = NEWLINE;
    this.#events++;
    if (time !== undefined && (this.#earliest === undefined || time < this.#earliest)) this.#earliest = time;
    const previous = this.#ranges.at(-1);
    const range = ledger.enter(index, previous);
    if (range !== previous) this.#ranges.push(range);
    if (this.#events >= this.#maxEventsPerRecord) this.flush();
  }

  /** Emits the collected events, if there are any. */
  flush(): void {
    if (!this.#buffer) return;
    const buffer = this.#buffer;
    const events = buffer.subarray(0, this.#length);
    const data = this.#packing === 'gzip' ? compress(events) : events;
    let isReleased = false;
    const giveBack = () => {
      if (!isReleased) buffers.giveBack(buffer);
      isReleased = true;
    };
    const record = {
      data,
      events: this.#events,
      eventBytes: this.#length,
      earliest: this.#earliest,
      ranges: this.#ranges,
      release: data === events ? giveBack : () => {},
    };
    if (data !== events) giveBack();
    this.#buffer = undefined;
    this.#length = 0;
    this.#events = 0;
    this.#earliest = undefined;
    this.#ranges = [];
    this.#receive(record);
  }

  get #fullBytes(): number {
    return this.#packing === 'gzip' ? MAX_GZIP_INPUT_BYTES : MAX_RECORD_BYTES;
  }

  get #newlineBytes(): number {
    return this.isLine ? 1 : 0;
  }

  #takeBuffer(event: string | Buffer): Buffer {
    const isForMany = this.isLine && isWithin(event, this.capacity);
    if (isForMany) return buffers.take();
    return Buffer.allocUnsafe(Buffer.byteLength(event) + this.#newlineBytes);
  }
}

const buffers = new BufferPool(MAX_RECORD_BYTES);

const NEWLINE = 0x0a;

/**
 * Incompressible input grows by 5 bytes per stored block, and by 18 for header and trailer. zlib's own bound
 * (deflateBound) for this length is 1,023,742 bytes.
 */
const MAX_GZIP_INPUT_BYTES = 1_023_400;

/** Level 1, the fastest, already makes events about ten times smaller. Higher levels cost more CPU time. */
function compress(events: Uint8Array): Buffer {
  return gzipSync(events, { level: 1 });
}

/** A UTF-16 unit takes at most 3 bytes, so most events need not be measured. */
function isWithin(event: string | Buffer, maxBytes: number): boolean {
  return event.length * 3 <= maxBytes || Buffer.byteLength(event) <= maxBytes;
}
