import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { bundleFunction } from '../infra/function/bundle-function.ts';
import { nodeOptions } from '../infra/function/node-options.ts';
import type { Packing } from '../lambda/contract.ts';
import { startLocalAccount } from '../local/account.ts';
import { type CorpusName, corpusFile } from './corpus.ts';
import { createCpuShare } from './cpu-share.ts';
import { median } from './measure.ts';

const BUCKET = 'bench';

/** Assumed time to the first byte of an object, and until Firehose answers. */
const S3_MS = 30;
const FIREHOSE_MS = 60;

/** Of the columns of the table. */
const WIDTHS = [4, 8, 10, 11, 14, 11, 9];

interface Options {
  sizes: string[];
  packing: Packing;
  runs: string;
}

/** What one invocation gets. */
interface Load {
  readonly corpus: CorpusName;
  readonly objects: number;
}

/** A quiet account, a busy one, and a backlog of objects far larger than CloudTrail's. */
const LOADS = {
  small: { corpus: 'small', objects: 10 },
  typical: { corpus: 'typical', objects: 4 },
  large: { corpus: 'large', objects: 4 },
} satisfies Record<string, Load>;

await new Command('bench:memory-sizes')
  .description(
    'Measure duration and peak memory of the deployed function with the CPU time of several sizes.',
  )
  .option('--sizes <MiB...>', 'function memory in MiB', ['256', '512', '1024', '1769'])
  .option('--packing <packing>', 'single, lines or gzip', 'gzip')
  .option('--runs <number>', 'invocations per size; the large one runs once', '9')
  .action(measureSizes)
  .parseAsync();

async function measureSizes({ sizes, packing, runs }: Options): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'bench-memory-sizes-'));
  bundleFunction(folder);
  const account = await startLocalAccount(() => {});
  account.reset({
    s3: () => ({ kind: 'slowBody', pauseMs: S3_MS, pieceBytes: Number.MAX_SAFE_INTEGER }),
    firehose: () => ({ kind: 'slow', delayMs: FIREHOSE_MS }),
  });
  const events = Object.fromEntries(
    await Promise.all(
      Object.entries(LOADS).map(async ([name, load]) => [name, await putObjects(account.s3, name, load)]),
    ),
  );
  console.log(`Node ${process.version}, packing ${packing}; ms per invocation`);
  console.log('MiB    start  10 small  4 typical  GB-s/million    4 large  peak MB');
  try {
    for (const size of sizes.map(Number)) {
      const env = { ...account.environment, PACKING: packing, NODE_OPTIONS: nodeOptions(size) };
      const row = await measureSize(join(folder, 'index.mjs'), size, env, events, Number(runs));
      console.log(row);
    }
  } finally {
    rmSync(folder, { recursive: true });
    await account.close();
  }
}

type Account = Awaited<ReturnType<typeof startLocalAccount>>;

/** @returns the event that names the objects, and the number of their records */
async function putObjects(s3: Account['s3'], name: string, { corpus, objects }: Load): Promise<LoadEvent> {
  const { file, records } = await corpusFile(corpus);
  const keys = Array.from({ length: objects }, (_, i) => `${name}-${i}.json.gz`);
  const bytes = readFileSync(file);
  for (const key of keys) s3.putObject(BUCKET, key, bytes);
  const messages = keys.map((key, i) => ({
    eventSource: 'aws:sqs',
    messageId: `${i}`,
    body: JSON.stringify({
      Records: [
        {
          eventSource: 'aws:s3',
          eventName: 'ObjectCreated:Put',
          s3: { bucket: { name: BUCKET }, object: { key } },
        },
      ],
    }),
  }));
  return { event: { Records: messages }, records: records * objects };
}

interface LoadEvent {
  event: unknown;
  records: number;
}

/** Measures a new container: its start, invocations one after the other, and its peak. */
async function measureSize(
  bundle: string,
  memoryMiB: number,
  env: NodeJS.ProcessEnv,
  events: Record<string, LoadEvent>,
  runs: number,
): Promise<string> {
  const share = createCpuShare(memoryMiB);
  const script = fileURLToPath(new URL('./invoke-bundle.mjs', import.meta.url));
  const startedAt = performance.now();
  const child = spawn(
    'sh',
    ['-c', 'echo $$ > "$0"; exec "$@"', share.processes, process.execPath, script, bundle],
    {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    },
  );
  try {
    await once(child, 'message');
    const start = performance.now() - startedAt;
    const times: Record<string, number> = {};
    let peakBytes = 0;
    for (const [name, { event }] of Object.entries(events)) {
      const durations: number[] = [];
      for (let run = 0; run < (name === 'large' ? 1 : runs); run++) {
        const result = await invoke(child, event);
        durations.push(result.ms);
        peakBytes = result.peakBytes;
      }
      times[name] = median(durations);
    }
    const { small = 0, typical = 0, large = 0 } = times;
    const gbSeconds = ((typical / 1000) * (memoryMiB / 1024) * 1e6) / (events.typical?.records ?? 1);
    return formatRow([memoryMiB, start, small, typical, gbSeconds, large, peakBytes / 1e6]);
  } finally {
    child.kill();
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    share.remove();
  }
}

async function invoke(child: ChildProcess, event: unknown): Promise<{ ms: number; peakBytes: number }> {
  const startedAt = performance.now();
  child.send(event as object);
  const [{ answer, peakBytes }] = await once(child, 'message');
  if (answer?.batchItemFailures?.length !== 0)
    throw new Error(`not all objects were delivered: ${JSON.stringify(answer)}`);
  return { ms: performance.now() - startedAt, peakBytes };
}

function formatRow(values: number[]): string {
  return values.map((value, i) => value.toFixed(i === 4 ? 1 : 0).padStart(WIDTHS[i] ?? 0)).join('');
}
