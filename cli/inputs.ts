import { accessSync, constants, type Stats, statSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { escapeControls } from '../lambda/aws/escape-controls.ts';
import { isLogName, placeOf } from '../lambda/trigger/trail-kinds.ts';
import { CouldNotTellError, UsageError } from './endings.ts';
import { formatCount } from './format.ts';
import type { Input } from './input.ts';
import { listFiles } from './list-files.ts';
import { openFile } from './open-file.ts';
import { parseNotificationFile } from './read-notification.ts';
import { pipeInput, standardInput } from './stream-input.ts';

export interface ResolvedInputs {
  inputs: Input[];
  /** Names that could not be resolved, and why. */
  errors: { name: string; error: Error }[];
  /** Files named twice, files that a folder's reader skips. Each is one line for the reader. */
  notes: string[];
}

export const STANDARD_INPUT = '-';

export function isS3Url(name: string): boolean {
  return name.startsWith('s3://');
}

/** A notification has a few KB. Larger files are log objects. */
const MAX_NOTIFICATION_BYTES = 1024 * 1024;

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

/** Files are asked for synchronously, which is ten times faster. Between so many, a signal is noticed. */
const FILES_PER_TURN = 100;

async function* walkFolder(
  name: string,
  folder: string,
  resolved: ResolvedInputs,
  stop: AbortSignal,
): AsyncGenerator<Input> {
  const skipped = { notifications: 0, others: 0 };
  let read = 0;
  const { paths, errors, repeated, special } = await listFiles(folder, stop);
  for (const { path, error } of errors)
    resolved.errors.push({ name: escapeControls(below(name, folder, path)), error });
  for (const [index, path] of paths.sort().entries()) {
    if (index % FILES_PER_TURN === 0) await setImmediate();
    if (stop.aborted) return;
    if (!isLogName(path)) skipped.others++;
    if (!isLogName(path) || placeOf(path).kind === 'digest') continue;
    const shown = below(name, folder, path);
    const input = await orError(shown, resolved, async () => readFileInput(shown, path, statSync(path)));
    read++;
    if (!input) continue;
    if (input.notification?.isKnown) skipped.notifications++;
    else yield { ...input, below: path.slice(folder.length + 1), notification: undefined };
  }
  const { notes } = resolved;
  if (skipped.notifications > 0)
    notes.push(
      `${name}: ${formatCount(skipped.notifications, 'notification')} skipped: only log objects are read`,
    );
  if (skipped.others > 0)
    notes.push(
      `${name}: ${formatCount(skipped.others, 'file')} skipped: names of log objects end in .json or .json.gz`,
    );
  if (repeated > 0)
    notes.push(
      `${name}: ${formatCount(repeated, 'link')} skipped: what they lead to is read under another name`,
    );
  const pipes = special.filter(isLogName);
  if (pipes.length > 0)
    notes.push(
      `${name}: ${formatCount(pipes.length, 'pipe')} skipped: to read a pipe, name it on the command line`,
    );
  if (read === 0 && !stop.aborted) throw new Error('no log object found');
}

/** Reads one file of several. If it cannot be read, that is an error of its own, and the others are still read. */
async function orError(
  name: string,
  { errors }: ResolvedInputs,
  read: () => Promise<Input>,
): Promise<Input | undefined> {
  try {
    return await read();
  } catch (error) {
    errors.push({ name: escapeControls(name), error: error as Error });
    return undefined;
  }
}

/** The name of a path below a folder, as the caller would write it. */
function below(name: string, folder: string, path: string): string {
  return join(name, path.slice(folder.length));
}

async function readFileInput(name: string, path: string, { size: bytes, mtime }: Stats): Promise<Input> {
  accessSync(path, constants.R_OK);
  const mayBeNotification = path.endsWith('.json') && bytes <= MAX_NOTIFICATION_BYTES;
  return {
    name: escapeControls(name),
    below: basename(path),
    path,
    bytes,
    modified: mtime.toISOString(),
    open: openFile(path),
    notification: mayBeNotification ? await parseNotificationFile(await readFile(path)) : undefined,
  };
}
