import type { Claims } from '../settle/claims.ts';
import { isGivenUp, MS_PER_HOUR } from '../trigger/log-object-ref.ts';
import type { WorkItem } from '../trigger/parse-event.ts';
import { OutsideScopeError, outOfScope } from '../trigger/trail-scope.ts';
import { UnknownNotificationError } from '../trigger/unknown-notification.ts';
import { type BackfillCursor, claimOf, parseCursor, stepId } from './cursor.ts';
import { type LogLine, linesOf } from './log-lines.ts';
import { type Step, type StepOptions, takeStep } from './take-step.ts';

export interface WalkOptions extends Omit<StepOptions, 'workQueueUrl'> {
  /** Whether this is the function that reads the backfill queue. */
  isBackfill: boolean;
  workQueueUrl: string | undefined;
  giveUpAfterHours: number;
  claims: Claims | undefined;
  /** Writes a line into the log. */
  log: (line: LogLine) => void;
}

/**
 * Moves the cursors among the items on, by one step each. An item without an error can be acknowledged afterwards.
 * Never throws: the error of a cursor is its item's, and SQS redelivers it.
 */
export async function walkCursors(items: WorkItem[], options: WalkOptions): Promise<void> {
  for (const item of items) {
    if (!item.notification?.cursor) continue;
    try {
      // One after the other, so each sees in the queue what the one before put there.
      const step = await walk(item, options);
      if (step) for (const line of linesOf(step)) options.log(line);
    } catch (error) {
      item.error = error instanceof Error ? error : new Error('the thrown value is not an Error');
    }
  }
}

/** @returns `undefined` for a cursor whose step another message has taken */
async function walk(item: WorkItem, options: WalkOptions): Promise<Step | undefined> {
  const { isBackfill, workQueueUrl, claims, clock, scope } = options;
  const cursor = cursorOf(item);
  if (!isBackfill || workQueueUrl === undefined)
    throw new UnknownNotificationError('a backfill cursor, which only the backfill function reads');
  if (outOfScope({ bucket: cursor.bucket, key: cursor.prefix }, scope))
    throw new OutsideScopeError('the folder of a backfill cursor is out of scope');
  if (await claims?.hasOther(item, claimOf(cursor), stepId(cursor, cursor.step + 1))) {
    item.isSuperseded = true;
    return undefined;
  }
  if (isGivenUp(cursor, options, clock.now())) throw new CursorGivenUpError(cursor, clock.now());
  return takeStep(cursor, { ...options, workQueueUrl });
}

/** @throws UnknownNotificationError */
function cursorOf({ notification }: WorkItem): BackfillCursor {
  const cursor = parseCursor(notification?.cursor);
  if (cursor === undefined) throw new UnknownNotificationError('a backfill without a cursor');
  return notification?.isRedriven ? { ...cursor, refusals: 0, refusedSince: undefined } : cursor;
}

/** The step is not taken, because services have refused it for longer than `giveUpAfterHours`. */
class CursorGivenUpError extends Error {
  override name = 'CursorGivenUpError';

  constructor({ refusedSince = 0 }: BackfillCursor, now: number) {
    super(`a backfill cursor was refused for ${Math.floor((now - refusedSince) / MS_PER_HOUR)} hours`);
  }
}
