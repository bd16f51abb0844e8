import type { Figures } from './bench.ts';
import type { StageFigure, WholeFigure } from './figures.ts';

/** Lambda gives a function one whole CPU at this much memory: https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html */
const GB_OF_ONE_CPU = 1_769 / 1_024;

/** The figures as tables of plain text, in the order of the data. */
export function formatFigures({ machine, stages, wholes, volumes, cold, peers }: Figures): string {
  const us = 'µs an event';
  return [
    machine,
    'CPU time of all threads, medians; each stage round about with the floor in one process.',
    table(
      ['file', 'stage', us, 'events/s a core', '× floor', 'GB-s a million'],
      stages.map(({ file, stage, microseconds, timesFloor }) => [
        file,
        stage,
        microseconds.toFixed(2),
        Math.round(1e6 / microseconds).toLocaleString('en-US'),
        timesFloor.toFixed(2),
        stage.startsWith('all') ? (microseconds * GB_OF_ONE_CPU).toFixed(1) : '',
      ]),
    ),
    table(
      ['whole object', 'inflated MB', 'events', us, 'peak MB', 'with the SDK', 'peak MB'],
      wholes.map(({ file, inflatedBytes, events, packed, sent }) => [
        file,
        (inflatedBytes / 1e6).toFixed(1),
        events.toLocaleString('en-US'),
        packed.microseconds.toFixed(2),
        (packed.peakBytes / 1e6).toFixed(0),
        sent.microseconds.toFixed(2),
        (sent.peakBytes / 1e6).toFixed(0),
      ]),
    ),
    compareSizes(stages, wholes),
    table(
      ['packing', 'bytes an event', 'calls a million', 'billed GiB a million'],
      volumes.map(({ packing, bytesAnEvent, calls, billedGiB }) => [
        packing,
        bytesAnEvent.toFixed(0),
        calls.toFixed(0),
        billedGiB.toFixed(2),
      ]),
    ),
    table(
      ['start', ''],
      [
        ['bundle', `${(cold.bundleBytes / 1000).toFixed(0)} KB`],
        ['load and initialise, over an empty Node', `${cold.initialiseMs.toFixed(0)} ms CPU`],
        [
          'first object, 50 records',
          `${cold.firstObjectMs.toFixed(0)} ms CPU, ${cold.firstObjectWallMs.toFixed(0)} ms`,
        ],
      ],
    ),
    peers.length === 0
      ? ''
      : table(
          ['peer, the same file', 'CPU s', '× peer'],
          peers.map(({ peer, seconds }) => [
            peer,
            seconds.toFixed(2),
            ((peers[0]?.seconds ?? Number.NaN) / seconds).toFixed(2),
          ]),
        ),
  ]
    .filter(Boolean)
    .join('\n\n');
}

/** Whether a large object costs more an event than a typical one in a function that is warm. */
function compareSizes(stages: StageFigure[], wholes: WholeFigure[]): string {
  const typical = stages.find(({ file, stage }) => file === 'typical' && stage === 'all, lines');
  const huge = wholes.find(({ file }) => file === 'huge');
  if (!typical || !huge) return '';
  const times = huge.packed.microseconds / typical.microseconds;
  return `CPU an event, the huge object against the typical file: ${times.toFixed(2)} ×`;
}

/** The first column to the left, numbers to the right. */
function table(head: string[], rows: string[][]): string {
  const widths = head.map((_, column) => Math.max(...[head, ...rows].map((row) => row[column]?.length ?? 0)));
  const isText = head.map((_, column) => rows.every((row) => !/^[\d.,]*$/.test(row[column] ?? '')));
  const line = (row: string[]) =>
    row
      .map((cell, i) => (isText[i] ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0)))
      .join('  ')
      .trimEnd();
  return [line(head), widths.map((width) => '-'.repeat(width)).join('  '), ...rows.map(line)].join('\n');
}
