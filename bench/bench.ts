import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { bundlePrograms, type Programs } from './bundle-programs.ts';
import { checkFigures } from './check-figures.ts';
import type { CorpusName } from './corpus.ts';
import {
  type Effort,
  type Figures,
  measureCold,
  measurePeers,
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

interface Options {
  quick?: boolean;
  peers?: boolean;
  assert?: boolean;
  plot?: boolean;
}

const QUICK: Effort = { rounds: 5, warmUp: 1, files: ['typical'] };
const FULL: Effort = { rounds: 11, warmUp: 3, files: ['typical', 'large'] };

await new Command('bench')
  .description(
    'Measures CPU time, memory, volume and start against the floor of what any JavaScript has to do.',
  )
  .option('--quick', 'typical file only, fewer rounds: under a minute')
  .option('--peers', 'jq and Python on the same file, in the same run')
  .option('--assert', 'exit status 1 where a ratio is far from what it was: a guard against a fall')
  .option('--plot', 'write docs/performance-*.svg')
  .action(run)
  .parseAsync();

async function run({ quick = false, peers = false, assert = false, plot = false }: Options): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'bench-'));
  try {
    const figures = await measure(await bundlePrograms(folder), quick, peers);
    console.log(formatFigures(figures));
    if (plot) plotFigures(figures);
    const falls = assert ? checkFigures(figures) : [];
    for (const fall of falls) console.error(fall);
    process.exitCode = falls.length > 0 ? 1 : 0;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function measure(programs: Programs, quick: boolean, withPeers: boolean): Promise<Figures> {
  const effort = quick ? QUICK : FULL;
  const emptyMs = measureEmptyNode(quick ? 5 : 11);
  const stages: StageFigure[] = [];
  for (const name of effort.files) {
    stages.push(
      ...(await measureStages(
        programs,
        name,
        name === 'large' ? { ...effort, rounds: 3, warmUp: 1 } : effort,
      )),
    );
  }
  const wholeFiles: CorpusName[] = quick ? ['small', 'typical'] : ['small', 'typical', 'large', 'huge'];
  const wholes: WholeFigure[] = [];
  for (const name of wholeFiles) wholes.push(await measureWhole(programs, name, emptyMs));
  const largest: CorpusName = quick ? 'typical' : 'large';
  return {
    machine: `${cpus()[0]?.model ?? 'unknown'}, ${cpus().length} cores, Node ${process.version}`,
    stages,
    wholes,
    sizes: quick ? [] : [await measureSize(programs, 'huge')],
    volumes: await measureVolume(programs, largest),
    cold: await measureCold(programs, emptyMs, quick ? 5 : 11),
    peers: withPeers ? await measureAllPeers(programs, quick) : [],
  };
}

/** The huge file shows what remains of a difference once the start no longer counts; a minute each, so once. */
async function measureAllPeers(programs: Programs, quick: boolean): Promise<PeerFigure[]> {
  const large = await measurePeers(programs, 'large', 3);
  return quick ? large : [...large, ...(await measurePeers(programs, 'huge', 1))];
}
