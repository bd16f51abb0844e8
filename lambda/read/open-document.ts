import type { FoundRecord } from './raw-record.ts';

/** What a document contains, known at its end. */
export type DocumentForm = 'records' | 'empty' | 'unknown';

/** Lists whose elements contain a record as text, and the member with that text. */
const WRAPPED_IN = new Map([
  // `aws cloudtrail lookup-events`: https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_Event.html
  ['Events', 'CloudTrailEvent'],
  // https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/SubscriptionFilters.html
  ['logEvents', 'message'],
]);

/** Range of a top-level value: its first byte, and the byte after its last. */
interface Span {
  from: number;
  to: number;
}

/** Members whose presence identifies a form. */
const FORM_MEMBERS = new Set(['eventVersion', 'eventName', 'eventType', 'detail']);
/** Members whose value identifies a form. */
const FORM_VALUES = new Set(['detail-type', 'messageType']);

/** Room for what surrounds a record: at most an EventBridge event around its `detail`. */
const ENVELOPE_BYTES = 65_536;

/** Memory of a waiting element besides its text. */
const OVERHEAD_BYTES = 128;

/** Member names in the description of an unrecognized document. */
const MAX_NAMES = 8;

/**
 * The document being scanned. Its form decides what its records are:
 *
 *   {"Records":[…]}                                        the elements, regardless of other members
 *   […]                                                    the elements
 *   {"eventVersion":…,"eventName" or "eventType":…}        the document
 *   {"Events":[{"CloudTrailEvent":"…"}]}                   the texts
 *   {"messageType":"DATA_MESSAGE","logEvents":[{"message":"…"}]}   the texts
 *   {"detail-type":"… via CloudTrail","detail":{…}}        the detail
 *
 * Some forms are certain only at the end of the document. Until then it keeps the bytes of one record, or a list of
 * texts of that size. The texts of a longer list count as records without waiting for the end.
 */
export class OpenDocument {
  /** Whether its elements are records. Other members do not matter then. */
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
  /** Whether it has a list of lookup-events. */
  #isLookup = false;
  #hasTexts = false;
  #waiting: FoundRecord[] = [];
  #waitingBytes = 0;
  #isLongList = false;

  constructor(byte: number, maxRecordBytes: number) {
    this.byte = byte;
    this.#maxRecordBytes = maxRecordBytes;
  }

  /** Whether its bytes are kept, in case its end needs them. */
  get isKept(): boolean {
    return !this.isRecordList && this.#keptBytes <= this.#maxRecordBytes + ENVELOPE_BYTES;
  }

  /** Keeps a copy of its part in the current chunk. */
  keep(part: Uint8Array): void {
    this.#keptBytes += part.length;
    if (this.isKept) this.#pieces.push(Buffer.from(part));
    else this.#pieces = [];
  }

  /** @param shape description of a document that is not an object: `a text`, `a number`, … */
  setShape(shape: string): void {
    this.#shape = shape;
  }

  addName(name: string): void {
    if (this.#names.length <= MAX_NAMES) this.#names.push(name);
  }

  /** @returns the role of the list's elements; `undefined` if the list is an ordinary member */
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

  /** Whether the form depends on the value of this member. */
  wantsValue(name: string): boolean {
    return FORM_VALUES.has(name);
  }

  /** @param json the value's text, if `wantsValue` */
  addMember(name: string, span: Span, json: string | undefined): void {
    if (FORM_MEMBERS.has(name)) this.#members.set(name, span);
    if (FORM_VALUES.has(name)) this.#values.set(name, parse(json));
  }

  countRecord(): void {
    this.#records++;
  }

  /** Adds an element of a list of texts. @returns the records that need not wait for the end of the document */
  unwrap(element: FoundRecord): FoundRecord[] {
    const inside = textIn(element.text, WRAPPED_IN.get(this.#wrapper ?? '') ?? '');
    const isLong = inside !== undefined && Buffer.byteLength(inside) > this.#maxRecordBytes;
    this.#hasTexts ||= inside !== undefined || element.text === undefined;
    // If other elements have a text, one without is emitted itself rather than skipped.
    this.#waiting.push({ ...element, text: isLong ? undefined : (inside ?? element.text) });
    this.#waitingBytes += element.bytes + OVERHEAD_BYTES;
    if (this.#waitingBytes > this.#maxRecordBytes) this.#isLongList = true;
    return this.#isLongList ? this.takeWaiting() : [];
  }

  /** Removes and returns the records that wait for the end of the document. */
  takeWaiting(): FoundRecord[] {
    return this.#waiting.splice(0);
  }

  /**
   * @param lastPart its bytes in the chunk where it ends
   * @param end      the byte after its last
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

  /** Describes it by the names of its members if they are few and short, never by their values. */
  describe(): string {
    const hasShortNames =
      this.#names.length <= MAX_NAMES && this.#names.every((name) => /^[\w:-]{1,40}$/.test(name));
    if (this.#shape !== 'an object') return this.#shape;
    if (this.#names.length === 0) return 'an empty object';
    return hasShortNames ? `an object with ${this.#names.join(', ')}` : 'an object with many members';
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

  /** @returns `undefined` if the document has grown too long to be kept */
  #text(lastPart: Uint8Array, { from, to }: Span): string | undefined {
    if (!this.isKept) return undefined;
    const kept = this.#pieces.length === 0 ? lastPart : Buffer.concat([...this.#pieces, lastPart]);
    return Buffer.from(kept.buffer, kept.byteOffset, kept.length).toString(
      'utf8',
      from - this.byte,
      to - this.byte,
    );
  }
}

/** Returns the text of a member; `undefined` if the element has none. */
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
