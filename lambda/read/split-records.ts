import { RecordGuesser } from './guess-record.ts';
import {
  CLOSE_BRACE,
  CLOSE_BRACKET,
  COLON,
  COMMA,
  endOfSpaces,
  isLiteral,
  isTime,
  OPEN_BRACE,
  OPEN_BRACKET,
  QUOTE,
} from './json-bytes.ts';
import { LogObjectError } from './log-object-error.ts';
import { OpenDocument } from './open-document.ts';
import { OpenValue, type Purpose } from './open-value.ts';
import type { FoundRecord, RawRecord } from './raw-record.ts';

export interface SplitOptions {
  /** Records before this index are counted, but neither decoded nor given out. @default 0 */
  firstRecord?: number | undefined;
  /** A longer record is given out without its text. @default 4 MiB; CloudTrail's own limit is 1 MB */
  maxRecordBytes?: number | undefined;
  /** Whether ends of records may be guessed and proved by parsing, which is faster. @default true */
  mayGuess?: boolean | undefined;
}

/**
 * What a log object that was read to its end turned out to be: it has records; it has none and says so, such as
 * `{"Records":[]}`; or nothing in it is of a form that has records.
 */
export type SplitOutcome = 'records' | 'empty' | 'unknown';

/** Bounds what a record may cost in memory while it is parsed: many small values take tens of times their length. */
export const DEFAULT_MAX_RECORD_BYTES = 4 * 1024 * 1024;

