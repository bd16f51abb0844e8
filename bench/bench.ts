import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundlePrograms, type Programs } from './bundle-programs.ts';
import { checkFigures } from './check-figures.ts';
import { type CorpusName, corpusFile } from './corpus.ts';
import {
  type Figures,
  measureCold,
  measurePeers,
  measureSelections,
  measureSize,
  measureStages,
  measureVolume,
  measureWhole,
  type PeerFigure,
  type StageFigure,
  type WholeFigure,
} from './figures.ts';
import { formatFigures } from './format-figures.ts';
import { plotFigures } from './plot-figures.ts';
import { measureEmptyNode } from './run-node.ts';

export interface BenchOptions {
  /** Measures only the ratios that have a limit, in fewer rounds. */
  quick: boolean;
  /** Also measures jq and Python. */
  peers: boolean;
  /** Compares the ratios with their limits. */
  assert: boolean;
  /** Writes docs/performance-memory.svg. */
  plot: boolean;
}

type Plan = Partial<Record<CorpusName, readonly string[]>>;

/** Stages by file. */
const FULL: Plan = {
  small: ['gunzip', 'all, lines', 'all, lines, with the SDK'],
  typical: [
    'gunzip',
    'split',
    'parse',
    'parse and normalize',
    'stringify',
    'pack lines',
    'pack gzip',
    'all, lines',
    'all, gzip',
    'all, lines, with the SDK',
    'all, gzip, with the SDK',
  ],
  sessions: ['all, lines'],
  unique: ['parse and normalize', 'all, lines'],
  large: ['all, lines', 'all, lines, with the SDK'],
};

/** The stages that have a limit. */
const QUICK: Plan = {
  small: ['all, lines'],
  typical: ['parse and normalize', 'all, lines', 'all, lines, with the SDK'],
  unique: ['all, lines'],
};

/** Measures and prints the figures. @returns whether no ratio regressed; always true without `assert` */
export async function runBench({ quick, peers, assert, plot }: BenchOptions): Promise<boolean> {
  const folder = mkdtempSync(join(tmpdir(), 'bench-'));
  try {
    const figures = await measure(await bundlePrograms(folder), quick, peers);
    console.log(formatFigures(figures));
    if (plot) plotFigures(figures);
    const regressions = assert ? checkFigures(figures) : [];
    for (const regression of regressions) console.error(regression);
    return regressions.length === 0;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function measure(programs: Programs, quick: boolean, withPeers: boolean): Promise<Figures> {
  const emptyMs = measureEmptyNode(quick ? 5 : 11);
  const stages: StageFigure[] = [];
  for (const [name, names] of Object.entries(quick ? QUICK : FULL))
    stages.push(...(await measureStages(programs, name as CorpusName, names, quick ? 5 : 9)));
  const wholeFiles: CorpusName[] = quick ? ['small', 'typical'] : ['small', 'typical', 'large', 'huge'];
  const wholes: WholeFigure[] = [];
  for (const name of wholeFiles) wholes.push(await measureWhole(programs, name, emptyMs));
  const largest: CorpusName = quick ? 'typical' : 'large';
  return {
    machine: `${cpus()[0]?.model ?? 'unknown'}, ${cpus().length} cores, Node ${process.version}`,
    stages,
    wholes,
    sizes: quick ? [] : [await measureSize(programs, 'huge')],
    selections: measureSelections(programs, (await corpusFile(largest)).file, largest, quick ? 5 : 9),
    volumes: await measureVolume(programs, largest),
    cold: await measureCold(programs, emptyMs, quick ? 5 : 11),
    peers: withPeers ? await measureAllPeers(programs, quick) : [],
  };
}

/** Includes the huge file, for which startup cost is negligible. It runs once, because each peer needs a minute. */
async function measureAllPeers(programs: Programs, quick: boolean): Promise<PeerFigure[]> {
  const large = await measurePeers(programs, 'large', 3);
  return quick ? large : [...large, ...(await measurePeers(programs, 'huge', 1))];
}
