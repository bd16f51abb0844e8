/** The part of a receipt that proves a delivery; `lambda/settle/make-receipts.ts` writes it. */
export interface Receipt {
  /** `s3://bucket/key` */
  readonly object: string;
  /** `undefined` if S3 did not return the object. */
  readonly etag: string | undefined;
  /** Ranges of record indexes, both ends inclusive. */
  readonly covered: readonly IndexRange[];
  /** Number of records in the object; `undefined` if it was not read to its end. */
  readonly total: number | undefined;
  /** Whether a document in the object has an unrecognized form. */
  readonly unknown: boolean;
}

export type IndexRange = readonly [first: number, last: number];

/**
 * Parses one line of the stream for receipts.
 *
 * @returns `undefined` for anything else
 */
export function parseReceipt(line: string): Receipt | undefined {
  const { object, etag, covered, total, unknown } = parseObject(line);
  if (typeof object !== 'string' || typeof covered !== 'string') return undefined;
  if (etag !== null && typeof etag !== 'string') return undefined;
  if (total !== null && !isIndex(total)) return undefined;
  const ranges = covered === '' ? [] : covered.split(',').map(parseRange);
  if (ranges.includes(undefined)) return undefined;
  return {
    object,
    etag: etag ?? undefined,
    covered: ranges as IndexRange[],
    total: total ?? undefined,
    unknown: unknown === true,
  };
}

function parseObject(line: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

function isIndex(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}

function parseRange(text: string): IndexRange | undefined {
  const [, first, last = first] = /^(\d+)(?:-(\d+))?$/.exec(text) ?? [];
  const range = [Number(first), Number(last)] as const;
  return range.every(isIndex) && range[0] <= range[1] ? range : undefined;
}
