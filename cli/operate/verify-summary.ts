import type { Fault, Finding, Note } from '../../digest/findings.ts';
import type { Hour } from '../../digest/hour.ts';
import type { Judgement } from '../../digest/judge-region.ts';
import type { Span } from '../../digest/spans.ts';
import { escapeControls } from '../../lambda/aws/escape-controls.ts';
import { formatCount, formatNumber } from '../format.ts';
import { renderTable } from '../table.ts';
import type { Receipts } from './read-receipts.ts';

/** The result of a run. */
export interface Verification extends Judgement {
  readonly bucket: string;
  readonly root: string;
  readonly range: Span;
  readonly isDeep: boolean;
  /** `undefined` without receipts. */
  readonly receipts: Receipts | undefined;
}

/** Renders the result as JSON. Its members are documented in docs/operate.md. */
export function renderJson(verification: Verification): string {
  const { bucket, root, range, isDeep, receipts, hours, faults, notes } = verification;
  const result = {
    result: faults.length > 0 ? 'faulty' : resultOf(verification),
    deep: isDeep,
    ...timesOf(range),
    bucket,
    root,
    counts: countsOf(verification),
    faults: faults.map(toJson),
    notes: notes.map(toJson),
    receipts: receipts ? { read: receipts.read, unreadable: receipts.unreadable } : null,
    hours: hours.map(({ span, isBackfill, intact, received, leftOut, ...hour }) => ({
      ...hour,
      ...timesOf(span),
      backfill: isBackfill,
      intact: isDeep ? intact : null,
      received: receipts ? received : null,
      leftOut: receipts ? leftOut : null,
    })),
  };
  return JSON.stringify(result, undefined, 2);
}

type Counted = 'expected' | 'present' | 'intact' | 'received' | 'leftOut';

/** Returns what a run without faults shows. */
function resultOf({ isDeep, receipts, notes }: Verification) {
  if (receipts) return hasNote(notes, 'too early') ? 'too early' : 'proved';
  return isDeep ? 'intact' : 'present';
}

function toJson({ verdict, account, region, trail, span, object, detail }: Finding) {
  return { verdict, account, region, trail: trail ?? null, ...timesOf(span), object: object ?? null, detail };
}

function timesOf(span: Span | undefined) {
  return { from: span ? formatTime(span.startMs) : null, to: span ? formatTime(span.endMs) : null };
}

function countsOf({ hours, isDeep, receipts }: Verification) {
  const sum = (member: Counted) => hours.reduce((total, hour) => total + hour[member], 0);
  return {
    digests: hours.length,
    expected: sum('expected'),
    present: sum('present'),
    intact: isDeep ? sum('intact') : null,
    received: receipts ? sum('received') : null,
    leftOut: receipts ? sum('leftOut') : null,
  };
}

/** Renders one line per trail, then one per finding. */
export function renderSummary({ hours, faults, notes, isDeep, receipts }: Verification): string[] {
  const findings = [...faults, ...notes];
  const columns: Counted[] = [
    ...(['expected', 'present'] as const),
    ...(isDeep ? (['intact'] as const) : []),
    ...(receipts ? (['received'] as const) : []),
  ];
  return [
    ...renderTable(
      ['account', 'region', 'trail', 'digests', 'log files', ...columns.slice(1)],
      groupByTrail(hours).map((ofTrail) => trailRow(ofTrail, columns)),
    ),
    ...(findings.length === 0 ? [] : ['', ...renderTable(['verdict', 'what'], findings.map(findingRow))]),
    '',
  ];
}

function groupByTrail(hours: readonly Hour[]): Hour[][] {
  const groups = new Map<string, Hour[]>();
  for (const hour of hours) {
    const { account, region, trail, homeRegion } = hour;
    const name = [account, region, trail, homeRegion].join('/');
    const group = groups.get(name);
    if (group) group.push(hour);
    else groups.set(name, [hour]);
  }
  return [...groups.values()];
}

function trailRow(hours: Hour[], columns: readonly Counted[]): string[] {
  const { account = '', region = '', trail = '' } = hours[0] ?? {};
  const sum = (member: Counted) => formatNumber(hours.reduce((total, hour) => total + hour[member], 0));
  return [account, region, trail, formatNumber(hours.length), ...columns.map(sum)];
}

/** An object's key names account, region and time. */
function findingRow({ verdict, account, region, trail, span, object, detail }: Finding): string[] {
  const { from, to } = timesOf(span);
  const place = [account, region, ...(trail === undefined ? [] : [trail])].join(' ');
  const what = object ?? (span ? `${place}, ${from} to ${to}` : place);
  return [verdict, escapeControls(`${what}: ${detail}`)];
}

/** Renders the last line, with the number of faults by verdict. */
export function renderConclusion(verification: Verification): string {
  const { faults, notes, isDeep, receipts } = verification;
  const { digests, expected } = countsOf(verification);
  const judged = `${formatCount(digests, 'digest')}, ${formatCount(expected, 'log file')}`;
  const limits = [
    ...(hasNote(notes, 'too early') ? ['the end is too early to judge'] : []),
    ...(hasNote(notes, 'left out by setting') ? ['without what the settings leave out'] : []),
    ...(receipts && receipts.unreadable > 0
      ? [`without ${formatCount(receipts.unreadable, 'unreadable receipt')}`]
      : []),
  ];
  const suffix = limits.length > 0 ? ` (${limits.join('; ')})` : '';
  const state = isDeep ? 'intact' : 'present';
  if (faults.length === 0) return `✔ ${judged}, all ${state}${receipts ? ' and received' : ''}${suffix}`;
  const counts = new Map<Fault, number>();
  for (const { verdict } of faults) counts.set(verdict, (counts.get(verdict) ?? 0) + 1);
  const list = [...counts].map(([verdict, count]) => `${formatNumber(count)} ${verdict}`).join(', ');
  return `✖ ${list}; ${judged}${suffix}`;
}

function hasNote(notes: readonly Finding<Note>[], verdict: Note): boolean {
  return notes.some((note) => note.verdict === verdict);
}

/** @returns ISO 8601 in UTC, without milliseconds */
export function formatTime(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}
