import { formatCount, formatNumber } from '../format.ts';
import type { Counts } from './chunk.ts';
import { FaultLog } from './fault-log.ts';

/** What a run has done so far. */
export class Tally {
  files = 0;
  records = 0;
  dropped = 0;
  filtered = 0;
  filesFiltered = 0;
  /** Files that an earlier run has done. */
  filesDone = 0;
  bytes = 0;
  readonly faults = new FaultLog();
  /** Names of files that could not be read to their end. */
  readonly unreadable = new Set<string>();

  /** @param order position of the file among the inputs */
  add(
    { bytes, records, dropped, filtered, faults }: Counts,
    name: string,
    order: number,
    stop: AbortSignal,
  ): void {
    this.bytes += bytes;
    this.records += records;
    this.dropped += dropped;
    this.filtered += filtered;
    for (const fault of faults) {
      // A read that Ctrl-C ends is no fault of the file.
      if (fault.place === undefined && stop.aborted) continue;
      if (fault.place === undefined) this.unreadable.add(name);
      this.faults.add(order, name, fault);
    }
  }
}

/** Prints the faults and what was done until an error, on stderr. */
export function concludeEarly(tally: Tally, canGoOn: boolean): void {
  for (const line of tally.faults.lines()) console.error(line);
  console.error(`✖ ended early: ${describe(tally)}${canGoOn ? HOW_TO_GO_ON : ''}`);
}

/**
 * Prints the faults and the last line, on stderr, and sets the exit status.
 *
 * @param canGoOn whether a state remembers what is done
 */
export function conclude(tally: Tally, stop: AbortSignal, canGoOn: boolean): void {
  const { count } = tally.faults;
  const done = describe(tally);
  for (const line of tally.faults.lines()) console.error(line);
  if (stop.aborted) console.error(`✖ interrupted: ${done}${canGoOn ? HOW_TO_GO_ON : ''}`);
  else if (count > 0) console.error(`✖ ${done}, ${formatCount(count, 'error')}`);
  else console.error(`✔ ${done}`);
  process.exitCode = count > 0 ? 1 : 0;
}

const HOW_TO_GO_ON = '. Run the same command again to go on.';

function describe({ files, records, dropped, filtered, filesFiltered, filesDone }: Tally): string {
  const parts = [`${formatCount(records, 'record')} from ${formatCount(files, 'file')}`];
  if (dropped > 0) parts.push(`${formatNumber(dropped)} dropped by rules`);
  if (filtered > 0) parts.push(`${formatCount(filtered, 'record')} left out by filters`);
  if (filesFiltered > 0) parts.push(`${formatCount(filesFiltered, 'file')} left out by filters`);
  if (filesDone > 0) parts.push(`${formatCount(filesDone, 'file')} done by an earlier run`);
  return parts.join(', ');
}
