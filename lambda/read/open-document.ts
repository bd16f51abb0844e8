import type { FoundRecord } from './raw-record.ts';

/** What a document turned out to be. */
export type DocumentForm = 'records' | 'empty' | 'unknown';

/** Lists whose elements hold a record as text, and the member that it is in. */
const WRAPPED_IN = new Map([
  // `aws cloudtrail lookup-events`: https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_Event.html
  ['Events', 'CloudTrailEvent'],
  // https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/SubscriptionFilters.html
  ['logEvents', 'message'],
]);

/** A member of the top level, from its value's first byte to behind its last. */
interface Span {
  from: number;
  to: number;
}

/** Members whose presence tells a form, and those whose value does. */
const TELLING = new Set(['eventVersion', 'eventName', 'eventType', 'detail']);
const TELLING_VALUES = new Set(['detail-type', 'messageType']);

/** Of the largest form: what an EventBridge event has around its `detail`. */
const ENVELOPE_BYTES = 65_536;

/** What a waiting element takes besides its text. */
const BYTES_OF_WAITING = 128;

/** Names in the description of an unknown document. */
const MAX_NAMES = 8;

/**
 * The document under way, as far as it tells what it is:
 *
 *   {"Records":[…]}                                        its elements, whatever else it holds
 *   […]                                                    its elements
 *   {"eventVersion":…,"eventName" or "eventType":…}        itself
 *   {"Events":[{"CloudTrailEvent":"…"}]}                   the texts
 *   {"messageType":"DATA_MESSAGE","logEvents":[{"message":"…"}]}   the texts
 *   {"detail-type":"… via CloudTrail","detail":{…}}        its detail
 *
 * Only the end of a document can tell some of them, so what may be a record is kept until then: one record, or as much
 * in texts. A longer list of texts is taken for what it looks like.
 */
export class OpenDocument {
  /** Its elements are records, and need no look at the rest. */
  isRecordList = false;
  readonly byte: number;
  readonly #maxRecordBytes: number;
  readonly #members = new Map<string, Span>();
  readonly #values = new Map<string, unknown>();
  readonly #names: string[] = [];
  #shape = 'an object';
  #records = 0;
  #pieces: Buffer[] = [];
  #keptBytes = 0;
  #wrapper: string | undefined;
  /** Has a list of lookup-events, whatever other lists it has. */
  #isLookup = false;
  #hasTexts = false;
  #waiting: FoundRecord[] = [];
  #waitingBytes = 0;
  #isLongList = false;

  constructor(byte: number, maxRecordBytes: number) {
    this.byte = byte;
    this.#maxRecordBytes = maxRecordBytes;
  }

  /** Whether its bytes may have to be read again at its end. */
  get isKept(): boolean {
    return !this.isRecordList && this.#keptBytes <= this.#maxRecordBytes + ENVELOPE_BYTES;
  }

  /** Keeps a copy of a part that ends with its chunk. */
  keep(part: Uint8Array): void {
    this.#keptBytes += part.length;
    if (this.isKept) this.#pieces.push(Buffer.from(part));
    else this.#pieces = [];
  }

  /** It is no object but this: `a list`, `a number`, … */
  setShape(shape: string): void {
    this.#shape = shape;
  }

