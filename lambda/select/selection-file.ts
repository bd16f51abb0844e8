import type { JsonValue } from '../normalize/event.ts';
import { isObject } from '../normalize/value.ts';

export type Members = Record<string, unknown>;

/** Adds a problem of a file. */
export type Report = (problem: string) => void;

/** What is wrong with a file of rules or paths: one line per problem, each with its place and what to write. */
export class SelectionFileError extends Error {
  override name = 'SelectionFileError';
}

/**
 * Parses a file of JSON with a version.
 *
 * @param file    the setting or the option that names the file, and its name
 * @param members names that the file may have besides `version`
 * @param read    reads the members, and reports what is wrong with them. A text of another kind has none
 * @throws SelectionFileError with every problem
 */
export function parseFile<T>(
  file: string,
  text: string,
  members: readonly string[],
  read: (document: Members, report: Report) => T,
): T {
  const problems: string[] = [];
  const report = (problem: string) => problems.push(`${file}: ${problem}`);
  const document = asObject(parseJson(text));
  if (document.version !== 1) report('must be a JSON object with "version": 1');
  reportUnknown(document, ['version', ...members], report);
  const result = read(document, report);
  if (problems.length > 0) throw new SelectionFileError(problems.join('\n'));
  return result;
}

export function reportUnknown(given: Members, known: readonly string[], report: Report): void {
  for (const name of Object.keys(given))
    if (!known.includes(name)) report(`"${name}" is unknown. Write only ${known.join(', ')}`);
}

/** Returns the value, or an empty object for any other kind of value. */
export function asObject(value: unknown): Members {
  return isObject(value as JsonValue) ? (value as Members) : {};
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
