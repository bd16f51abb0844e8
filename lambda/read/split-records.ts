import type { JsonObject } from '../normalize/event.ts';
import { RecordGuesser } from './guess-record.ts';
import { LogObjectError } from './log-object-error.ts';

/** One element of the `Records` array. */
export interface RawRecord {
  /** Its place in the object, from 0. */
  index: number;
  /** Its first byte in the inflated object, from 0. */
  byte: number;
  /** Its length in bytes. */
  bytes: number;
  /** Its exact text; `undefined` where it is longer than `maxRecordBytes`. */
  text: string | undefined;
  /** What `JSON.parse` gives for the text, where the splitter had to know; `undefined` where it had not. */
  parsed?: JsonObject | undefined;
}

export interface SplitOptions {
  /** Records before this index are counted, but neither decoded nor given out. @default 0 */
  firstRecord?: number | undefined;
  /** A longer record is given out without its text. @default 4 MiB; CloudTrail's own limit is 1 MB */
  maxRecordBytes?: number | undefined;
  /** Whether ends of records may be guessed and proved by parsing, which is faster. @default true */
  mayGuess?: boolean | undefined;
}

/** What a log object that was read to its end turned out to be. */
export type SplitOutcome = 'records' | 'empty-array' | 'no-records-array';

/** Bounds what a record may cost in memory while it is parsed: many small values take tens of times their length. */
export const DEFAULT_MAX_RECORD_BYTES = 4 * 1024 * 1024;

/**
 * Splits the inflated bytes of a log object into the exact text of each record, in order, in constant memory.
 *
 *   {"Records": [{"eventVersion":"1.08",…}, {"eventVersion":"1.08",…}], "other": 0}
 *    └─ key ─┘   └────── record 0 ──────┘  └────── record 1 ──────┘    └─ key ─┘ └ skipped
 *
 * - Chunks may be cut anywhere, inside a character, an escape or the byte-order mark, and may be reused.
 * - Records come one by one, so that each is dealt with while its bytes and its text are still in the CPU's cache.
 * - `Records` counts at the top level alone, however it is escaped; should it stand there twice, both count.
 * - The structure around the records is checked to the last byte. A value is scanned for its end alone, by its
 *   brackets and quotes, which is right for every JSON value; whether a record is JSON, JSON.parse will say.
 * - Bytes that are not UTF-8 become U+FFFD in the text.
 */
export class RecordSplitter {
  readonly #firstRecord: number;
  readonly #maxRecordBytes: number;

  #expect: Expect = 'document';
  #fault: LogObjectError | undefined;
  #arrays = 0;
  #recordsSeen = 0;
  #isRecordsKey = false;
  #markBytes = 0;

  readonly #guesser: RecordGuesser | undefined;
  /** Before this byte no boundary stands. */
  #nextGuessByte = 0;

  #chunk = NO_BYTES;
  /** How far it has been read. */
  #at = 0;
  /** Length of all chunks before it. */
  #bytesBefore = 0;

  // The value under way.
  #purpose: Purpose = 'skip';
  #kind: 'nested' | 'literal' = 'nested';
  #depth = 0;
  #inString = false;
  #escaped = false;
  #valueByte = 0;
  #kept: Buffer[] = [];
  /** The record that ended last, until it is given out. */
  #ended: RawRecord | undefined;

  constructor({
    firstRecord = 0,
    maxRecordBytes = DEFAULT_MAX_RECORD_BYTES,
    mayGuess = true,
  }: SplitOptions = {}) {
    this.#firstRecord = firstRecord;
    this.#maxRecordBytes = maxRecordBytes;
    this.#guesser = mayGuess ? new RecordGuesser(maxRecordBytes) : undefined;
  }

  /** The first byte that cannot stand where it does; whatever follows it is not looked at. */
  get fault(): LogObjectError | undefined {
    return this.#fault;
  }

  /** Records that have ended so far, those before `firstRecord` included. */
  get recordsSeen(): number {
    return this.#recordsSeen;
  }

