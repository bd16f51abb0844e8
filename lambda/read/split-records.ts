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

/** Where a record starts in a list of records. */
export interface RecordStart {
  /** Position in the inflated object. */
  byte: number;
  /** Index in the object. */
  index: number;
}

/** What a splitter leaves to another one. */
export interface Handover extends RecordStart {
  /** First byte of the document that contains the list. */
  document: number;
  /** The rest of the chunk. */
  bytes: Buffer;
}

export interface SplitOptions {
  /** Records before this index are counted, but neither decoded nor emitted. @default 0 */
  firstRecord?: number | undefined;
  /** A longer record is emitted without its text. @default 4 MiB; CloudTrail's own limit is 1 MB */
  maxRecordBytes?: number | undefined;
  /** Whether to guess the ends of records and verify them by parsing, which is faster. @default true */
  mayGuess?: boolean | undefined;
}

/**
 * What a log object contains: records, none in a recognized form like `{"Records":[]}`, or none and a document in an
 * unrecognized form.
 */
export type SplitOutcome = 'records' | 'empty' | 'unknown';

/** Limits the memory for parsing a record: many small values take tens of times their length. */
export const DEFAULT_MAX_RECORD_BYTES = 4 * 1024 * 1024;

/**
 * Splits the inflated bytes of a log object into the exact text of each record, in order, in constant memory.
 *
 *   {"Records": [{"eventVersion":"1.08",…}, {"eventVersion":"1.08",…}], "other": 0}
 *    └─ key ─┘   └────── record 0 ──────┘  └────── record 1 ──────┘    └─ key ─┘ └ skipped
 *
 * - An object may contain several documents, each in any form that `OpenDocument` recognizes.
 * - A chunk may end anywhere, even inside a character, an escape or a byte-order mark. Its buffer may be reused.
 * - Records are emitted one by one, to be processed while their bytes and text are still in the CPU's cache.
 * - `Records` counts only at the top level, with or without escapes. If it occurs twice, both count.
 * - The structure around the records is validated. Of a value, only the end is determined, by its brackets and quotes,
 *   which is correct for any JSON value. `JSON.parse` later validates each record.
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
  /** Whether the timestamp of a line was read, but not yet its document. */
  #isAfterTime = false;
  #key = '';
  #elements: 'record' | 'wrapped' = 'record';
  /** Whether the current list is the entire document. */
  #isTopList = false;

  readonly #guesser: RecordGuesser | undefined;
  /** There is no boundary before this byte. */
  #nextGuessByte = 0;

  #chunk = NO_BYTES;
  /** Position in the chunk. */
  #at = 0;
  /** Total length of earlier chunks. */
  #bytesBefore = 0;

  readonly #value = new OpenValue();
  /** Complete records, and how many of them `next` has returned. */
  readonly #ended: RawRecord[] = [];
  #returned = 0;

  constructor({
    firstRecord = 0,
    maxRecordBytes = DEFAULT_MAX_RECORD_BYTES,
    mayGuess = true,
  }: SplitOptions = {}) {
    this.#firstRecord = firstRecord;
    this.#maxRecordBytes = maxRecordBytes;
    this.#guesser = mayGuess ? new RecordGuesser(maxRecordBytes) : undefined;
  }

  /** The error at the first invalid byte. The bytes after it are ignored. */
  get error(): LogObjectError | undefined {
    return this.#error;
  }

  /** Complete records so far, including those before `firstRecord`. */
  get recordsSeen(): number {
    return this.#recordsSeen;
  }

  /** The first document in an unrecognized form: its members and its byte. */
  get unknown(): string | undefined {
    return this.#unknown;
  }

  /** Valid after `end`, without an error. */
  get outcome(): SplitOutcome {
    if (this.#recordsSeen > 0) return 'records';
    return this.#unknown === undefined ? 'empty' : 'unknown';
  }

  /**
   * Starts the next chunk, after `next` has returned `undefined` for the previous one.
   *
   * @throws Error if it has not, because the remaining records would be lost
   */
  push(bytes: Uint8Array): void {
    if ((this.#at < this.#chunk.length && !this.#error) || this.#returned < this.#ended.length)
      throw new Error('the previous chunk has unread records');
    this.#bytesBefore += this.#chunk.length;
    this.#chunk = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    this.#at = 0;
  }

  /** @returns the next record that ends in this chunk; `undefined` if there are no more, or after an error */
  next(): RawRecord | undefined {
    const chunk = this.#chunk;
    const ended = this.#ended[this.#returned];
    if (ended) {
      this.#returned++;
      return ended;
    }
    this.#ended.length = 0;
    this.#returned = 0;
    while (this.#ended.length === 0 && this.#at < chunk.length && !this.#error) {
      const at = this.#at;
      if (this.#expect === 'end of value') this.#at = this.#scanValue(chunk, at);
      else this.#at = this.#guessRecord(chunk, at) ?? this.#takeByte(chunk, at);
      if (this.#at === chunk.length && this.#document?.isKept)
        this.#document.keep(this.#partOf(chunk, this.#at));
    }
    const first = this.#ended[0];
    if (first) this.#returned = 1;
    return first;
  }

  /**
   * Ends the input. `next` then returns the records that waited for it, and `error` may be `empty-object`,
   * `truncated-json` or `not-json`.
   */
  end(): void {
    this.push(NO_BYTES);
    const { kind, purpose } = this.#value;
    if (this.#expect === 'end of value' && kind !== 'nested' && purpose === 'document')
      this.#endValue(NO_BYTES, 0, 0);
    if (this.#error) return;
    if (this.#bytesBefore === 0) {
      this.#error = new LogObjectError('empty-object', 0, 'the object is empty');
    } else if (this.#expect !== 'document' || this.#documents === 0 || this.#isAfterTime) {
      const detail = `unexpected end, expected ${this.#expect}`;
      this.#stop(new LogObjectError('truncated-json', this.#bytesBefore, detail));
    }
  }

  /**
   * Leaves what follows the last record of the chunk to another splitter, after `next` has returned `undefined`. `resume`
   * continues behind the records that the other one finds.
   *
   * @returns `undefined` if no record starts there, or its start is in an earlier chunk
   */
  handOver(): Handover | undefined {
    const { purpose, byte } = this.#value;
    const isInRecord = this.#expect === 'end of value' && purpose === 'record' && byte >= this.#bytesBefore;
    const isBefore = this.#expect === 'record' && this.#elements === 'record';
    if (this.#error || !this.#document || !(isInRecord || isBefore)) return undefined;
    const start = isInRecord ? byte : this.#bytesBefore + this.#chunk.length;
    this.#value.drop();
    this.#expect = 'record';
    const bytes = this.#chunk.subarray(start - this.#bytesBefore);
    return { byte: start, index: this.#recordsSeen, document: this.#document.byte, bytes };
  }

  /** Continues at the start of a record: in the list of `handOver`, or in one that is a document from there on. */
  resume({ byte, index }: RecordStart): void {
    if (!this.#document) {
      this.#document = new OpenDocument(byte, this.#maxRecordBytes);
      this.#document.takeRecordList();
      this.#beginList('record', true);
    }
    if (index > 0) this.#document.countRecord();
    this.#expect = 'record';
    this.#chunk = NO_BYTES;
    this.#at = 0;
    this.#bytesBefore = byte;
    this.#recordsSeen = index;
  }

  /** @returns the bytes of the open document in this chunk, up to `end` */
  #partOf(chunk: Buffer, end: number): Buffer {
    const from = Math.max(0, (this.#document?.byte ?? 0) - this.#bytesBefore);
    return chunk.subarray(from, end);
  }

  /** @returns the end of the record that starts here; `undefined` if none does, or the scanner must find its end */
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
    const { end, text, utf8, parsed } = guessed;
    this.#document?.countRecord();
    this.#ended.push({ index: this.#recordsSeen++, byte, bytes: end - at, text, utf8, parsed });
    this.#expect = 'comma or bracket';
    return end;
  }

  /** @returns where to continue: after the value, or at the end of the chunk */
  #scanValue(chunk: Buffer, at: number): number {
    const end = this.#value.scan(chunk, at);
    if (end === undefined) this.#keep(chunk, at);
    else this.#endValue(chunk, at, end);
    return end ?? chunk.length;
  }

  /** @returns where to continue: after white space or structure, or at the value that starts here */
  #takeByte(chunk: Buffer, at: number): number {
    const next = endOfSpaces(chunk, at);
    if (next > at) return next;
    return this.#isStructure(chunk[at] ?? 0, this.#bytesBefore + at) ? at + 1 : at;
  }

  /** @returns whether the byte is structure. If not, it starts a value or is an error */
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

  /** Stops reading, and emits the records that are complete. */
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
    this.#isAfterTime = false;
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
    this.#expect = 'end of value';
    return false;
  }

  /** Keeps a copy of a value that continues in the next chunk, unless it is unwanted or too long. */
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
        // Escapes at most double the text in it, and other members surround the text.
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

  /** Ends a document that is a text, a number or a literal, or the timestamp in front of a document. */
  #endBareDocument(byte: number, bytes: number, text: string | undefined): void {
    const { kind } = this.#value;
    this.#expect = 'value';
    if (kind === 'time' && !this.#isAfterTime && text !== undefined && isTime(text)) {
      this.#document = undefined;
      this.#isAfterTime = true;
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
  | 'end of value'
  | 'comma or bracket'
  | 'comma or brace';

const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf];
const NO_BYTES: Buffer = Buffer.alloc(0);

/** Longest key or bare literal to examine: `"Records"` with every letter escaped has 44 bytes. */
const MAX_KEPT_BYTES = 1_024;

/** @returns `''` if the key is not a JSON string, because keys other than those of a form are not validated */
function decodeKey(json: string): string {
  if (!json.includes('\\')) return json.slice(1, -1);
  try {
    return JSON.parse(json);
  } catch {
    return '';
  }
}
