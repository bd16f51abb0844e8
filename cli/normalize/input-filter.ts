import type { Command } from 'commander';
import type { Span } from '../../digest/spans.ts';
import { compileGlob } from '../../lambda/select/glob.ts';
import type { Kind } from '../../lambda/trigger/trail-kinds.ts';
import { UsageError } from '../endings.ts';
import { kindName } from '../operate/backfill/backfill-options.ts';
import { accountId, regionName, utcTime } from '../operate/verify-options.ts';
import { factsOf } from './name-facts.ts';
import type { RecordFilter } from './record-filter.ts';

/** Options that select files and records. */
export interface FilterOptions {
  since?: number;
  until?: number;
  account?: string[];
  region?: string[];
  kind?: Kind[];
  exclude?: string[];
}

export function addFilterOptions(command: Command): Command {
  return command
    .option('--since <time>', 'only from this time on, in UTC: of delivery for a dated name', utcTime)
    .option('--until <time>', 'only before this time, in UTC: of delivery for a dated name', utcTime)
    .option('--account <id>', 'only this account; repeat for more', accountId)
    .option('--region <name>', 'only this Region; repeat for more', regionName)
    .option('--kind <kind>', 'only log, insight, networkActivity or aggregated; repeat for more', kindName)
    .option(
      '--exclude <glob>',
      'no file of this name, where * is any text, also with slashes; repeat for more',
      (glob: string, earlier: string[] = []) => [...earlier, glob],
    );
}

/** What to read of a file: nothing, the records that pass, or everything. */
export type FileChoice = 'nothing' | RecordFilter | 'everything';

/** Chooses a file by its path. */
export type FileFilter = (path: string) => FileChoice;

/**
 * Returns what chooses the files by their names. What a name does not tell is left to the records.
 *
 * The time in the name of a log object is that of its delivery, a few minutes after its events. It decides alone, so
 * that files outside the range are not read.
 *
 * @throws UsageError if the range is empty
 */
export function createFileFilter(options: FilterOptions): FileFilter {
  const { since = Number.NEGATIVE_INFINITY, until = Number.POSITIVE_INFINITY, exclude = [] } = options;
  if (since >= until) throw new UsageError('--since must be before --until');
  const range: Span = { startMs: since, endMs: until };
  const isTimed = options.since !== undefined || options.until !== undefined;
  const excluded = exclude.map(compileGlob);
  return (path) => {
    if (excluded.some((matches) => matches(path))) return 'nothing';
    const facts = factsOf(path);
    const inRange = isTimed ? compareSpans(facts.span, range) : true;
    const chosen = [
      inRange,
      choose(facts.account, options.account),
      choose(facts.region, options.region),
      choose(facts.kind, options.kind),
    ];
    if (chosen.includes(false)) return 'nothing';
    if (!chosen.includes(undefined)) return 'everything';
    const [, account, region, kind] = chosen;
    return {
      range: inRange === undefined ? range : undefined,
      accounts: account === undefined ? options.account : undefined,
      regions: region === undefined ? options.region : undefined,
      kinds: kind === undefined ? options.kind : undefined,
    };
  };
}

/** @returns `undefined` if the name does not tell */
function choose<T>(fact: T | undefined, wanted: readonly T[] | undefined): boolean | undefined {
  if (wanted === undefined) return true;
  return fact === undefined ? undefined : wanted.includes(fact);
}

function compareSpans(named: Span | undefined, range: Span): boolean | undefined {
  if (named === undefined) return undefined;
  if (named.endMs <= range.startMs || named.startMs >= range.endMs) return false;
  return named.startMs >= range.startMs && named.endMs <= range.endMs ? true : undefined;
}
