import type { IndexRange, Receipt } from './receipt.ts';

/** What the receipts of an object say about its content with one ETag. */
interface Content {
  readonly covered: IndexRange[];
  total: number | undefined;
  unknown: boolean;
}

/** Records that no receipt covers. */
export interface Missing {
  /** Ascending. */
  readonly ranges: readonly IndexRange[];
  /** Number of records in the object. */
  readonly total: number;
}

/** What the receipts of an object prove. */
export interface Received {
  readonly state: 'received' | 'incomplete' | 'no receipt';
  /** What is not proved. */
  readonly reason?: string;
  readonly missing?: Missing;
}

/** Adds up the receipts of objects. */
export class Coverage {
  readonly #objects = new Map<string, Map<string, Content>>();

  add({ object, etag, covered, total, unknown }: Receipt): void {
    const contents = this.#objects.get(object) ?? new Map<string, Content>();
    this.#objects.set(object, contents);
    if (etag === undefined) return;
    const content = contents.get(etag) ?? { covered: [], total: undefined, unknown: false };
    contents.set(etag, content);
    for (const range of covered) addRange(content.covered, range);
    content.total ??= total;
    content.unknown ||= unknown;
  }

  /**
   * Compares the receipts of an object with the one in the bucket.
   *
   * @param object `s3://bucket/key`
   * @param etag   of the object in the bucket, without quotes
   */
  judge(object: string, etag: string): Received {
    const contents = this.#objects.get(object);
    if (!contents) return { state: 'no receipt' };
    const content = contents.get(etag);
    if (!content && contents.size === 0) return { state: 'incomplete', reason: 'S3 did not return it' };
    if (!content) return { state: 'incomplete', reason: 'only an earlier or later version was received' };
    const { covered, total, unknown } = content;
    if (total === undefined) return { state: 'incomplete', reason: 'not read to its end' };
    const ranges = findMissing(covered, total);
    if (ranges.length > 0) {
      const reason = `no receipt for ${describe(ranges)} of ${total} records`;
      return { state: 'incomplete', reason, missing: { ranges, total } };
    }
    if (unknown) return { state: 'incomplete', reason: 'a document in it has an unrecognized form' };
    return { state: 'received' };
  }
}

/** Adds a range. Extends the last one if it continues it, as receipts of one object usually do. */
function addRange(ranges: IndexRange[], [first, last]: IndexRange): void {
  const tail = ranges.at(-1);
  if (tail && first >= tail[0] && first <= tail[1] + 1) {
    ranges[ranges.length - 1] = [tail[0], Math.max(tail[1], last)];
    return;
  }
  ranges.push([first, last]);
}

function findMissing(covered: readonly IndexRange[], total: number): IndexRange[] {
  const missing: IndexRange[] = [];
  let at = 0;
  for (const [first, last] of covered.toSorted(([a], [b]) => a - b)) {
    if (at >= total) break;
    if (first > at) missing.push([at, Math.min(first, total) - 1]);
    at = Math.max(at, last + 1);
  }
  if (at < total) missing.push([at, total - 1]);
  return missing;
}

const MAX_DESCRIBED = 5;

function describe(ranges: readonly IndexRange[]): string {
  const shown = ranges
    .slice(0, MAX_DESCRIBED)
    .map(([first, last]) => (first === last ? `${first}` : `${first} to ${last}`));
  const more = ranges.length > MAX_DESCRIBED ? [`${ranges.length - MAX_DESCRIBED} more ranges`] : [];
  return [...shown, ...more].join(', ');
}
