import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describeError, UsageError } from './endings.ts';
import { callersFolder } from './package.ts';

/**
 * Reads the file that an option names.
 *
 * @param file  relative to the caller's folder
 * @param parse gets the option with its file, to name them in errors
 * @throws UsageError for a file that is missing or wrong
 */
export function readOptionFile<T>(option: string, file: string, parse: (name: string, text: string) => T): T {
  const name = `${option} ${file}`;
  let text: string;
  try {
    text = readFileSync(resolve(callersFolder(), file), 'utf8');
  } catch (error) {
    throw new UsageError(`${name}: ${describeError(error)}`);
  }
  return asUsage(() => parse(name, text));
}

/** A wrong value is expected. Its messages name what is wrong, never a key. */
export function asUsage<T>(parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    throw error instanceof Error ? new UsageError(error.message) : error;
  }
}
