import { statSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import { DEFAULT_REDACTION } from '../../lambda/select/parse-redaction.ts';
import type { Input } from '../inputs.ts';
import { callersFolder } from '../package.ts';
import type { EventOptions } from './event-maker.ts';

/** Stored bytes that one thread normalizes before other threads have started. */
const SMALL_BYTES = 1_000_000;

/** Returns how many files to read at the same time: never more than there are. */
export function chooseJobs(options: EventOptions & { jobs?: number }, inputs: readonly Input[]): number {
  const { jobs = isSmall(inputs) ? 1 : availableParallelism() } = options;
  return canBeReadAgain(options) ? Math.max(1, Math.min(jobs, inputs.length)) : 1;
}

function isSmall(inputs: readonly Input[]): boolean {
  return inputs.reduce((sum, { bytes = 0 }) => sum + bytes, 0) < SMALL_BYTES;
}

/** Each thread reads the files that options name. A pipe, as of `<(…)`, has its text only once. */
function canBeReadAgain({ accounts, rules, redact, redactKeyFile }: EventOptions): boolean {
  return [accounts, rules, redact === DEFAULT_REDACTION ? undefined : redact, redactKeyFile].every(
    (file) => file === undefined || statSync(resolve(callersFolder(), file)).isFile(),
  );
}