/**
 * Splits the inflated bytes of a log object into the exact text of each record, in order, in constant memory.
 *
 *   {"Records": [{"eventVersion":"1.08",…}, {"eventVersion":"1.08",…}], "other": 0}
 *    └─ key ─┘   └────── record 0 ──────┘  └────── record 1 ──────┘    └─ key ─┘ └ skipped
 *
 * - An object may hold several documents in a row, each of any form that `OpenDocument` knows.
 * - Chunks may be cut anywhere, inside a character, an escape or a byte-order mark, and may be reused.
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
  #error: LogObjectError | undefined;
  #recordsSeen = 0;
  #markBytes = 0;

  #document: OpenDocument | undefined;
  #documents = 0;
  #unknown: string | undefined;
  /** Behind the time of a line, whose document is still to come. */
  #isBehindTime = false;
  #key = '';
  #elements: 'record' | 'wrapped' = 'record';
  /** Whether the list under way is the whole document. */
  #isTopList = false;

  readonly #guesser: RecordGuesser | undefined;
  /** Before this byte no boundary stands. */
  #nextGuessByte = 0;

  #chunk = NO_BYTES;
  /** How far it has been read. */
  #at = 0;
  /** Length of all chunks before it. */
  #bytesBefore = 0;

  readonly #value = new OpenValue();
  /** Records that have ended, and how many of them have been given out. */
  readonly #ended: RawRecord[] = [];
  #given = 0;

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
  get error(): LogObjectError | undefined {
    return this.#error;
  }

  /** Records that have ended so far, those before `firstRecord` included. */
  get recordsSeen(): number {
    return this.#recordsSeen;
  }

  /** The first document that has none of the known forms, by its byte and its members; `undefined` if there is none. */
  get unknown(): string | undefined {
    return this.#unknown;
  }

  /** Once the bytes have ended without an error. */
  get outcome(): SplitOutcome {
    if (this.#recordsSeen > 0) return 'records';
    return this.#unknown === undefined ? 'empty' : 'unknown';
  }

  /**
   * Takes the next chunk, once `next` has answered that there is nothing more in the one before.
   *
   * @throws Error where there is: its records would be lost
   */
  push(bytes: Uint8Array): void {
    if ((this.#at < this.#chunk.length && !this.#error) || this.#given < this.#ended.length)
      throw new Error('the chunk before has records left');
    this.#bytesBefore += this.#chunk.length;
    this.#chunk = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    this.#at = 0;
  }

  /** @returns the next record that ends in this chunk; `undefined` where none more does, or behind an error */
  next(): RawRecord | undefined {
    const chunk = this.#chunk;
    const ended = this.#ended[this.#given];
    if (ended) {
      this.#given++;
      return ended;
    }
    this.#ended.length = 0;
    this.#given = 0;
    while (this.#ended.length === 0 && this.#at < chunk.length && !this.#error) {
      const at = this.#at;
      if (this.#expect === 'value end') this.#at = this.#scanValue(chunk, at);
      else this.#at = this.#guessRecord(chunk, at) ?? this.#takeByte(chunk, at);
      if (this.#at === chunk.length && this.#document?.isKept)
        this.#document.keep(this.#partOf(chunk, this.#at));
    }
    const first = this.#ended[0];
    if (first) this.#given = 1;
    return first;
  }

  /**
   * Says that the bytes have ended. Records that waited for it are given out by `next`; `fault` may be
   * `empty-object`, `truncated-json` or `not-json` from now on.
   */
  end(): void {
    this.push(NO_BYTES);
    const { kind, purpose } = this.#value;
    if (this.#expect === 'value end' && kind !== 'nested' && purpose === 'document')
      this.#endValue(NO_BYTES, 0, 0);
    if (this.#error) return;
    if (this.#bytesBefore === 0) {
      this.#error = new LogObjectError('empty-object', 0, 'there is not one byte');
    } else if (this.#expect !== 'document' || this.#documents === 0 || this.#isBehindTime) {
      const meaning = `the text ends, expected ${this.#expect}`;
      this.#stop(new LogObjectError('truncated-json', this.#bytesBefore, meaning));
    }
  }

  /** The bytes of the open document that are in this chunk. */
  #partOf(chunk: Buffer, end: number): Buffer {
    const from = Math.max(0, (this.#document?.byte ?? 0) - this.#bytesBefore);
    return chunk.subarray(from, end);
  }

  /** @returns the end of a record that begins here; `undefined` where none does, or its end has to be scanned for */
  #guessRecord(chunk: Buffer, at: number): number | undefined {
    if (chunk[at] !== OPEN_BRACE || (this.#expect !== 'record' && this.#expect !== 'first record'))
      return undefined;
    const byte = this.#bytesBefore + at;
    if (!this.#guesser?.isUseful || byte < this.#nextGuessByte || this.#recordsSeen < this.#firstRecord) {
      return undefined;
    }
    if (this.#elements !== 'record') return undefined;
    const guessed = this.#guesser.guess(chunk, at);
    if (guessed === 'no boundary') this.#nextGuessByte = this.#bytesBefore + chunk.length;
    if (guessed === undefined || guessed === 'no boundary') return undefined;
    const { end, text, parsed } = guessed;
    this.#document?.countRecord();
    this.#ended.push({ index: this.#recordsSeen++, byte, bytes: end - at, text, parsed });
    this.#expect = 'comma or bracket';
    return end;
  }

  /** @returns where to go on: behind the value, or at the end of the chunk */
  #scanValue(chunk: Buffer, at: number): number {
    const end = this.#value.scan(chunk, at);
    if (end === undefined) this.#keep(chunk, at);
    else this.#endValue(chunk, at, end);
    return end ?? chunk.length;
  }

  /** @returns where to go on: behind a byte of structure or white space, or at the value that begins with it */
  #takeByte(chunk: Buffer, at: number): number {
    const next = endOfSpaces(chunk, at);
    if (next > at) return next;
    return this.#isStructure(chunk[at] ?? 0, this.#bytesBefore + at) ? at + 1 : at;
  }

  /** One byte of structure. `false` leaves it to the value that begins with it. */
  #isStructure(byte: number, position: number): boolean {
    switch (this.#expect) {
      case 'document':
        return this.#beginDocument(byte, position);
      case 'first key':
        if (byte === CLOSE_BRACE) return this.#endDocument(position + 1);
        return byte === QUOTE ? this.#beginValue(byte, position, 'key') : this.#fail(position);
      case 'key':
        return byte === QUOTE ? this.#beginValue(byte, position, 'key') : this.#fail(position);
      case 'colon':
        return byte === COLON ? this.#nowExpect('value') : this.#fail(position);
      case 'value': {
        const elements = byte === OPEN_BRACKET ? this.#document?.openList(this.#key) : undefined;
        if (elements === undefined) return this.#beginValue(byte, position, 'member');
        return this.#beginList(elements, false);
      }
      case 'first record':
        if (byte === CLOSE_BRACKET) return this.#endList(position);
        return this.#beginValue(byte, position, this.#elements);
      case 'record':
        return this.#beginValue(byte, position, this.#elements);
      case 'comma or bracket':
        if (byte === COMMA) return this.#nowExpect('record');
        return byte === CLOSE_BRACKET ? this.#endList(position) : this.#fail(position);
      case 'comma or brace':
        if (byte === COMMA) return this.#nowExpect('key');
        return byte === CLOSE_BRACE ? this.#endDocument(position + 1) : this.#fail(position);
      default:
        return this.#fail(position);
    }
  }

  #nowExpect(expect: Expect): true {
    this.#expect = expect;
    return true;
  }

  #fail(position: number): false {
    this.#stop(new LogObjectError('not-json', position, `expected ${this.#expect}`));
    return false;
  }

  /** Nothing more is read; what is whole so far counts. */
  #stop(error: LogObjectError): void {
    this.#error = error;
    for (const record of this.#document?.takeWaiting() ?? []) this.#emit(record);
  }

  #beginDocument(byte: number, position: number): boolean {
    if (byte === BYTE_ORDER_MARK[this.#markBytes]) {
      this.#markBytes++;
      return true;
    }
    if (this.#markBytes % BYTE_ORDER_MARK.length !== 0) return this.#fail(position);
    this.#markBytes = 0;
    this.#document = new OpenDocument(position, this.#maxRecordBytes);
    if (byte === OPEN_BRACE) return this.#nowExpect('first key');
    if (byte !== OPEN_BRACKET) return this.#beginValue(byte, position, 'document');
    this.#document.takeRecordList();
    return this.#beginList('record', true);
  }

  #endDocument(end: number): true {
    const document = this.#document;
    this.#document = undefined;
    this.#isBehindTime = false;
    this.#documents++;
    this.#expect = 'document';
    if (!document) return true;
    const from = Math.max(0, document.byte - this.#bytesBefore);
    const { form, records } = document.end(this.#chunk.subarray(from, end - this.#bytesBefore), end);
    for (const record of records) this.#emit(record);
    if (form === 'unknown') this.#unknown ??= `${document.describe()} at byte ${document.byte}`;
    return true;
  }

  #beginList(elements: 'record' | 'wrapped', isTopList: boolean): true {
    this.#elements = elements;
    this.#isTopList = isTopList;
    return this.#nowExpect('first record');
  }

  #endList(position: number): true {
    return this.#isTopList ? this.#endDocument(position + 1) : this.#nowExpect('comma or brace');
  }

  #emit(record: FoundRecord): void {
    const index = this.#recordsSeen++;
    if (index >= this.#firstRecord) this.#ended.push({ index, ...record });
  }

  #beginValue(byte: number, position: number, purpose: Purpose): false {
    if (!this.#value.begin(byte, position, purpose)) return this.#fail(position);
    this.#expect = 'value end';
    return false;
  }

  /** Keeps a copy of a value that goes on in the next chunk, unless it is not wanted or has grown too long. */
  #keep(chunk: Buffer, start: number): void {
    const length = this.#bytesBefore + chunk.length - this.#value.byte;
    if (this.#wants(length)) this.#value.keep(chunk.subarray(start));
    else this.#value.drop();
  }

  #wants(length: number): boolean {
    const { purpose, kind } = this.#value;
    switch (purpose) {
      case 'record':
        return this.#recordsSeen >= this.#firstRecord && length <= this.#maxRecordBytes;
      case 'wrapped':
        // The escapes of the text that it holds at most double it, and there is something around it.
        return length <= 2 * this.#maxRecordBytes + MAX_KEPT_BYTES;
      case 'key':
        return length <= MAX_KEPT_BYTES;
      default:
        if (kind === 'nested' && !this.#document?.wantsValue(this.#key)) return false;
        return length <= MAX_KEPT_BYTES;
    }
  }

  #endValue(chunk: Buffer, start: number, end: number): void {
    const { byte, purpose, kind } = this.#value;
    const bytes = this.#bytesBefore + end - byte;
    const text = this.#wants(bytes) ? this.#value.textWith(chunk.subarray(start, end)) : undefined;
    this.#value.drop();
    switch (purpose) {
      case 'record':
        this.#expect = 'comma or bracket';
        this.#document?.countRecord();
        this.#emit({ byte, bytes, text });
        return;
      case 'wrapped':
        this.#expect = 'comma or bracket';
        for (const record of this.#document?.unwrap({ byte, bytes, text }) ?? []) this.#emit(record);
        return;
      case 'key':
        this.#expect = 'colon';
        this.#key = text === undefined ? '' : decodeKey(text);
        this.#document?.addName(this.#key);
        return;
      case 'member':
        this.#expect = 'value';
        if (kind !== 'nested' && text !== undefined && !isLiteral(text)) this.#fail(byte);
        this.#document?.addMember(this.#key, { from: byte, to: byte + bytes }, text);
        this.#expect = 'comma or brace';
        return;
      case 'document':
        this.#endBareDocument(byte, bytes, text);
    }
  }

  /** A document that is a text, a number or the like, or the time in front of one. */
  #endBareDocument(byte: number, bytes: number, text: string | undefined): void {
    const { kind } = this.#value;
    this.#expect = 'value';
    if (kind === 'time' && !this.#isBehindTime && text !== undefined && isTime(text)) {
      this.#document = undefined;
      this.#isBehindTime = true;
    } else if (kind !== 'nested' && text !== undefined && !isLiteral(text)) {
      this.#fail(byte);
      return;
    } else {
      this.#document?.setShape(
        kind === 'nested' ? 'a text' : text && /^[a-z]/.test(text) ? text : 'a number',
      );
      this.#endDocument(byte + bytes);
    }
    this.#expect = 'document';
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
  | 'comma or brace';

const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf];
const NO_BYTES: Buffer = Buffer.alloc(0);

/** Longest key or bare literal that is looked at: `"Records"` with every letter escaped has 44 bytes. */
const MAX_KEPT_BYTES = 1_024;

/** @returns `''` where the key is no JSON string: the object's other members are not ours to judge */
function decodeKey(json: string): string {
  if (!json.includes('\\')) return json.slice(1, -1);
  try {
    return JSON.parse(json);
  } catch {
    return '';
  }
}
