import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  interface ProvidedContext {
    /** Folder of the programs `moto_server` and `aws`, or why there is none. */
    python: { bin: string; missing?: never } | { bin?: never; missing: string };
  }
}

const REQUIREMENTS = fileURLToPath(new URL('./requirements.txt', import.meta.url));
/** The oldest Python for which `requirements.txt` has versions. */
const MIN_PYTHON = 'import sys; sys.exit(sys.version_info < (3, 10))';

/**
 * Installs moto and the AWS CLI once, in a cache outside the checkout: `$XDG_CACHE_HOME/cloudtrail-firehose`.
 * Vitest calls it before the tests of `npm run test:moto`.
 *
 * @throws Error if that is impossible and `REQUIRE_MOTO` is set, as in `.ci/run`. Otherwise the tests are skipped.
 */
export default function setup({ provide }: TestProject): void {
  const python = preparePython();
  if (python.missing !== undefined) {
    const message = `The tests against moto cannot run: ${python.missing}`;
    if (process.env.REQUIRE_MOTO) throw new Error(message);
    process.stderr.write(`\n${message}\nThey are skipped.\n`);
  }
  provide('python', python);
}

function preparePython() {
  if (spawnSync('python3', ['-c', MIN_PYTHON]).status !== 0)
    return { missing: 'python3, version 3.10 or later, is not installed.' };
  const version = createHash('sha256').update(readFileSync(REQUIREMENTS)).digest('hex').slice(0, 12);
  const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'cloudtrail-firehose');
  const venv = join(cache, `moto-${version}`);
  const bin = join(venv, 'bin');
  // The installed programs contain this path, so an unfinished folder cannot be renamed when it is complete.
  const complete = join(venv, 'complete');
  if (existsSync(complete)) return { bin };
  mkdirSync(cache, { recursive: true });
  rmSync(venv, { recursive: true, force: true });
  const pip = [join(bin, 'python'), '-m', 'pip', 'install', '--quiet', '--no-input'];
  const isInstalled =
    run('python3', '-m', 'venv', venv) &&
    run(...pip, '--disable-pip-version-check', '--require-hashes', '--no-deps', '-r', REQUIREMENTS);
  if (!isInstalled) return { missing: 'pip cannot install test/moto/requirements.txt. Its output is above.' };
  writeFileSync(complete, '');
  return { bin };
}

function run(program = '', ...args: string[]): boolean {
  return spawnSync(program, args, { stdio: ['ignore', 'inherit', 'inherit'] }).status === 0;
}
