import { escapeControls } from '../../../lambda/aws/escape-controls.ts';
import { formatBytes, formatDuration, formatNumber } from '../../format.ts';
import { renderTable } from '../../table.ts';
import { formatTime } from '../verify-summary.ts';
import { problemsOf, type StatusReport, statusOf } from './status-report.ts';

/** Renders one screen. */
export function renderStatus(report: StatusReport): string[] {
  const { stack, region, atMs, queues, deadLetters, unknown } = report;
  const rows = queues.map(({ name, visible, inFlight, delayed, oldestSeconds }) => [
    name,
    ...[visible, inFlight, delayed].map(formatNumber),
    oldestSeconds === undefined ? '-' : formatDuration(oldestSeconds),
  ]);
  const parts = partsOf(report);
  const letters = deadLetters.map(({ reason, messages }) => [escapeControls(reason), formatNumber(messages)]);
  return [
    `  ${stack ?? 'queues'} in ${region}, ${formatTime(atMs)}`,
    '',
    ...renderTable(['queue', 'visible', 'in flight', 'delayed', 'oldest'], rows),
    '',
    ...(letters.length > 0 ? [...renderTable(['dead letters', 'messages'], letters), ''] : []),
    ...(parts.length > 0 ? renderTable(['', ''], parts).slice(1) : []),
    ...unknown.map(({ check, detail }) => `  ${check}: ${escapeControls(detail)}`),
    '',
  ];
}

function partsOf({ alarms, delivery, digest, backfill, atMs }: StatusReport): string[][] {
  const rows: string[][] = [];
  if (alarms) {
    const { on, total, withoutData } = alarms;
    const names = on.length > 0 ? `: ${on.join(', ')}` : '';
    const rest = withoutData > 0 ? `, ${withoutData} without data` : '';
    rows.push(['alarms', `${on.length} of ${total} on${names}${rest}`]);
  }
  if (delivery) {
    const {
      lagSeconds,
      oldestUnfinishedSeconds,
      bytesPerSecond = 0,
      quotaBytesPerSecond,
      throttledRecords = 0,
    } = delivery;
    const unfinished = oldestUnfinishedSeconds
      ? `, oldest unfinished object ${formatDuration(oldestUnfinishedSeconds)}`
      : '';
    rows.push([
      'lag',
      lagSeconds === undefined
        ? 'no delivery in the last 15 minutes'
        : `${formatDuration(lagSeconds)}${unfinished}`,
    ]);
    const share = Math.round((bytesPerSecond / quotaBytesPerSecond) * 100);
    rows.push([
      'stream',
      `${formatBytes(bytesPerSecond)}/s of ${formatBytes(quotaBytesPerSecond)}/s (${share} %), ${formatNumber(throttledRecords)} throttled records`,
    ]);
  }
  if (digest) {
    const { endMs } = digest;
    rows.push([
      'last digest',
      endMs === undefined
        ? 'none in the last two days'
        : `${formatTime(endMs)}, ${formatDuration((atMs - endMs) / 1000)} ago`,
    ]);
  }
  if (backfill !== undefined) rows.push(['backfill', backfill]);
  return rows;
}

/** Renders the last line: what is wrong, or could not be read. */
export function renderConclusion(report: StatusReport): string {
  const problems = problemsOf(report);
  const unknowns = report.unknown.map(({ check }) => check).join(', ');
  const notes = unknowns === '' ? problems : [...problems, `could not tell: ${unknowns}`];
  if (statusOf(report) !== 0) return `✖ ${notes.join('; ')}`;
  return report.alarms ? '✔ no alarm on, no dead letters' : '✔ no dead letters';
}

/** Returns the result for JSON. Its members are documented in docs/operate.md. */
export function toJson(report: StatusReport): object {
  const { stack, region, atMs, queues, deadLetters, alarms, delivery, digest, backfill, unknown } = report;
  return {
    result: (['healthy', 'wrong', 'unknown'] as const)[statusOf(report)],
    ...{ stack: stack ?? null, region, at: formatTime(atMs), problems: problemsOf(report) },
    queues: queues.map(({ isDeadLetters, ...queue }) => ({
      ...queue,
      oldestSeconds: queue.oldestSeconds ?? null,
    })),
    deadLetters,
    alarms: alarms ?? null,
    delivery: delivery ? { ...nulls(delivery) } : null,
    lastDigest: digest?.endMs === undefined ? null : formatTime(digest.endMs),
    backfill: backfill ?? null,
    unknown: unknown.map(({ check, detail }) => ({ check, detail })),
  };
}

function nulls(values: object) {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, value ?? null]));
}
