/** Records of one object, first and last included. */
export type RecordRange = readonly [first: number, last: number];

/**
 * The records of an object that are still to be delivered: closed ranges, and all from `nextUnread` on.
 *
 *   0      3    5      8  9                index
 *   ├──────┼────┼──────┼──┼───────▶
 *   done   └─┬──┘ done └┬┘ nextUnread
 *         ranges     ranges
 */
export interface RemainingRecords {
  /** Ascending, apart from each other, and before `nextUnread`. */
  ranges: readonly RecordRange[];
  /** The first record not read. */
  nextUnread: number;
}

/** The lowest record still to be delivered. */
export function lowestOf({ ranges, nextUnread }: RemainingRecords): number {
  return ranges[0]?.[0] ?? nextUnread;
}

/** As a reference to the object says. */
export function remainingOf({
  nextRecord,
  ranges = [],
  nextUnread = nextRecord,
}: ResumePoint): RemainingRecords {
  return { ranges, nextUnread };
}

/** The same for a reference. */
export function toResumePoint(remaining: RemainingRecords): ResumePoint {
  const { ranges, nextUnread } = remaining;
  const isAllFromThere = ranges.length === 0;
  return { nextRecord: lowestOf(remaining), ...(isAllFromThere ? NO_RANGES : { ranges, nextUnread }) };
}

const NO_RANGES = { ranges: undefined, nextUnread: undefined };

interface ResumePoint {
  nextRecord: number;
  ranges?: readonly RecordRange[] | undefined;
  nextUnread?: number | undefined;
}

/** Keeps a resume message far below SQS's limit of 1 MiB. A window of calls has fewer, unless entries fail at random. */
const MAX_RANGES = 1_000;

/** Puts ranges in order and merges those that touch. Past `MAX_RANGES` the rest is one range: some of it twice, none lost. */
export function toRemaining(ranges: RecordRange[], nextUnread: number): RemainingRecords {
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

/** `3 to 4, 9 and on`, for messages. */
export function describeRemaining({ ranges, nextUnread }: RemainingRecords): string {
  const shown = ranges
    .slice(0, MAX_DESCRIBED)
    .map(([first, last]) => (first === last ? `${first}` : `${first} to ${last}`));
  const more = ranges.length > MAX_DESCRIBED ? [`${ranges.length - MAX_DESCRIBED} ranges more`] : [];
  return [...shown, ...more, `${nextUnread} and on`].join(', ');
}

const MAX_DESCRIBED = 10;
