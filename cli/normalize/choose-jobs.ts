import { statSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import { DEFAULT_REDACTION } from '../../lambda/select/parse-redaction.ts';
import type { Input } from '../input.ts';
import { callersFolder } from '../package.ts';
import type { EventOptions } from './event-maker.ts';

/** Stored bytes that one thread normalizes before other threads have started. */
const SMALL_BYTES = 1_000_000;

/** Returns how many threads to use: never more than there are files, unless one of them is large. */
export function chooseJobs(options: EventOptions & { jobs?: number }, inputs: readonly Input[]): number {
  const totalBytes = totalOf(inputs);
  const { jobs = totalBytes < SMALL_BYTES ? 1 : availableParallelism() } = options;
  if (!canBeReadAgain(options)) return 1;
  const useful = inputs.some((input) => isLarge(input, jobs, totalBytes)) ? jobs : inputs.length;
  return Math.max(1, Math.min(jobs, useful));
}

/** Whether one thread would still read a file when the others have nothing left to do. */
export function isLarge({ bytes = 0 }: Input, jobs: number, totalBytes: number): boolean {
  return jobs > 1 && bytes >= SMALL_BYTES && bytes * jobs * 2 > totalBytes;
}

/** @returns stored bytes, without those of pipes */
export function totalOf(inputs: readonly Input[]): number {
  return inputs.reduce((sum, { bytes = 0 }) => sum + bytes, 0);
}

/** Each thread reads the files that options name. A pipe, as of `<(…)`, has its text only once. */
function canBeReadAgain({ accounts, rules, redact, redactKeyFile }: EventOptions): boolean {
  return [accounts, rules, redact === DEFAULT_REDACTION ? undefined : redact, redactKeyFile].every(
    (file) => file === undefined || statSync(resolve(callersFolder(), file)).isFile(),
  );
}
