import type { TaskResult } from '../lambda/settle/answer-tasks.ts';
import type { InvocationReport } from '../lambda/settle/report.ts';
import type { QueuedMessage } from '../local/work-queue.ts';
import { describeDeadLetters } from './dead-letters.ts';
import type { EventOutput } from './event-output.ts';
import { formatBytes, formatCount, formatNumber } from './format.ts';

export interface LocalRun {
  input: string[];
  reports: InvocationReport[];
  output: EventOutput;
  /** Delivery streams, and how many of them accepted records. */
  streams: number;
  usedStreams: number;
  deadLetters: QueuedMessage[];
  seconds: number;
  /** How often each injected fault took effect; `undefined` for a run without faults. */
  faults?: Record<string, number> | undefined;
  /** The answer to S3 Batch Operations. */
  tasks: TaskResult[];
}

/** Rows of `event.action` shown. */
const SHOWN_ACTIONS = 8;

/** The summary of a local run. */
export function describeRun({
  input,
  reports,
  output,
  streams,
  usedStreams,
  deadLetters,
  seconds,
  faults,
  tasks,
}: LocalRun): string {
  const sum = (field: CountField) => reports.reduce((total, report) => total + report[field], 0);
  const read = sum('recordsRead');
  const skipped =
    sum('skippedEmpty') +
    sum('skippedDigests') +
    sum('skippedOthers') +
    sum('skippedKinds') +
    sum('skippedOutside') +
    sum('skippedNotCreated') +
    sum('skippedTestEvents');
  const balanced = sum('unbalanced') === 0 ? '' : '   COUNTS DO NOT MATCH';
  const rows: [string, string][] = [
    ['input', input.join(' ')],
    ['invocations', formatNumber(reports.length)],
    [
      'objects',
      `${formatNumber(sum('objectsDone'))} delivered, ${describeWithout(sum('withoutRecords'))}${formatNumber(skipped)} skipped`,
    ],
    ['records read', `${formatNumber(read)} = ${describeBalance(sum)}${balanced}`],
    [
      'events',
      `${formatNumber(output.events)} delivered, ${formatNumber(sum('malformed'))} malformed, ${formatNumber(sum('truncated'))} truncated`,
    ],
    [
      'Firehose',
      `${formatCount(sum('firehoseCalls'), 'call')}, ${formatCount(sum('firehoseRecords'), 'record')}, ${formatBytes(sum('firehoseBytes'))} (${formatBytes(sum('billedBytes'))} billed)`,
    ],
    ...(streams > 1 ? [['streams', `${usedStreams} of ${streams} used`] as [string, string]] : []),
    ['inflated', formatBytes(sum('inflatedBytes'))],
    ['time', `${seconds.toFixed(2)} s, ${formatNumber(Math.round(output.events / seconds))} events/s`],
    ['output', output.name],
  ];
  return [
    ...rows.map(([name, value]) => `  ${name.padEnd(14)}${value}`),
    ...describeRules(reports),
    ...describeInjectedFaults(faults, output),
    ...describeActions(output),
    ...tasks.map(
      ({ taskId, resultCode, resultString }) => `  task ${taskId}  ${resultCode}: ${resultString}`,
    ),
    ...describeErrors(reports),
    ...describeDeadLetters(deadLetters, reports),
    '',
  ].join('\n');
}

type CountField = {
  [K in keyof InvocationReport]: InvocationReport[K] extends number ? K : never;
}[keyof InvocationReport];

function describeWithout(objects: number): string {
  return objects === 0 ? '' : `${formatNumber(objects)} WITHOUT RECORDS, `;
}

function describeBalance(sum: (field: CountField) => number): string {
  const parts: CountField[] = ['delivered', 'filtered', 'failed', 'leftForResume'];
  return parts
    .map((part) => `${formatNumber(sum(part))} ${part === 'leftForResume' ? 'left for resume' : part}`)
    .join(' + ');
}

function describeRules(reports: InvocationReport[]): string[] {
  const sums = new Map<string, number>();
  for (const { filteredByRule } of reports)
    for (const [rule, count] of Object.entries(filteredByRule)) sums.set(rule, (sums.get(rule) ?? 0) + count);
  return [...sums].map(([rule, count]) => `  ${'filtered'.padEnd(14)}${formatNumber(count)} by ${rule}`);
}

function describeInjectedFaults(faults: Record<string, number> | undefined, output: EventOutput): string[] {
  if (!faults) return [];
  const met = Object.entries(faults).filter(([, times]) => times > 0);
  return [
    `  ${'faults'.padEnd(14)}${met.map(([kind, times]) => `${times} ${kind}`).join(', ') || 'none'}`,
    `  ${'duplicates'.padEnd(14)}${formatNumber(output.duplicates)}; ${formatNumber(output.events - output.duplicates)} different events`,
  ];
}

function describeActions({ actions }: EventOutput): string[] {
  if (actions.size === 0) return [];
  const top = [...actions].sort(([, a], [, b]) => b - a).slice(0, SHOWN_ACTIONS);
  return [
    '',
    '  top event.action',
    ...top.map(([action, count]) => `  ${formatNumber(count).padStart(12)}  ${action}`),
  ];
}

/** Each error once, even if several attempts met it. */
function describeErrors(reports: InvocationReport[]): string[] {
  const errors = new Set(
    reports.flatMap((report) => report.errors.map(({ object, error }) => `${object ?? 'item'}: ${error}`)),
  );
  return [...errors].map((error) => `  error         ${error}`);
}

/** Why the run's exit status is 1, in words; empty if everything was delivered. */
export function listFailures({
  reports,
  deadLetters,
  tasks,
}: Omit<LocalRun, 'input' | 'output' | 'streams' | 'usedStreams'>): string[] {
  const withoutRecords = reports.reduce((sum, report) => sum + report.withoutRecords, 0);
  const failedTasks = tasks.filter(({ resultCode }) => resultCode !== 'Succeeded').length;
  return [
    ...(deadLetters.length > 0
      ? [`${formatCount(deadLetters.length, 'message')} in the dead-letter queue`]
      : []),
    ...(withoutRecords > 0 ? [`${formatCount(withoutRecords, 'object')} without records`] : []),
    ...(failedTasks > 0 ? [`${formatCount(failedTasks, 'task')} failed`] : []),
  ];
}
