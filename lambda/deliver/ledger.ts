/**
 * Which records of one log object have been acknowledged by Firehose.
 *
 * Each record that is read is entered once; it leaves again when the Firehose record that holds it is
 * acknowledged. What stays behind is what a later invocation has to send.
 */
export class ObjectLedger {
  /** The next record that this invocation has not read. */
  nextUnread: number;
  /** Counted where records are read, not here: the balance compares the two. */
  recordsRead = 0;
  delivered = 0;
  filtered = 0;
  readonly #firstRecord: number;
  readonly #outstanding = new Set<Receipt>();

  /** @param firstRecord index of the first record that this invocation has to deliver */
  constructor(firstRecord = 0) {
    this.#firstRecord = firstRecord;
    this.nextUnread = firstRecord;
  }

  /** Enters a record that was packed; `previous` is extended where it is the record before. */
  enter(index: number, previous?: Receipt): Receipt {
    this.nextUnread = index + 1;
    if (previous?.ledger === this && previous.last === index - 1) {
      previous.last = index;
      return previous;
    }
    const receipt = { ledger: this, first: index, last: index };
    this.#outstanding.add(receipt);
    return receipt;
  }

  /** Lets go of a record that a rule excludes. */
  filter(index: number): void {
    this.filtered++;
    this.nextUnread = index + 1;
  }

  acknowledge(receipt: Receipt): void {
    if (this.#outstanding.delete(receipt)) this.delivered += receipt.last - receipt.first + 1;
  }

  /** Records read but not acknowledged. */
  get outstanding(): number {
    let records = 0;
    for (const { first, last } of this.#outstanding) records += last - first + 1;
    return records;
  }

  /** The lowest record not acknowledged: where a later invocation has to begin. */
  get resumePoint(): number {
    let lowest = this.nextUnread;
    for (const { first } of this.#outstanding) lowest = Math.min(lowest, first);
    return lowest;
  }

  /** Whether every record that was read is delivered, filtered, or still on the books. */
  get isBalanced(): boolean {
    return this.recordsRead === this.delivered + this.filtered + this.outstanding;
  }

  get hasProgress(): boolean {
    return this.resumePoint > this.#firstRecord;
  }
}

/** A run of records of one object that stand in the same Firehose record. */
export interface Receipt {
  readonly ledger: ObjectLedger;
  readonly first: number;
  last: number;
}
