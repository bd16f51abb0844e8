import { escapeControls } from '../../../lambda/aws/escape-controls.ts';
import { formatCount, formatDuration, formatNumber } from '../../format.ts';
import { commandLine } from '../../package.ts';
import { renderTable } from '../../table.ts';
import { formatTime } from '../verify-summary.ts';
import type { QueueState } from './backfill-queue.ts';
import { placeOfPrefix, positionOf } from './cursor-place.ts';
import type { CursorProgress } from './read-steps.ts';

export interface BackfillStatus {
  readonly queue: QueueState;
  /** Messages in the dead-letter queue of the backfill. */
  readonly deadLetters: number;
  /** Age of the oldest message, if CloudWatch knows it. */
  readonly ageSeconds: number | undefined;
  readonly isPaused: boolean;
  /** Until when a paused backfill loses nothing: milliseconds since 1970. */
  readonly resumeBy: number | undefined;
  readonly cursors: readonly CursorProgress[];
}

/** Prints the status. The exit status is 1 if there are dead letters or a service refuses a cursor. */
export function concludeStatus(status: BackfillStatus, isJson: boolean): void {
  console.log(isJson ? JSON.stringify(toJson(status), undefined, 2) : renderStatus(status).join('\n'));
  const { cursors, deadLetters, isPaused, resumeBy } = status;
  const problems = [
    ...(deadLetters > 0
      ? [`${formatCount(deadLetters, 'message')} in the dead-letter queue of the backfill`]
      : []),
    ...cursors.flatMap(({ error, prefix }) =>
      error === undefined ? [] : [escapeControls(`${prefix}: ${error}`)],
    ),
  ];
  for (const problem of problems) console.error(`✖ ${problem}`);
  if (isPaused) {
    const by = resumeBy === undefined ? 'soon' : `by ${formatTime(resumeBy)}`;
    console.error(`note: paused. Resume ${by}: ${commandLine('backfill resume')}`);
  }
  const done = cursors.filter(({ state }) => state === 'done').length;
  const enqueued = cursors.reduce((sum, cursor) => sum + cursor.enqueued, 0);
  const archived = cursors.reduce((sum, cursor) => sum + cursor.archived, 0);
  if (archived > 0) console.error(`note: ${formatCount(archived, 'archived object')} not read`);
  if (problems.length === 0)
    console.error(
      `✔ ${done} of ${formatCount(cursors.length, 'cursor')} done, ${formatCount(enqueued, 'object')} enqueued`,
    );
  process.exitCode = problems.length > 0 ? 1 : 0;
}

function renderStatus({ queue, deadLetters, ageSeconds, isPaused, cursors }: BackfillStatus): string[] {
  const { visible, inFlight, delayed } = queue;
  const age = ageSeconds === undefined ? '' : `; the oldest waits for ${formatDuration(ageSeconds)}`;
  const rows = cursors.map((cursor) => {
    const { account, kind, region } = placeOfPrefix(cursor.prefix);
    const { job, state, listed, enqueued, archived } = cursor;
    const counts = [listed, enqueued, archived].map(formatNumber);
    return [job, account, kind, region, state, state === 'done' ? 'the end' : positionOf(cursor), ...counts];
  });
  return [
    `  queue         ${formatNumber(visible)} waiting, ${formatNumber(inFlight)} in flight, ${formatNumber(delayed)} delayed${age}`,
    `  dead letters  ${formatNumber(deadLetters)}`,
    `  polling       ${isPaused ? 'paused' : 'on'}`,
    ...(rows.length > 0 ? ['', ...renderTable(HEAD, rows)] : ['', '  no step of a backfill in the log']),
    '',
  ];
}

const HEAD = ['job', 'account', 'kind', 'region', 'state', 'at', 'listed', 'enqueued', 'archived'];

function toJson({ queue, deadLetters, ageSeconds, isPaused, resumeBy, cursors }: BackfillStatus) {
  return {
    queue: { ...queue, oldestSeconds: ageSeconds ?? null },
    deadLetters,
    paused: isPaused,
    resumeBy: resumeBy === undefined ? null : formatTime(resumeBy),
    cursors: cursors.map(({ at, ...cursor }) => ({ ...cursor, at: formatTime(at) })),
  };
}
