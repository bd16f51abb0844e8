import { createReadStream } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { glob, isDynamicPattern } from 'tinyglobby';
import type { OpenBytes } from '../lambda/read/gunzip.ts';
import { isLogName, placeOf } from '../lambda/trigger/trail-kinds.ts';
import { formatCount } from './format.ts';
import { type ParsedNotification, parseNotificationFile } from './read-notification.ts';
import { rereadable } from './standard-input.ts';

/** One thing to process. */
export interface Input {
  /** As on the command line, or below the folder named there. */
  name: string;
  /** Absolute; `undefined` for standard input. */
  path: string | undefined;
  /** Stored bytes; `undefined` for standard input. */
  bytes: number | undefined;
  open: OpenBytes;
  /** Set if the content is an event for the handler rather than a log object. */
  notification: ParsedNotification | undefined;
}

export interface ResolvedInputs {
  inputs: Input[];
  /** Names that could not be resolved, and why. */
  errors: { name: string; error: Error }[];
  /** Files named twice, notifications found in a folder. Each is one line for the reader. */
  notes: string[];
}

export const STANDARD_INPUT = '-';

/** A notification has a few KB. Larger files are log objects. */
const MAX_NOTIFICATION_BYTES = 1024 * 1024;

/**
 * Resolves what a command line names, for every command alike.
 *
 * | name                | inputs                                                                   |
 * |---------------------|--------------------------------------------------------------------------|
 * | a file              | a notification if its JSON is one, otherwise a log object                |
 * | a folder            | every log object below it, by name, without digests and notifications    |
 * | a glob              | every file that matches, by name; an existing file of that name wins     |
 * | `-`                 | standard input, a log object                                             |
 *
 * A file named twice, or by a folder as well, is one input. Two files with the same base name are two.
 *
 * @param folder where relative names start
 */
export async function resolveInputs(names: readonly string[], folder: string): Promise<ResolvedInputs> {
  const resolved: ResolvedInputs = { inputs: [], errors: [], notes: [] };
  const seen = new Set<string>();
  for (const name of names) {
    try {
      for await (const input of resolveName(name, folder, resolved.notes)) {
        const id = input.path ?? STANDARD_INPUT;
        if (seen.has(id)) resolved.notes.push(`${input.name} is named twice and processed once`);
        else resolved.inputs.push(input);
        seen.add(id);
      }
    } catch (error) {
      resolved.errors.push({ name, error: error instanceof Error ? error : new Error(String(error)) });
    }
  }
  return resolved;
}

async function* resolveName(name: string, folder: string, notes: string[]): AsyncGenerator<Input> {
  if (name === STANDARD_INPUT) {
    yield {
      name: 'stdin',
      path: undefined,
      bytes: undefined,
      open: rereadable(process.stdin),
      notification: undefined,
    };
    return;
  }
  const path = resolve(folder, name);
  const stats = await stat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' && isDynamicPattern(name)) return undefined;
    throw error;
  });
  if (stats === undefined) yield* matchGlob(name, folder);
  else if (stats.isDirectory()) yield* walkFolder(name, path, notes);
  else yield await readFileInput(name, path, stats.size);
}

async function* matchGlob(pattern: string, folder: string): AsyncGenerator<Input> {
  const names = await glob(pattern, { cwd: folder, dot: true, expandDirectories: false });
  if (names.length === 0) throw new Error('no file matches');
  for (const name of names.sort()) {
    const path = resolve(folder, name);
    yield await readFileInput(name, path, (await stat(path)).size);
  }
}

async function* walkFolder(name: string, folder: string, notes: string[]): AsyncGenerator<Input> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  let notifications = 0;
  for (const path of paths.sort()) {
    if (!isLogName(path) || placeOf(path).kind === 'digest') continue;
    const input = await readFileInput(join(name, path.slice(folder.length)), path, (await stat(path)).size);
    if (input.notification?.isKnown) notifications++;
    else yield { ...input, notification: undefined };
  }
  if (notifications > 0)
    notes.push(`${name}: ${formatCount(notifications, 'notification')} skipped: only log objects are read`);
}

async function readFileInput(name: string, path: string, bytes: number): Promise<Input> {
  const mayBeNotification = path.endsWith('.json') && bytes <= MAX_NOTIFICATION_BYTES;
  return {
    name,
    path,
    bytes,
    open: () => createReadStream(path, { highWaterMark: 256 * 1024 }),
    notification: mayBeNotification ? await parseNotificationFile(await readFile(path)) : undefined,
  };
}
