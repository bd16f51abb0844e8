import type { Span } from '../../../digest/spans.ts';
import { formatBytes, formatCount, formatNumber } from '../../format.ts';
import { commandLine } from '../../package.ts';
import { renderTable } from '../../table.ts';
import { formatTime } from '../verify-summary.ts';
import type { BackfillOptions } from './backfill-options.ts';
import { describeCounts, type ObjectCounts } from './count-objects.ts';
import { estimate } from './estimate.ts';
import { BACKFILL_OUTPUTS } from './find-backfill.ts';
import type { LogFolder } from './find-folders.ts';
import { estimateToJson, renderEstimate } from './render-estimate.ts';
import type { SentCursors } from './send-cursors.ts';

export interface CountedFolder {
  readonly folder: LogFolder;
  /** `undefined` with `--no-count`. */
  readonly counts?: ObjectCounts;
}

export interface Plan {
  readonly job: string;
  readonly bucket: string;
  readonly region: string;
  readonly span: Span;
  readonly folders: readonly CountedFolder[];
  readonly total: ObjectCounts | undefined;
}

/** Renders a row per folder, and what the backfill takes. */
export function renderPlan({ folders, total, region }: Plan): string[] {
  const isCounted = total !== undefined;
  const head = ['account', 'kind', 'region', ...(isCounted ? ['objects', 'stored'] : [])];
  const rows = folders.map(({ folder: { account, kind, region: of }, counts }) => [
    ...[account, kind, of],
    ...(counts ? [formatNumber(counts.objects), formatBytes(counts.bytes)] : []),
  ]);
  if (!isCounted) return [...renderTable(head, rows), ''];
  const guess = renderEstimate(estimate(total.objects, total.bytes, region));
  return [...renderTable(head, rows), '', `  ${describeCounts(total)}`, ...guess, ''];
}

/**
 * Prints what to do next.
 *
 * @param isMissing whether the stack has no backfill queue
 */
export function concludeDryRun(plan: Plan, isMissing: boolean, { json, stack }: BackfillOptions): void {
  if (json) console.log(JSON.stringify({ dryRun: true, ...planToJson(plan) }, undefined, 2));
  if (isMissing)
    console.error(
      `note: stack ${stack} has no output ${BACKFILL_OUTPUTS.queueUrl}. Before you add --yes, deploy it with -c backfill=true.`,
    );
  const cursors = formatCount(countToSend(plan), 'cursor');
  console.error(`✔ would put ${cursors} on the backfill queue. To start, add --yes.`);
}

/** Prints what was sent, and after an error how to go on. Sets the exit status. */
export function concludeSent(
  plan: Plan,
  { sent, notSent, error }: SentCursors,
  options: BackfillOptions,
): void {
  const { job } = plan;
  if (options.json) {
    const names = (cursors: SentCursors['sent']) => cursors.map(({ prefix }) => prefix);
    const result = { dryRun: false, job, sent: names(sent), notSent: names(notSent), error: error ?? null };
    console.log(JSON.stringify({ ...result, ...planToJson(plan) }, undefined, 2));
  }
  if (error === undefined) {
    const status = commandLine(`backfill status --job ${job}`);
    console.error(`✔ started job ${job} with ${formatCount(sent.length, 'cursor')}. To follow it: ${status}`);
    return;
  }
  for (const { prefix } of sent) console.error(`sent      ${prefix}`);
  for (const { prefix } of notSent) console.error(`not sent  ${prefix}`);
  const counts = `sent ${sent.length} of ${formatCount(sent.length + notSent.length, 'cursor')}`;
  console.error(`✖ ${error}; ${counts}`);
  console.error(`To send the rest, run the same command with --job ${job}: what was sent is not repeated.`);
  process.exitCode = 1;
}

function countToSend({ folders }: Plan): number {
  return folders.filter(({ counts }) => counts === undefined || counts.objects > 0).length;
}

function planToJson({ bucket, span, folders, total, region }: Plan) {
  return {
    bucket,
    from: formatTime(span.startMs),
    to: formatTime(span.endMs),
    ...(total && { ...total, estimate: estimateToJson(estimate(total.objects, total.bytes, region)) }),
    folders: folders.map(({ folder: { account, kind, region: of, prefix }, counts }) => ({
      ...{ account, kind, region: of, prefix },
      ...(counts && { objects: counts.objects, bytes: counts.bytes, archived: counts.archived }),
    })),
  };
}
