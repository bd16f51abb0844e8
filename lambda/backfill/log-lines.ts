import { nameObject } from '../trigger/log-object-ref.ts';
import type { CursorRange, CursorSums } from './cursor.ts';
import type { Step } from './take-step.ts';

/** Where a backfill stands, in the log of the function. The sums include all steps before. */
export interface StepLine extends CursorRange, CursorSums {
  /** Last key that was dealt with; empty before the first, and between two days with `newest-first`. */
  startAfter: string;
  /** With `newest-first`: the day that is walked. */
  day?: string | undefined;
  /** What this step did; `done` for the last one. */
  state: Step['state'];
  /** Seconds until the next step, at least. */
  delaySeconds: number;
  /** Why a service refused. */
  error?: string;
}

/** One line of the log. */
export type LogLine =
  | { backfillStep: StepLine }
  | { backfillArchived: { job: string; objects: string[] } }
  | { backfillDone: StepLine };

/** Archived objects in one line. A key has up to 1,024 bytes, and CloudWatch takes lines of up to 256 KB. */
const OBJECTS_PER_LINE = 100;

/** Returns the log lines of a step: itself, the names of archived objects, and after the last one the final sums. */
export function linesOf({ cursor, state, archivedKeys, delaySeconds, error }: Step): LogLine[] {
  const { job, bucket, prefix, from, until, order, startAfter, day } = cursor;
  const { page, listed, enqueued, archived } = cursor;
  const line: StepLine = {
    ...{ job, bucket, prefix, from, until, order, startAfter, ...(day !== undefined && { day }) },
    ...{ page, listed, enqueued, archived, state, delaySeconds },
    ...(error && { error: error.message }),
  };
  const names = archivedKeys.map((key) => nameObject({ bucket, key }));
  const groups = Array.from({ length: Math.ceil(names.length / OBJECTS_PER_LINE) }, (_, i) =>
    names.slice(i * OBJECTS_PER_LINE, (i + 1) * OBJECTS_PER_LINE),
  );
  return [
    { backfillStep: line },
    ...groups.map((objects) => ({ backfillArchived: { job, objects } })),
    ...(state === 'done' ? [{ backfillDone: line }] : []),
  ];
}
