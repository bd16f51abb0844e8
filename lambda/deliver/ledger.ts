import { lowestOf, type RemainingRecords, toRemaining } from '../trigger/remaining-records.ts';

/**
 * Tracks which records of one log object Firehose has acknowledged.
 *
 * Each record read is entered once, and removed when the Firehose record that contains it is acknowledged. A
 * later invocation sends the remaining ones.
 */
export class ObjectLedger {
  /** Counted by the reader, independently of the counts here: `isBalanced` compares them. */
  recordsRead = 0;
  delivered = 0;
  /** Records that a rule drops, by the rule's name. */
  readonly filteredByRule = new Map<string, number>();
  /** Records that became `pipeline_error` events. */
  malformed = 0;
  /** Records whose events were truncated to fit in a Firehose record. */
  truncated = 0;
  readonly #before: RemainingRecords;
  /** The record after the last one that was entered, filtered or skipped. */
  #position: number;
  /** Index of the range in `#before` that contains or follows the position. */
  #rangeAt = 0;
  readonly #outstanding = new Set<RecordRange>();

  /** @param before records that this invocation must deliver; all by default */
  constructor(before: RemainingRecords = { ranges: [], nextUnread: 0 }) {
    this.#before = before;
    this.#position = lowestOf(before);
  }

  /** The first record that no invocation has read. */
  get nextUnread(): number {
    return Math.max(this.#position, this.#before.nextUnread);
  }

  /** Whether a record must still be delivered; skips it if not. Call it for every record, in order. */
  wants(index: number): boolean {
    const { ranges, nextUnread } = this.#before;
    if (index >= nextUnread) return true;
    while ((ranges[this.#rangeAt]?.[1] ?? index) < index) this.#rangeAt++;
    const range = ranges[this.#rangeAt];
    if (range !== undefined && range[0] <= index) return true;
    this.#position = index + 1;
    return false;
  }

  /** Enters a packed record. Extends `previous` if it ends at the preceding record. */
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

  /** Counts a record that a rule drops. */
  filter(index: number, rule: string): void {
    this.filteredByRule.set(rule, (this.filteredByRule.get(rule) ?? 0) + 1);
    this.#position = index + 1;
  }

  acknowledge(range: RecordRange): void {
    if (this.#outstanding.delete(range)) this.delivered += range.last - range.first + 1;
  }

  get filtered(): number {
    let records = 0;
    for (const count of this.filteredByRule.values()) records += count;
    return records;
  }

  /** Records read but not acknowledged. */
  get outstanding(): number {
    let records = 0;
    for (const { first, last } of this.#outstanding) records += last - first + 1;
    return records;
  }

  /** Records for a later invocation: those not acknowledged, and those not read. */
  get remaining(): RemainingRecords {
    const { ranges } = this.#before;
    const unread = ranges
      .filter(([, last]) => last >= this.#position)
      .map(([first, last]): [number, number] => [Math.max(first, this.#position), last]);
    const unacknowledged = [...this.#outstanding].map(({ first, last }): [number, number] => [first, last]);
    return toRemaining([...unacknowledged, ...unread], this.nextUnread);
  }

  /** Whether every record read is delivered, filtered or outstanding. */
  get isBalanced(): boolean {
    return this.recordsRead === this.delivered + this.filtered + this.outstanding;
  }

  get hasProgress(): boolean {
    return this.delivered + this.filtered > 0;
  }
}

/** Consecutive records of one object in the same Firehose record. */
export interface RecordRange {
  readonly ledger: ObjectLedger;
  readonly first: number;
  last: number;
}
