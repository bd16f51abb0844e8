import { spawn } from 'node:child_process';
import { createWriteStream, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { generateRecords } from '../samples/generate-records.ts';
import { takeBytes, writeLogObject } from '../samples/log-object.ts';

/** Measures the peak resident size of `normalize` for small to huge objects. A flat column means constant memory. */
await new Command('bench:memory')
  .description('Measure the peak memory of normalize for log objects of several sizes.')
  .option('--sizes <megabytes...>', 'inflated sizes in MB', ['1', '10', '100', '1000'])
  .action(measure)
  .parseAsync();

async function measure({ sizes }: { sizes: string[] }): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'bench-memory-'));
  try {
    console.log('inflated MB  stored MB    records    peak MB    seconds');
    for (const size of sizes) {
      const file = join(folder, `${size}.json.gz`);
      const records = takeBytes(
        generateRecords({ seed: 1, count: Number.POSITIVE_INFINITY }),
        Number(size) * 1e6,
      );
      const { recordCount, inflatedBytes } = await writeLogObject(records, createWriteStream(file));
      const { peakBytes, seconds } = await normalize(file);
      const row = [inflatedBytes / 1e6, statSync(file).size / 1e6, recordCount, peakBytes / 1e6, seconds];
      console.log(row.map((value) => value.toFixed(value === recordCount ? 0 : 1).padStart(11)).join(''));
      rmSync(file);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Runs the command like a user would, and discards its output. */
async function normalize(file: string): Promise<{ peakBytes: number; seconds: number }> {
  const hook = fileURLToPath(new URL('./print-peak-memory.ts', import.meta.url));
  const startedAt = performance.now();
  const child = spawn(
    process.execPath,
    ['--import', 'tsx', '--import', hook, 'cli/main.ts', 'normalize', file],
    {
      stdio: ['ignore', 'ignore', 'inherit', 'pipe'],
    },
  );
  const peak = child.stdio[3];
  if (!peak || !('read' in peak))
    throw new Error('file descriptor 3 of the child process is not a readable pipe');
  const peakKilobytes = Number(await text(peak));
  return { peakBytes: peakKilobytes * 1024, seconds: (performance.now() - startedAt) / 1000 };
}
