import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { lock } from 'proper-lockfile';
import { afterAll, beforeAll, inject } from 'vitest';

const root = fileURLToPath(new URL('../../', import.meta.url));

export interface Finished {
  stdout: string;
  stderr: string;
  /** The exit status; `null` after a signal that the program did not catch. */
  status: number | null;
}

interface Cli {
  /** Starts the program as its own process. */
  start(args: string[], options?: SpawnOptions): ChildProcess & { finished: Promise<Finished> };
  /** Runs it to its end. */
  run(args: string[], stdin?: Buffer | string, options?: SpawnOptions): Promise<Finished>;
}

/** Compiles the program, to start a process in milliseconds, unless another file of the run has done it. */
async function compileOnce(folder: string): Promise<void> {
  const unlock = await lock(folder, {
    retries: { retries: 1_200, factor: 1, minTimeout: 100 },
    stale: 60_000,
  });
  try {
    if (!existsSync(join(folder, 'main.mjs'))) await compile(folder);
  } finally {
    await unlock();
  }
}

async function compile(folder: string): Promise<void> {
  await build({
    // The worker must be next to the chunk that starts it.
    entryPoints: { main: join(root, 'cli/main.ts'), worker: join(root, 'cli/normalize/worker.ts') },
    bundle: true,
    // The packages as well, so that a process starts faster. Some of them are CommonJS.
    banner: {
      js: "import { createRequire as forCommonJs } from 'node:module'; const require = forCommonJs(import.meta.url);",
    },
    platform: 'node',
    format: 'esm',
    target: 'node20',
    splitting: true,
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    logLevel: 'error',
  });
}

function createCli(folder: string): Cli {
  function start(args: string[], options: SpawnOptions = {}) {
    const child = spawn(process.execPath, [join(folder, 'main.mjs'), ...args], { cwd: root, ...options });
    const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
    const read = async (stream: NodeJS.ReadableStream | null) => (stream ? text(stream) : '');
    const finished = Promise.all([read(child.stdout), read(child.stderr), ended]).then(
      ([stdout, stderr, status]) => ({ stdout, stderr: stderr.trimEnd(), status }),
    );
    // A test that closes a pipe itself does not wait for its text.
    finished.catch(() => {});
    return Object.assign(child, { finished });
  }

  return {
    start,
    run(args, stdin, options) {
      const child = start(args, options);
      child.stdin?.end(stdin);
      return child.finished;
    },
  };
}

/** Compiles the program before the tests of a file, and gives them a folder for their own files, which it removes. */
export function useCli() {
  const folder = mkdtempSync(join(tmpdir(), 'cli-test-'));
  const program = inject('cliFolder');
  beforeAll(() => compileOnce(program));
  afterAll(() => rmSync(folder, { recursive: true }));
  return { folder, ...createCli(program) };
}
