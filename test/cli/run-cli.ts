import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { afterAll, beforeAll } from 'vitest';

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
  remove(): void;
}

/** Compiles the program once, inside the project so that it finds its packages, to start a process in milliseconds. */
async function compileCli(): Promise<Cli> {
  const cache = join(root, 'node_modules', '.cache');
  mkdirSync(cache, { recursive: true });
  const folder = mkdtempSync(join(cache, 'cli-'));
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
    remove: () => rmSync(folder, { recursive: true }),
  };
}

/** Compiles the program before the tests of a file, and gives them a folder for their own files. Removes both at the end. */
export function useCli() {
  const folder = mkdtempSync(join(tmpdir(), 'cli-test-'));
  let compiled: Cli | undefined;
  beforeAll(async () => {
    compiled = await compileCli();
  });
  afterAll(() => {
    compiled?.remove();
    rmSync(folder, { recursive: true });
  });
  const cli = (): Cli => {
    if (!compiled) throw new Error('the program is compiled when the tests run');
    return compiled;
  };
  return {
    folder,
    start: (...args: Parameters<Cli['start']>) => cli().start(...args),
    run: (...args: Parameters<Cli['run']>) => cli().run(...args),
  };
}
