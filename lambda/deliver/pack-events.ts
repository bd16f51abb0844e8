import { gzipSync } from 'node:zlib';
import type { Packing } from '../contract.ts';
import { BufferPool } from './buffer-pool.ts';
import type { ObjectLedger, RecordRange } from './ledger.ts';
import { MAX_RECORD_BYTES } from './limits.ts';

/** One Firehose record, and which records of which log objects it holds. */
export interface PackedRecord {
  data: Uint8Array;
  events: number;
  /** Length of the events before compression. */
  eventBytes: number;
  /** The earliest `@timestamp` among them. */
  earliest: string | undefined;
  ranges: RecordRange[];
  /** To be called once `data` is done with: it is filled again. */
  release(): void;
}

/** The record behind an event. */
export interface EventOrigin {
  ledger: ObjectLedger;
  /** Which record of its object it is. */
  index: number;
  /** `@timestamp`, as far as it has one. */
  time: string | undefined;
}

/**
 * Packs events into Firehose records:
 *
 *   single   {…}               one event, nothing else: HTTP endpoints, dynamic partitioning
 *   lines    {…}⏎{…}⏎{…}⏎      as many newline-ended events as fit: an object in S3 is the same bytes
 *   gzip     gzip({…}⏎{…}⏎)    the same as one gzip member: members in a row are one valid .gz file
 *
 * Pure and byte exact: what is unpacked is what was packed, in the same order.
 */
export class Packer {
  readonly #packing: Packing;
  readonly #receive: (record: PackedRecord) => void;
  #buffer: Buffer | undefined;
  #length = 0;
  #events = 0;
  #earliest: string | undefined;
  #ranges: RecordRange[] = [];

  /** @param receive gets each record when it is full */
  constructor(packing: Packing, receive: (record: PackedRecord) => void) {
    this.#packing = packing;
    this.#receive = receive;
  }

  /** Longest event, in bytes of JSON, that fits in a record whatever it holds. */
  get capacity(): number {
    return this.#fullBytes - this.#newlineBytes;
  }

  /** Whether an event fits in a record; past `capacity` that depends on how well it compresses. */
  fits(event: string): boolean {
    if (isWithin(event, this.capacity)) return true;
    return this.#packing === 'gzip' && compress(Buffer.from(`${event}\n`)).length <= MAX_RECORD_BYTES;
  }

  /**
   * @param event  the event's JSON text; has to fit
   * @param origin where the record behind it is accounted for
   */
  add(event: string, { ledger, index, time }: EventOrigin): void {
    if (!isWithin(event, this.#fullBytes - this.#length - this.#newlineBytes)) this.flush();
    this.#buffer ??= this.#takeBuffer(event);
    this.#length += this.#buffer.write(event, this.#length);
    if (this.#newlineBytes > 0) this.#buffer[this.#length++] = NEWLINE;
    this.#events++;
    if (time !== undefined && (this.#earliest === undefined || time < this.#earliest)) this.#earliest = time;
    const previous = this.#ranges.at(-1);
    const range = ledger.enter(index, previous);
    if (range !== previous) this.#ranges.push(range);
    if (this.#packing === 'single') this.flush();
  }

  /** Gives out what has been collected, if anything. */
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
    return this.#packing === 'single' ? 0 : 1;
  }

  #takeBuffer(event: string): Buffer {
    const isForMany = this.#packing !== 'single' && isWithin(event, this.capacity);
    if (isForMany) return buffers.take();
    return Buffer.allocUnsafe(Buffer.byteLength(event) + this.#newlineBytes);
  }
}

const buffers = new BufferPool(MAX_RECORD_BYTES);

const NEWLINE = 0x0a;

/**
 * What does not compress grows, by 5 bytes a stored block and 18 of header and trailer. zlib's own bound
 * (deflateBound) for this length is 1,023,742 bytes.
 */
const MAX_GZIP_INPUT_BYTES = 1_023_400;

/** Level 1, the fastest: events are about ten times smaller already, and the CPU is paid for. */
function compress(events: Uint8Array): Buffer {
  return gzipSync(events, { level: 1 });
}

/** A UTF-16 unit takes 3 bytes at the most, so most events need not be measured. */
function isWithin(text: string, maxBytes: number): boolean {
  return text.length * 3 <= maxBytes || Buffer.byteLength(text) <= maxBytes;
}
