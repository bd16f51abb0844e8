import type { ObjectResult } from '../deliver-object.ts';
import { pathOf } from '../trigger/log-object-ref.ts';
import { type IndexRange, lowestOf, remainingOf, subtractRemaining } from '../trigger/remaining-records.ts';
import { isDone, isReadToEnd, isStarted, restOf } from './decide-item.ts';

/**
 * What one invocation did with one log object. The receipts of an object prove that it was delivered if one of them has
 * its `total`, and their `covered` records add up to all of them. Its fields are documented in docs/queries.md.
 */
export interface Receipt {
  /** Time of the receipt: ISO 8601 in UTC. */
  at: string;
  /** `s3://bucket/key` */
  object: string;
  versionId: string | null;
  /** Without quotes; null if S3 did not respond. */
  etag: string | null;
  /** Length of the stored object; null if S3 did not respond. */
  bytes: number | null;
  /** Index of the first record that was asked for. */
  from: number;
  /** Records that were read. */
  records: number;
  delivered: number;
  filtered: number;
  /** `filtered` by the name of the rule. */
  filteredByRule: Record<string, number>;
  malformed: number;
  truncated: number;
  /** Indexes of the records that were delivered or filtered: `0-99,120`. */
  covered: string;
  /** Number of records in the object; null if it was not read to its end. */
  total: number | null;
  /** Whether nothing is left of the object. */
  done: boolean;
  /** Whether the object has a document in an unrecognized form, which is not delivered. */
  unknown: boolean;
  /** Delivery stream of the events. */
  stream: string;
}

/**
 * Makes the receipts of the objects that were started.
 *
 * @param now milliseconds since 1970
 */
export function makeReceipts(objects: readonly ObjectResult[], now: number): Receipt[] {
  return objects.filter(isStarted).map((object) => makeReceipt(object, now));
}

function makeReceipt(object: ObjectResult, now: number): Receipt {
  const { ref, stream, etag, storedBytes, ledger, unknown } = object;
  const { recordsRead: records, delivered, filtered, malformed, truncated } = ledger;
  const before = remainingOf(ref);
  const covered = ledger.isBalanced ? subtractRemaining(before, restOf(object), ledger.nextUnread) : [];
  return {
    at: new Date(now).toISOString(),
    object: pathOf(ref),
    versionId: ref.versionId ?? null,
    etag: etag?.replaceAll('"', '') ?? null,
    bytes: storedBytes ?? null,
    from: lowestOf(before),
    ...{ records, delivered, filtered, filteredByRule: Object.fromEntries(ledger.filteredByRule) },
    ...{ malformed, truncated },
    covered: covered.map(formatRange).join(),
    total: isReadToEnd(object) ? ledger.nextUnread : null,
    done: isDone(object) && ledger.isBalanced,
    unknown: unknown !== undefined,
    stream,
  };
}

function formatRange([first, last]: IndexRange): string {
  return first === last ? `${first}` : `${first}-${last}`;
}
