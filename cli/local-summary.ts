import type { TaskResult } from '../lambda/settle/answer-tasks.ts';
import type { InvocationReport } from '../lambda/settle/report.ts';
import type { QueuedMessage } from '../local/work-queue.ts';
import type { EventOutput } from './event-output.ts';

export interface LocalRun {
  input: string[];
  reports: InvocationReport[];
  output: EventOutput;
  deadLetters: QueuedMessage[];
  seconds: number;
  /** How often each fault on purpose was really met; `undefined` for a run without. */
  faults?: Record<string, number> | undefined;
  /** What S3 Batch Operations was answered. */
  tasks?: TaskResult[];
}

/** Rows of `event.action` shown. */
const SHOWN_ACTIONS = 8;

/** The summary of a local run, for a person to read. */
export function describeRun({
  input,
  reports,
  output,
  deadLetters,
  seconds,
  faults,
  tasks = [],
}: LocalRun): string {
  const sum = (field: CountField) => reports.reduce((total, report) => total + report[field], 0);
  const read = sum('recordsRead');
  const passedOver =
    sum('skippedEmpty') +
    sum('skippedDigests') +
    sum('skippedOthers') +
    sum('skippedKinds') +
    sum('skippedOutside') +
    sum('skippedNotCreated') +
    sum('skippedTestEvents');
  const balanced = sum('unbalanced') === 0 ? '' : '   DOES NOT BALANCE';
  const rows: [string, string][] = [
    ['input', input.join(' ')],
    ['invocations', number(reports.length)],
    [
      'objects',
      `${number(sum('objectsDone'))} delivered whole, ${describeWithout(sum('withoutRecords'))}${number(passedOver)} passed over`,
    ],
    ['records read', `${number(read)} = ${describeBalance(sum)}${balanced}`],
    [
      'events',
      `${number(output.events)} delivered, ${number(sum('malformed'))} malformed, ${number(sum('truncated'))} cut to fit`,
    ],
    [
      'Firehose',
      `${count(sum('firehoseCalls'), 'call')}, ${count(sum('firehoseRecords'), 'record')}, ${bytes(sum('firehoseBytes'))} (${bytes(sum('billedBytes'))} billed)`,
    ],
    ['inflated', bytes(sum('inflatedBytes'))],
    ['time', `${seconds.toFixed(2)} s, ${number(Math.round(output.events / seconds))} events/s`],
    ['output', output.file],
  ];
  return [
    ...rows.map(([name, value]) => `  ${name.padEnd(14)}${value}`),
    ...describeFaultsOnPurpose(faults, output),
    ...describeActions(output),
    ...tasks.map(
      ({ taskId, resultCode, resultString }) => `  task ${taskId}  ${resultCode}: ${resultString}`,
    ),
    ...deadLetters.map(({ body }) => `  dead letter   ${body}`),
    ...describeFaults(reports),
    '',
  ].join('\n');
}

type CountField = {
  [K in keyof InvocationReport]: InvocationReport[K] extends number ? K : never;
}[keyof InvocationReport];

function describeWithout(objects: number): string {
  return objects === 0 ? '' : `${number(objects)} WITHOUT RECORDS, `;
}

function describeBalance(sum: (field: CountField) => number): string {
  const parts: CountField[] = ['delivered', 'filtered', 'failed', 'leftForResume'];
  return parts
    .map((part) => `${number(sum(part))} ${part === 'leftForResume' ? 'left for resume' : part}`)
    .join(' + ');
}

function describeFaultsOnPurpose(faults: Record<string, number> | undefined, output: EventOutput): string[] {
  if (!faults) return [];
  const met = Object.entries(faults).filter(([, times]) => times > 0);
  return [
    `  ${'faults'.padEnd(14)}${met.map(([kind, times]) => `${times} ${kind}`).join(', ') || 'none'}`,
    `  ${'duplicates'.padEnd(14)}${number(output.duplicates)}; ${number(output.events - output.duplicates)} different events`,
  ];
}

function describeActions({ actions }: EventOutput): string[] {
  if (actions.size === 0) return [];
  const commonest = [...actions].sort(([, a], [, b]) => b - a).slice(0, SHOWN_ACTIONS);
  return [
    '',
    '  commonest event.action',
    ...commonest.map(([action, count]) => `  ${number(count).padStart(12)}  ${action}`),
  ];
}

/** Each fault once, however many tries met it. */
function describeFaults(reports: InvocationReport[]): string[] {
  const faults = new Set(
    reports.flatMap((report) => report.errors.map(({ object, error }) => `${object ?? 'item'}: ${error}`)),
  );
  return [...faults].map((fault) => `  fault         ${fault}`);
}

function number(value: number): string {
  return value.toLocaleString('en-US');
}

function count(value: number, noun: string): string {
  return `${number(value)} ${noun}${value === 1 ? '' : 's'}`;
}

/** Powers of 1,000. */
function bytes(value: number): string {
  const unit = value < 1e3 ? 'B' : value < 1e6 ? 'KB' : value < 1e9 ? 'MB' : 'GB';
  const scale = { B: 1, KB: 1e3, MB: 1e6, GB: 1e9 }[unit];
  return `${unit === 'B' ? value : (value / scale).toFixed(1)} ${unit}`;
}