  /**
   * Takes the next chunk, once `next` has answered that there is nothing more in the one before.
   *
   * @throws Error where there is: its records would be lost
   */
  push(bytes: Uint8Array): void {
    if (this.#at < this.#chunk.length && !this.#fault) throw new Error('the chunk before has records left');
    this.#bytesBefore += this.#chunk.length;
    this.#chunk = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    this.#at = 0;
  }

  /** @returns the next record that ends in this chunk; `undefined` where none more does, or behind a fault */
  next(): RawRecord | undefined {
    const chunk = this.#chunk;
    while (this.#at < chunk.length && !this.#fault) {
      const at = this.#at;
      if (this.#expect === 'value end') this.#at = this.#scanValue(chunk, at);
      else this.#at = this.#guessRecord(chunk, at) ?? this.#takeByte(chunk, at);
      const ended = this.#ended;
      this.#ended = undefined;
      if (ended) return ended;
    }
    return undefined;
  }

  /**
   * Says that the bytes have ended.
   *
   * @throws LogObjectError `empty-object`, `truncated-json` or `not-json`
   */
  end(): SplitOutcome {
    this.push(NO_BYTES);
    if (this.#expect === 'value end' && this.#kind === 'literal' && this.#purpose === 'document') {
      this.#endValue(NO_BYTES, 0, 0);
    }
    if (this.#fault) throw this.#fault;
    if (this.#bytesBefore === 0) throw new LogObjectError('empty-object', 0, 'there is not one byte');
    if (this.#expect !== 'nothing more') {
      throw new LogObjectError(
        'truncated-json',
        this.#bytesBefore,
        `the text ends, expected ${this.#expect}`,
      );
    }
    if (this.#arrays === 0) return 'no-records-array';
    return this.#recordsSeen === 0 ? 'empty-array' : 'records';
  }

  /** @returns the end of a record that begins here; `undefined` where none does, or its end has to be scanned for */
  #guessRecord(chunk: Buffer, at: number): number | undefined {
    if (chunk[at] !== OPEN_BRACE || (this.#expect !== 'record' && this.#expect !== 'first record'))
      return undefined;
    const byte = this.#bytesBefore + at;
    if (!this.#guesser?.isUseful || byte < this.#nextGuessByte || this.#recordsSeen < this.#firstRecord) {
      return undefined;
    }
    const guessed = this.#guesser.guess(chunk, at);
    if (guessed === 'no boundary') this.#nextGuessByte = this.#bytesBefore + chunk.length;
    if (guessed === undefined || guessed === 'no boundary') return undefined;
    const { end, text, parsed } = guessed;
    this.#ended = { index: this.#recordsSeen++, byte, bytes: end - at, text, parsed };
    this.#expect = 'comma or bracket';
    return end;
  }

  /** @returns where to go on: behind the value, or at the end of the chunk */
  #scanValue(chunk: Buffer, at: number): number {
    const end = this.#kind === 'nested' ? this.#scanNested(chunk, at) : scanLiteral(chunk, at);
    if (end === undefined) this.#keep(chunk, at);
    else this.#endValue(chunk, at, end);
    return end ?? chunk.length;
  }

  /** @returns where to go on: behind a byte of structure or white space, or at the value that begins with it */
  #takeByte(chunk: Buffer, at: number): number {
    const byte = chunk[at] ?? 0;
    return isSpace(byte) || this.#isStructure(byte, this.#bytesBefore + at) ? at + 1 : at;
  }

  /** One byte of structure. `false` leaves it to the value that begins with it. */
  #isStructure(byte: number, position: number): boolean {
    switch (this.#expect) {
      case 'document':
        if (byte === BYTE_ORDER_MARK[position] && position === this.#markBytes) {
          this.#markBytes++;
          return true;
        }
        if (this.#markBytes % BYTE_ORDER_MARK.length !== 0) return this.#fail(position);
        if (byte !== OPEN_BRACE) return this.#beginValue(byte, position, 'document');
        return this.#nowExpect('first key');
      case 'first key':
        if (byte === CLOSE_BRACE) return this.#nowExpect('nothing more');
        return byte === QUOTE ? this.#beginValue(byte, position, 'key') : this.#fail(position);
      case 'key':
        return byte === QUOTE ? this.#beginValue(byte, position, 'key') : this.#fail(position);
      case 'colon':
        return byte === COLON ? this.#nowExpect('value') : this.#fail(position);
      case 'value':
        if (!this.#isRecordsKey || byte !== OPEN_BRACKET) return this.#beginValue(byte, position, 'skip');
        this.#arrays++;
        return this.#nowExpect('first record');
      case 'first record':
        if (byte === CLOSE_BRACKET) return this.#nowExpect('comma or brace');
        return this.#beginValue(byte, position, 'record');
      case 'record':
        return this.#beginValue(byte, position, 'record');
      case 'comma or bracket':
        if (byte === COMMA) return this.#nowExpect('record');
        return byte === CLOSE_BRACKET ? this.#nowExpect('comma or brace') : this.#fail(position);
      case 'comma or brace':
        if (byte === COMMA) return this.#nowExpect('key');
        return byte === CLOSE_BRACE ? this.#nowExpect('nothing more') : this.#fail(position);
      default:
        return this.#fail(position);
    }
  }

  #nowExpect(expect: Expect): true {
    this.#expect = expect;
    return true;
  }

  #fail(position: number): false {
    this.#fault = new LogObjectError('not-json', position, `expected ${this.#expect}`);
    return false;
  }

  #beginValue(byte: number, position: number, purpose: Purpose): false {
    const isNested = byte === OPEN_BRACE || byte === OPEN_BRACKET || byte === QUOTE;
    if (!isNested && !isLiteralByte(byte)) return this.#fail(position);
    this.#purpose = purpose;
    this.#kind = isNested ? 'nested' : 'literal';
    this.#depth = 0;
    this.#inString = false;
    this.#escaped = false;
    this.#valueByte = position;
    this.#expect = 'value end';
    return false;
  }

  /** The hot loop: each byte of each record passes here, once. @returns the end of the value, if it is here */
  #scanNested(chunk: Buffer, from: number): number | undefined {
    const { length } = chunk;
    let at = from;
    let depth = this.#depth;
    let inString = this.#inString;
    if (this.#escaped) {
      this.#escaped = false;
      at++;
    }
    while (at < length) {
      if (inString) {
        while (at < length && chunk[at] !== QUOTE) at += chunk[at] === BACKSLASH ? 2 : 1;
        if (at >= length) break;
        inString = false;
        at++;
        if (depth === 0) return at;
      } else {
        const byte = chunk[at++];
        if (byte === QUOTE) inString = true;
        else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) depth++;
        else if ((byte === CLOSE_BRACE || byte === CLOSE_BRACKET) && --depth === 0) return at;
      }
    }
    this.#escaped = at > length;
    this.#inString = inString;
    this.#depth = depth;
    return undefined;
  }

