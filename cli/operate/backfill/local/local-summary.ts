import { escapeControls } from '../../../../lambda/aws/escape-controls.ts';
import { nameObject } from '../../../../lambda/trigger/log-object-ref.ts';
import { formatBytes, formatCount, formatNumber } from '../../../format.ts';
import { Progress } from '../../../progress.ts';
import { renderTable } from '../../../table.ts';
import { countObject, describeCounts, noObjects, requireObjects } from '../count-objects.ts';
import { estimate } from '../estimate.ts';
import { estimateToJson, renderEstimate } from '../render-estimate.ts';
import type { Selection } from '../select-objects.ts';
import type { Source } from './local-source.ts';
import type { RunState } from './state-file.ts';

/** Failed objects in the table; `--json` has all. */
const SHOWN_FAILURES = 50;

export interface DryRun {
  readonly source: Source;
  readonly place: string;
  readonly selection: Selection;
  readonly region: string;
  readonly bytesPerSecond: number | undefined;
}

/**
 * Counts what a run would deliver.
 *
 * @throws CouldNotTellError if there is nothing to deliver
 */
export async function renderDryRun({ source, ...dry }: DryRun, stop: AbortSignal, isJson: boolean) {
  const counts = noObjects();
  const progress = new Progress({ totalBytes: undefined });
  try {
    for await (const found of source.list('')) {
      stop.throwIfAborted();
      countObject(counts, found, dry.selection);
      progress.update(counts.bytes, formatCount(counts.objects, 'object'));
    }
  } finally {
    progress.stop();
  }
  requireObjects(counts, dry.place);
  const guess = estimate(counts.objects, counts.bytes, dry.region);
  if (isJson)
    return [JSON.stringify({ dryRun: true, ...counts, estimate: estimateToJson(guess) }, undefined, 2)];
  return [`  ${describeCounts(counts)}`, ...renderEstimate(guess, dry.bytesPerSecond), ''];
}

/** Renders the counts of a run and its failures. */
export function renderRun(state: RunState, destination: string, isJson: boolean): string[] {
  const { counts, failed, archived, pending, isListed } = state;
  const failures = failed.map(({ ref, error }) => ({
    object: nameObject(ref),
    record: ref.nextRecord,
    error,
  }));
  if (isJson) {
    const isComplete = isListed && pending.length === 0;
    const result = { dryRun: false, complete: isComplete, destination, ...counts, failed: failures };
    return [JSON.stringify({ ...result, archivedObjects: archived }, undefined, 2)];
  }
  const rows = [
    ['objects', `${formatNumber(counts.objects)} delivered, ${formatBytes(counts.storedBytes)} stored`],
    ['events', `${formatNumber(counts.events)} delivered, ${formatNumber(counts.filtered)} filtered`],
    ['to', `${destination}, ${formatBytes(counts.sentBytes)}`],
  ];
  const more = failures.length - SHOWN_FAILURES;
  const shown = failures
    .slice(0, SHOWN_FAILURES)
    .map(({ object, record, error }) => [object, formatNumber(record), escapeControls(error)]);
  return [
    ...rows.map(([name = '', value]) => `  ${name.padEnd(9)}${value}`),
    ...(shown.length > 0 ? ['', ...renderTable(['failed object', 'record', 'error'], shown)] : []),
    ...(more > 0 ? [`  and ${formatNumber(more)} more: see --json`] : []),
    ...archived.map((key) => `  archived: ${escapeControls(key)}`),
    '',
  ];
}

/** Prints the last line, on stderr, and sets the exit status. */
export function concludeRun({ counts, failed, isListed, pending }: RunState, stop: AbortSignal): void {
  const delivered = `${formatCount(counts.objects, 'object')}, ${formatCount(counts.events, 'event')}`;
  const problems = [
    ...(failed.length > 0 ? [`${formatCount(failed.length, 'object')} failed`] : []),
    ...(counts.archived > 0 ? [`${formatCount(counts.archived, 'archived object')} not read`] : []),
  ];
  if (counts.undated > 0)
    console.error(`note: ${formatCount(counts.undated, 'object')} not read: no time in the name`);
  if (!isListed || pending.length > 0) {
    console.error(
      `✖ ${stop.aborted ? 'interrupted' : 'not finished'}: ${delivered} so far. The same command continues.`,
    );
    process.exitCode = 1;
  } else if (problems.length > 0) {
    const advice = failed.length > 0 ? '. The same command tries the failed ones again.' : '';
    console.error(`✖ ${problems.join(', ')}; ${delivered}${advice}`);
    process.exitCode = 1;
  } else console.error(`✔ ${delivered}`);
}
