import type { Command } from 'commander';
import type { BenchOptions } from '../bench/bench.ts';
import { commandLine, isCheckout } from './package.ts';

export function addBenchCommand(program: Command): void {
  program
    .command('bench')
    .summary('measure CPU time, memory and volume')
    .description(
      'Measure CPU time, memory, volume and cold start, as ratios to the minimum work of any JavaScript program.',
    )
    .option('--quick', 'only the ratios with a limit, fewer rounds: a minute', false)
    .option('--peers', 'also measure jq and Python on the same file', false)
    .option('--assert', 'exit 1 if a ratio regresses', false)
    .option('--plot', 'write docs/performance-memory.svg', false)
    .addHelpText('after', `\nExample:\n  ${commandLine('bench --quick --peers')}`)
    .action(run);
}

async function run(options: BenchOptions): Promise<void> {
  if (!isCheckout)
    throw new Error('bench measures the sources: run it in a checkout of the repository (npm run bench)');
  const { runBench } = await import('../bench/bench.ts');
  process.exitCode = (await runBench(options)) ? 0 : 1;
}