  /** Keeps a copy of a value that goes on in the next chunk, unless it is not wanted or has grown too long. */
  #keep(chunk: Buffer, start: number): void {
    const length = this.#bytesBefore + chunk.length - this.#valueByte;
    if (this.#wants(length)) this.#kept.push(Buffer.from(chunk.subarray(start)));
    else this.#kept = [];
  }

  #wants(length: number): boolean {
    if (this.#purpose !== 'record') return length <= MAX_KEPT_BYTES;
    return this.#recordsSeen >= this.#firstRecord && length <= this.#maxRecordBytes;
  }

  #endValue(chunk: Buffer, start: number, end: number): void {
    const bytes = this.#bytesBefore + end - this.#valueByte;
    const text = this.#wants(bytes) ? this.#decode(chunk, start, end) : undefined;
    this.#kept = [];
    if (this.#purpose === 'record') {
      this.#expect = 'comma or bracket';
      const index = this.#recordsSeen++;
      if (index >= this.#firstRecord) this.#ended = { index, byte: this.#valueByte, bytes, text };
    } else if (this.#purpose === 'key') {
      this.#expect = 'colon';
      this.#isRecordsKey = text !== undefined && isRecordsKey(text);
    } else {
      this.#expect = 'value';
      if (this.#kind === 'literal' && text !== undefined && !LITERAL.test(text)) this.#fail(this.#valueByte);
      this.#expect = this.#purpose === 'document' ? 'nothing more' : 'comma or brace';
    }
  }

  #decode(chunk: Buffer, start: number, end: number): string {
    if (this.#kept.length === 0) return chunk.toString('utf8', start, end);
    return Buffer.concat([...this.#kept, chunk.subarray(start, end)]).toString('utf8');
  }
}

type Expect =
  | 'document'
  | 'first key'
  | 'key'
  | 'colon'
  | 'value'
  | 'first record'
  | 'record'
  | 'value end'
  | 'comma or bracket'
  | 'comma or brace'
  | 'nothing more';

type Purpose = 'document' | 'key' | 'record' | 'skip';

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_BRACKET = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf];
const NO_BYTES: Buffer = Buffer.alloc(0);

/** Longest key or bare literal that is looked at: `"Records"` with every letter escaped has 44 bytes. */
const MAX_KEPT_BYTES = 1_024;

const LITERAL = /^(?:true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)$/;

function isSpace(byte: number): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}

/** Bytes of `true`, `false`, `null` and numbers. */
function isLiteralByte(byte: number): boolean {
  return (
    (byte >= 0x61 && byte <= 0x7a) ||
    (byte >= 0x30 && byte <= 0x39) ||
    byte === 0x2b ||
    byte === 0x2d ||
    byte === 0x2e ||
    byte === 0x45
  );
}

function scanLiteral(chunk: Buffer, from: number): number | undefined {
  for (let at = from; at < chunk.length; at++) if (!isLiteralByte(chunk[at] ?? 0)) return at;
  return undefined;
}

function isRecordsKey(json: string): boolean {
  try {
    return JSON.parse(json) === 'Records';
  } catch {
    // A key that is no JSON string is not `Records`; the object's other members are not ours to judge.
    return false;
  }
}
