/** Range of record indexes, both ends inclusive. */
export type IndexRange = readonly [first: number, last: number];

/**
 * Undelivered records of one object: closed ranges, and everything from `nextUnread` on.
 *
 *   0      3    5      8  9                index
 *   ├──────┼────┼──────┼──┼───────▶
 *   done   └─┬──┘ done └┬┘ nextUnread
 *         ranges     ranges
 */
export interface RemainingRecords {
  /** Ascending, not adjacent, and before `nextUnread`. */
  ranges: readonly IndexRange[];
  /** Index of the first unread record. */
  nextUnread: number;
}

/** Returns the lowest undelivered index. */
export function lowestOf({ ranges, nextUnread }: RemainingRecords): number {
  return ranges[0]?.[0] ?? nextUnread;
}

/** Reads the remaining records of an object from a reference. */
export function remainingOf({
  nextRecord,
  ranges = [],
  nextUnread = nextRecord,
}: ResumePoint): RemainingRecords {
  return { ranges, nextUnread };
}

/** Converts remaining records to the fields of a reference. */
export function toResumePoint(remaining: RemainingRecords): ResumePoint {
  const { ranges, nextUnread } = remaining;
  return { nextRecord: lowestOf(remaining), ...(ranges.length === 0 ? NO_RANGES : { ranges, nextUnread }) };
}

const NO_RANGES = { ranges: undefined, nextUnread: undefined };

interface ResumePoint {
  nextRecord: number;
  ranges?: readonly IndexRange[] | undefined;
  nextUnread?: number | undefined;
}

/** Keeps a resume message far below SQS's limit of 1 MiB. Only random rejections leave so many ranges in one window. */
const MAX_RANGES = 1_000;

/** Sorts ranges and merges adjacent ones. The last of `MAX_RANGES` covers the rest: records repeat, none is lost. */
export function toRemaining(ranges: IndexRange[], nextUnread: number): RemainingRecords {
  const merged: [number, number][] = [];
  for (const [first, last] of ranges.sort(([a], [b]) => a - b)) {
    const previous = merged.at(-1);
    if (previous && (first <= previous[1] + 1 || merged.length === MAX_RANGES))
      previous[1] = Math.max(previous[1], last);
    else merged.push([first, last]);
  }
  const tail = merged.at(-1);
  if (tail?.[1] !== nextUnread - 1) return { ranges: merged, nextUnread };
  merged.pop();
  return { ranges: merged, nextUnread: tail[0] };
}

/** Describes the indexes for messages: `3 to 4, 9 onwards`. */
export function describeRemaining({ ranges, nextUnread }: RemainingRecords): string {
  const shown = ranges
    .slice(0, MAX_DESCRIBED)
    .map(([first, last]) => (first === last ? `${first}` : `${first} to ${last}`));
  const more = ranges.length > MAX_DESCRIBED ? [`${ranges.length - MAX_DESCRIBED} more ranges`] : [];
  return [...shown, ...more, `${nextUnread} onwards`].join(', ');
}

const MAX_DESCRIBED = 10;

/** Returns the indexes before `end` that `before` has and `after` has not, in ascending ranges. */
export function subtractRemaining(
  before: RemainingRecords,
  after: RemainingRecords,
  end: number,
): IndexRange[] {
  const left = [...after.ranges, [after.nextUnread, Number.POSITIVE_INFINITY] as const];
  const settled: IndexRange[] = [];
  for (const [first, last] of [...before.ranges, [before.nextUnread, end - 1] as const]) {
    let at = first;
    for (const [leftFirst, leftLast] of left) {
      if (leftLast < at) continue;
      if (leftFirst > last) break;
      if (leftFirst > at) settled.push([at, leftFirst - 1]);
      at = leftLast + 1;
    }
    if (at <= last) settled.push([at, last]);
  }
  return settled;
}
