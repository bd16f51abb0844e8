import { lowestOf, type RemainingRecords, toRemaining } from '../trigger/remaining-records.ts';

/**
 * Which records of one log object Firehose has acknowledged.
 *
 * Each record that is read is entered once; it leaves again when the Firehose record that holds it is
 * acknowledged. What is left is what a later invocation has to send.
 */
export class ObjectLedger {
  /** Counted where records are read, not here: the balance compares the two. */
  recordsRead = 0;
  delivered = 0;
  filtered = 0;
  readonly #before: RemainingRecords;
  /** The record after the last one that was entered, filtered or passed. */
  #position: number;
  /** Which of the earlier ranges it is in, or before. */
  #rangeAt = 0;
  readonly #outstanding = new Set<RecordRange>();

  /** @param before what this invocation has to deliver; all records without it */
  constructor(before: RemainingRecords = { ranges: [], nextUnread: 0 }) {
    this.#before = before;
    this.#position = lowestOf(before);
  }

  /** The first record that no invocation has read. */
  get nextUnread(): number {
    return Math.max(this.#position, this.#before.nextUnread);
  }

  /**
   * Whether a record is still to be delivered; if not, it is passed. To be asked of each record in order.
   */
  wants(index: number): boolean {
    const { ranges, nextUnread } = this.#before;
    if (index >= nextUnread) return true;
    while ((ranges[this.#rangeAt]?.[1] ?? index) < index) this.#rangeAt++;
    const range = ranges[this.#rangeAt];
    if (range !== undefined && range[0] <= index) return true;
    this.#position = index + 1;
    return false;
  }

  /** Enters a record that was packed; `previous` is extended if it ends at the record before. */
  enter(index: number, previous?: RecordRange): RecordRange {
    this.#position = index + 1;
    if (previous?.ledger === this && previous.last === index - 1) {
      previous.last = index;
      return previous;
    }
    const range = { ledger: this, first: index, last: index };
    this.#outstanding.add(range);
    return range;
  }

  /** Lets go of a record that a rule excludes. */
  filter(index: number): void {
    this.filtered++;
    this.#position = index + 1;
  }

  acknowledge(range: RecordRange): void {
    if (this.#outstanding.delete(range)) this.delivered += range.last - range.first + 1;
  }

  /** Records read but not acknowledged. */
  get outstanding(): number {
    let records = 0;
    for (const { first, last } of this.#outstanding) records += last - first + 1;
    return records;
  }

  /** What a later invocation has to deliver: what is not acknowledged, and what was not read. */
  get remaining(): RemainingRecords {
    const { ranges } = this.#before;
    const unread = ranges
      .filter(([, last]) => last >= this.#position)
      .map(([first, last]): [number, number] => [Math.max(first, this.#position), last]);
    const unacknowledged = [...this.#outstanding].map(({ first, last }): [number, number] => [first, last]);
    return toRemaining([...unacknowledged, ...unread], this.nextUnread);
  }

  /** Whether every record that was read is delivered, filtered, or still on the books. */
  get isBalanced(): boolean {
    return this.recordsRead === this.delivered + this.filtered + this.outstanding;
  }

  get hasProgress(): boolean {
    return this.delivered + this.filtered > 0;
  }
}

/** A run of records of one object that are in the same Firehose record. */
export interface RecordRange {
  readonly ledger: ObjectLedger;
  readonly first: number;
  last: number;
}
