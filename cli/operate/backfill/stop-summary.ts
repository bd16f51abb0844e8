import { escapeControls } from '../../../lambda/aws/escape-controls.ts';
import type { BackfillCursor } from '../../../lambda/backfill/cursor.ts';
import { formatCount, formatNumber } from '../../format.ts';
import { commandLine } from '../../package.ts';
import { renderTable } from '../../table.ts';
import { commandForRest, placeOfPrefix, positionOf, restOf } from './cursor-place.ts';

/** A cursor that was found on the queue. */
export interface FoundCursor {
  readonly cursor: BackfillCursor;
  /** Why it is still there. */
  failure: string | undefined;
}

export interface StopResult {
  readonly cursors: FoundCursor[];
  /** Messages that could not be looked at: in flight or delayed. `undefined` if the queue was not read to its end. */
  unseen: number | undefined;
  /** Messages of objects, which stay on the queue. */
  others: number;
  /** Whether the backfill was paused before, and so stays paused. */
  wasPaused: boolean;
}

/** Prints where each cursor was and how to go on from there. Sets the exit status. */
export function concludeStop(result: StopResult, stack: string, isJson: boolean): void {
  const { cursors, unseen, others, wasPaused } = result;
  const taken = cursors.filter(({ failure }) => failure === undefined);
  const failed = cursors.length - taken.length;
  if (isJson) console.log(JSON.stringify(toJson(result, stack), undefined, 2));
  else if (cursors.length > 0) console.log(renderCursors(cursors, stack).join('\n'));
  if (others > 0)
    console.error(
      `note: ${formatCount(others, 'other message')} ${others === 1 ? 'stays' : 'stay'} on the queue`,
    );
  if (wasPaused)
    console.error(
      `note: the backfill was paused and stays so. To deliver the rest: ${commandLine('backfill resume')}`,
    );
  const problems = [
    ...(failed > 0 ? [`${formatCount(failed, 'cursor')} not taken out`] : []),
    ...(unseen === undefined ? ['the queue was not read to its end'] : []),
    ...(unseen ? [`${formatCount(unseen, 'message')} in flight or delayed could not be looked at`] : []),
  ];
  const count = `${formatCount(taken.length, 'cursor')} taken out`;
  if (problems.length === 0) console.error(`✔ ${count}`);
  else console.error(`✖ ${count}; ${problems.join(', ')}. Run the command again.`);
  process.exitCode = problems.length === 0 ? 0 : 1;
}

function renderCursors(cursors: readonly FoundCursor[], stack: string): string[] {
  const rows = cursors.map(({ cursor, failure }) => {
    const { account, kind, region } = placeOfPrefix(cursor.prefix);
    const counts = [cursor.listed, cursor.enqueued].map(formatNumber);
    return [cursor.job, account, kind, region, positionOf(cursor), ...counts, failure ?? 'taken out'];
  });
  const commands = cursors
    .filter(({ failure }) => failure === undefined)
    .map(({ cursor }) => `  ${escapeControls(commandForRest(cursor, stack))}`);
  return [
    ...renderTable(['job', 'account', 'kind', 'region', 'at', 'listed', 'enqueued', 'result'], rows),
    ...(commands.length > 0 ? ['', '  To go on from there:', ...commands] : []),
    '',
  ];
}

function toJson({ cursors, unseen, others, wasPaused }: StopResult, stack: string) {
  return {
    dryRun: false,
    cursors: cursors.map(({ cursor, failure }) => ({
      ...cursor,
      taken: failure === undefined,
      detail: failure ?? null,
      rest: restOf(cursor),
      command: commandForRest(cursor, stack),
    })),
    notLookedAt: unseen ?? null,
    others,
    paused: wasPaused,
  };
}
