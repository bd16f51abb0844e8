import type { Span } from '../../../digest/spans.ts';
import { timeOfLogObject } from '../../../lambda/normalize/pipeline-error.ts';
import { isLogName, type Kind, placeOf } from '../../../lambda/trigger/trail-kinds.ts';

/** Which log objects a backfill reads. */
export interface Selection {
  /** Times of delivery, as in the objects' names. */
  readonly span: Span;
  /** @default - all */
  readonly kinds?: readonly Kind[] | undefined;
}

/** The span of a backfill without `--from` and `--to`. It also contains objects without a time in their names. */
export const EVERYTHING: Span = {
  startMs: Number.NEGATIVE_INFINITY,
  endMs: Number.POSITIVE_INFINITY,
};

export type Selected = 'selected' | 'undated' | 'other';

const MS_PER_DAY = 86_400_000;

/**
 * Returns whether a key is one of the backfill. For a name without a time, the day of its folder counts. Without
 * either, it is `undated`: a span cannot select it.
 */
export function selectKey(key: string, { span, kinds }: Selection): Selected {
  const { kind } = placeOf(key);
  if (!isLogName(key) || kind === 'digest' || kind === 'foreign') return 'other';
  if (kinds && !kinds.includes(kind as Kind)) return 'other';
  if (span === EVERYTHING) return 'selected';
  const named = spanOf(key);
  if (named === undefined) return 'undated';
  return named.startMs < span.endMs && span.startMs < named.endMs ? 'selected' : 'other';
}

/** Returns the minute of delivery in a name as one millisecond, or the day of its folder; `undefined` without either. */
export function spanOf(key: string): Span | undefined {
  const time = timeOfLogObject(key);
  if (time !== undefined) return { startMs: Date.parse(time), endMs: Date.parse(time) + 1 };
  const [, year, month, day] = /\/(\d{4})\/(\d\d)\/(\d\d)\/[^/]*$/.exec(key) ?? [];
  const startMs = Date.parse(`${year}-${month}-${day}`);
  return Number.isNaN(startMs) ? undefined : { startMs, endMs: startMs + MS_PER_DAY };
}
