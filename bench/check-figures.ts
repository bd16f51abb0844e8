import type { Figures } from './figures.ts';
import type { SelectionName } from './selections.ts';

/**
 * Upper limits of the ratios to the floor, by file and stage: at least 1.6 times the targets in
 * docs/performance.md. They catch a regression like an await per record or a search for every rule of user agents,
 * with enough margin for noise.
 */
const MOST_TIMES_FLOOR: Record<string, number> = {
  'small, all, lines': 2.8,
  'typical, parse and normalize': 1.0,
  'typical, all, lines': 2.6,
  'typical, all, lines, with the SDK': 3.4,
  'unique, all, lines': 4.2,
};

/**
 * Whole processes with rules or redaction, compared with none. The targets are 1.05 and 1.15 for the large file. `--quick`
 * measures the typical one, most of whose time is the start, so ratios vary by a tenth.
 */
const MOST_TIMES_NONE: Record<SelectionName, number> = { none: 1, '20 rules': 1.3, 'redact=default': 1.45 };

const MOST_BUNDLE_BYTES = 900_000;

/** @returns one line per regression */
export function checkFigures({ stages, selections, cold }: Figures): string[] {
  const slow = stages.flatMap(({ file, stage, timesFloor }) => {
    const most = MOST_TIMES_FLOOR[`${file}, ${stage}`];
    if (most === undefined || timesFloor <= most) return [];
    return [`${file} file, ${stage}: ${timesFloor.toFixed(2)} × the floor, expected at most ${most} ×`];
  });
  for (const { file, selection, timesNone } of selections)
    if (timesNone > MOST_TIMES_NONE[selection])
      slow.push(
        `${file} file, ${selection}: ${timesNone.toFixed(2)} × the run without, expected at most ${MOST_TIMES_NONE[selection]} ×`,
      );
  if (cold.bundleBytes <= MOST_BUNDLE_BYTES) return slow;
  return [...slow, `bundle: ${cold.bundleBytes} bytes, expected at most ${MOST_BUNDLE_BYTES}`];
}
