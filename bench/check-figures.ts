import type { Figures } from './figures.ts';

/**
 * Ratios far beyond what they are: twice the bar of the slowest stage, half as much again elsewhere. A guard
 * against a fall, such as an await for each record, and never close enough to depend on the machine's mood.
 */
const MOST_TIMES_FLOOR: Record<string, number> = {
  'all, lines': 2.6,
  'all, lines, with the SDK': 3.4,
  'parse and normalize': 1.4,
};

const MOST_BUNDLE_BYTES = 900_000;

/** @returns a line for each figure that has fallen far; none where all is well */
export function checkFigures({ stages, cold }: Figures): string[] {
  const slow = stages.flatMap(({ file, stage, timesFloor }) => {
    const most = MOST_TIMES_FLOOR[stage];
    if (most === undefined || timesFloor <= most) return [];
    return [
      `${stage} of the ${file} file takes ${timesFloor.toFixed(2)} × the floor; it should take ${most} × at the most`,
    ];
  });
  if (cold.bundleBytes <= MOST_BUNDLE_BYTES) return slow;
  return [
    ...slow,
    `the bundle has ${cold.bundleBytes} bytes; it should have ${MOST_BUNDLE_BYTES} at the most`,
  ];
}
