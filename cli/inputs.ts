import type { Stats } from 'node:fs';
import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { escapeControls } from '../lambda/aws/escape-controls.ts';
import { CouldNotTellError, UsageError } from './endings.ts';
import { readFileInput } from './file-input.ts';
import { walkFolder } from './folder-inputs.ts';
import type { Input } from './input.ts';
import { orError, type ResolvedInputs } from './resolved-inputs.ts';
import { pipeInput, standardInput } from './stream-input.ts';

export const STANDARD_INPUT = '-';

export function isS3Url(name: string): boolean {
  return name.startsWith('s3://');
}

export interface ResolveOptions {
  /** Ends reads that wait, and the lists of folders. */
  stop: AbortSignal;
  /** Lists the objects of a name that starts with `s3://`. @default - such a name is one of a file */
  listS3?: ((url: string) => AsyncIterable<Input>) | undefined;
}

/**
 * Resolves what a command line names, for every command alike.
 *
 * | name                | inputs                                                                   |
 * |---------------------|--------------------------------------------------------------------------|
 * | a file              | a notification if its JSON is one, otherwise a log object                |
 * | a folder            | every log object below it, by name, without digests and notifications;   |
 * |                     | links are followed, and what two of them lead to is one input            |
 * | a pipe              | a log object                                                             |
 * | a glob              | every file that matches, by name; an existing file of that name wins     |
 * | `-`                 | standard input, like a file                                              |
 *
 * A file named twice, or by a folder as well, is one input. Two files with the same base name are two.
 *
 * @param folder where relative names start
 * @throws UsageError for an empty name, as of an unset variable; CouldNotTellError if S3 refuses
 */
export async function resolveInputs(
  names: readonly string[],
  folder: string,
  { stop, listS3 }: ResolveOptions,
): Promise<ResolvedInputs> {
  const resolved: ResolvedInputs = { inputs: [], errors: [], notes: [] };
  const seen = new Set<string>();
  if (names.includes('')) throw new UsageError('an input is an empty name. Is a variable not set?');
  for (const name of names) {
    try {
      const inputs = listS3 && isS3Url(name) ? listS3(name) : resolveName(name, folder, resolved, stop);
      for await (const input of inputs) {
        const id = input.path ?? (input.s3Object ? input.name : name);
        if (seen.has(id)) resolved.notes.push(`${input.name} is named twice and processed once`);
        else resolved.inputs.push(input);
        seen.add(id);
      }
    } catch (error) {
      if (error instanceof UsageError || error instanceof CouldNotTellError) throw error;
      resolved.errors.push({
        name: escapeControls(name),
        error: error instanceof Error ? error : new Error(String(error)),
      });
    }
  }
  return resolved;
}

async function* resolveName(
  name: string,
  folder: string,
  resolved: ResolvedInputs,
  stop: AbortSignal,
): AsyncGenerator<Input> {
  if (name === STANDARD_INPUT) {
    yield await standardInput();
    return;
  }
  const path = resolve(folder, name);
  const stats = await stat(path).catch(async (error: NodeJS.ErrnoException) => {
    const { isDynamicPattern } = await import('tinyglobby');
    if (error.code === 'ENOENT' && isDynamicPattern(name)) return undefined;
    throw error;
  });
  if (stats === undefined) yield* matchGlob(name, folder, resolved, stop);
  else if (stats.isDirectory()) yield* walkFolder(name, path, resolved, stop);
  else yield await readInput(name, path, stats, stop);
}

async function readInput(name: string, path: string, stats: Stats, stop: AbortSignal): Promise<Input> {
  return stats.isFile() ? await readFileInput(name, path, stats) : pipeInput(name, path, stats, stop);
}

async function* matchGlob(
  pattern: string,
  folder: string,
  resolved: ResolvedInputs,
  stop: AbortSignal,
): AsyncGenerator<Input> {
  const { glob } = await import('tinyglobby');
  const names = await glob(pattern, { cwd: folder, dot: true, expandDirectories: false });
  if (names.length === 0) throw new Error('no file matches');
  for (const name of names.sort()) {
    const path = resolve(folder, name);
    const input = await orError(name, resolved, async () => readInput(name, path, await stat(path), stop));
    if (input) yield input;
  }
}