  addName(name: string): void {
    if (this.#names.length <= MAX_NAMES) this.#names.push(name);
  }

  /** @returns what the elements of this list are; `undefined` if it is a member like any other */
  openList(name: string): 'record' | 'wrapped' | undefined {
    if (name === 'Records') {
      this.takeRecordList();
      return 'record';
    }
    if (this.isRecordList || !WRAPPED_IN.has(name)) return undefined;
    this.#wrapper = name;
    this.#isLookup ||= name === 'Events';
    return 'wrapped';
  }

  takeRecordList(): void {
    this.isRecordList = true;
    this.#pieces = [];
    if (!this.#isLongList) this.#waiting = [];
  }

  /** Whether the value of a member has to be known. */
  wantsValue(name: string): boolean {
    return TELLING_VALUES.has(name);
  }

  /** @param json its text, if it was wanted */
  addMember(name: string, span: Span, json: string | undefined): void {
    if (TELLING.has(name)) this.#members.set(name, span);
    if (TELLING_VALUES.has(name)) this.#values.set(name, parse(json));
  }

  countRecord(): void {
    this.#records++;
  }

  /** Takes an element of a list of texts. @returns those that need not wait for the end of the document */
  unwrap(element: FoundRecord): FoundRecord[] {
    const inside = textIn(element.text, WRAPPED_IN.get(this.#wrapper ?? '') ?? '');
    const isLong = inside !== undefined && Buffer.byteLength(inside) > this.#maxRecordBytes;
    this.#hasTexts ||= inside !== undefined || element.text === undefined;
    // One without a text is a record all the same, if others have one: nothing is passed over.
    this.#waiting.push({ ...element, text: isLong ? undefined : (inside ?? element.text) });
    this.#waitingBytes += element.bytes + BYTES_OF_WAITING;
    if (this.#waitingBytes > this.#maxRecordBytes) this.#isLongList = true;
    return this.#isLongList ? this.takeWaiting() : [];
  }

  /** What waits for the end, where there is none: the document is cut off, or no JSON from here on. */
  takeWaiting(): FoundRecord[] {
    return this.#waiting.splice(0);
  }

  /**
   * @param lastPart its bytes in the chunk in which it ends
   * @param end      behind its last byte
   */
  end(lastPart: Uint8Array, end: number): { form: DocumentForm; records: FoundRecord[] } {
    if (this.isRecordList) return { form: this.#records > 0 ? 'records' : 'empty', records: [] };
    const span = this.#isLongList ? undefined : this.#recordSpan(end);
    if (span === undefined && this.#wrapper !== undefined) return this.#endWrapped();
    if (span === undefined) return { form: 'unknown', records: [] };
    const bytes = span.to - span.from;
    const text = bytes <= this.#maxRecordBytes ? this.#text(lastPart, span) : undefined;
    return { form: 'records', records: [{ byte: span.from, bytes, text }] };
  }

  /** What it is by the names of its members, if they are few and short; never by its values. */
  describe(): string {
    const isTellable =
      this.#names.length <= MAX_NAMES && this.#names.every((name) => /^[\w:-]{1,40}$/.test(name));
    if (this.#shape !== 'an object') return this.#shape;
    if (this.#names.length === 0) return 'an empty object';
    return isTellable ? `an object with ${this.#names.join(', ')}` : 'an object with many members';
  }

  #endWrapped(): { form: DocumentForm; records: FoundRecord[] } {
    const messageType = this.#isLookup ? 'DATA_MESSAGE' : this.#values.get('messageType');
    if (messageType === 'CONTROL_MESSAGE') return { form: 'empty', records: [] };
    if (messageType !== 'DATA_MESSAGE' && !this.#isLongList) return { form: 'unknown', records: [] };
    const records = this.takeWaiting();
    if (records.length > 0 && !this.#hasTexts) return { form: 'unknown', records: [] };
    return { form: this.#isLongList || records.length > 0 ? 'records' : 'empty', records };
  }

  #recordSpan(end: number): Span | undefined {
    const has = (name: string) => this.#members.has(name);
    if (has('eventVersion') && (has('eventName') || has('eventType'))) return { from: this.byte, to: end };
    const detailType = this.#values.get('detail-type');
    const isFromCloudTrail = typeof detailType === 'string' && detailType.endsWith('via CloudTrail');
    return isFromCloudTrail ? this.#members.get('detail') : undefined;
  }

  /** `undefined` where the document has grown too long to be kept. */
  #text(lastPart: Uint8Array, { from, to }: Span): string | undefined {
    if (!this.isKept) return undefined;
    const whole = this.#pieces.length === 0 ? lastPart : Buffer.concat([...this.#pieces, lastPart]);
    return Buffer.from(whole.buffer, whole.byteOffset, whole.length).toString(
      'utf8',
      from - this.byte,
      to - this.byte,
    );
  }
}

/** The text that an element holds; `undefined` if it holds none. */
function textIn(element: string | undefined, member: string): string | undefined {
  const value = parse(element);
  const text =
    typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[member] : undefined;
  return typeof text === 'string' ? text : undefined;
}

function parse(json: string | undefined): unknown {
  try {
    return json === undefined ? undefined : JSON.parse(json);
  } catch {
    return undefined;
  }
}
