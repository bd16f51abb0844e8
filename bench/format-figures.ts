import type { Figures, PeerFigure } from './figures.ts';

/** Lambda gives a function one full vCPU at this memory size: https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html */
const GB_OF_ONE_CPU = 1_769 / 1_024;

/** Formats the figures as plain-text tables. */
export function formatFigures({
  machine,
  stages,
  wholes,
  sizes,
  selections,
  volumes,
  cold,
  peers,
}: Figures): string {
  const us = 'µs/event';
  return [
    machine,
    'CPU time of all threads, medians; each stage and the floor in its own process, alternating.',
    table(
      ['file', 'stage', us, 'events/s per core', '× floor', 'quartiles', 'GB-s per million'],
      stages.map(({ file, stage, microseconds, timesFloor, quartiles }) => [
        file,
        stage,
        microseconds.toFixed(2),
        Math.round(1e6 / microseconds).toLocaleString('en-US'),
        timesFloor.toFixed(2),
        quartiles.map((ratio) => ratio.toFixed(2)).join('–'),
        stage.startsWith('all') ? (microseconds * GB_OF_ONE_CPU).toFixed(1) : '',
      ]),
    ),
    table(
      ['one object', 'inflated MB', 'events', us, 'peak MB', 'with the SDK', 'peak MB'],
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
    ...sizes.map(
      ({ file, typicalMicroseconds, microseconds }) =>
        `${us}, read the same way in one warm process: typical ${typicalMicroseconds.toFixed(2)}, ` +
        `${file} ${microseconds.toFixed(2)}, ${(microseconds / typicalMicroseconds).toFixed(2)} ×`,
    ),
    table(
      ['whole process', 'file', us, '× without'],
      selections.map(({ selection, file, microseconds, timesNone }) => [
        selection,
        file,
        microseconds.toFixed(2),
        timesNone.toFixed(3),
      ]),
    ),
    table(
      ['packing', 'bytes/event', 'calls per million', 'billed GiB per million'],
      volumes.map(({ packing, bytesAnEvent, calls, billedGiB }) => [
        packing,
        bytesAnEvent.toFixed(0),
        calls.toFixed(0),
        billedGiB.toFixed(2),
      ]),
    ),
    table(
      ['startup', ''],
      [
        ['bundle', `${(cold.bundleBytes / 1000).toFixed(0)} KB`],
        ["load and initialize, without Node's startup", `${cold.initializeMs.toFixed(0)} ms CPU`],
        [
          'first object, 50 records',
          `${cold.firstObjectMs.toFixed(0)} ms CPU, ${cold.firstObjectWallMs.toFixed(0)} ms`,
        ],
      ],
    ),
    ...(peers.length > 0 ? [comparePeers(peers)] : []),
  ].join('\n\n');
}

/** The first peer of each file is this project. */
function comparePeers(peers: PeerFigure[]): string {
  return table(
    ['file', 'peer', 'CPU s', '× peer'],
    peers.map(({ file, peer, seconds }) => {
      const ours = peers.find((other) => other.file === file)?.seconds ?? Number.NaN;
      return [file, peer, seconds.toFixed(2), (ours / seconds).toFixed(2)];
    }),
  );
}

/** Left-aligns text columns and right-aligns numbers. */
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
