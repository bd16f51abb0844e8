import { statSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { escapeControls } from '../lambda/aws/escape-controls.ts';
import { isLogName, placeOf } from '../lambda/trigger/trail-kinds.ts';
import { readFileInput } from './file-input.ts';
import { formatCount } from './format.ts';
import type { Input } from './input.ts';
import { listFiles } from './list-files.ts';
import { orError, type ResolvedInputs } from './resolved-inputs.ts';

/** Files are asked for synchronously, which saves small ones a tenth of their time. Between so many, a signal is noticed. */
const FILES_PER_TURN = 100;

/** Returns the log objects below a folder, and tells in the notes what it skips. */
export async function* walkFolder(
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

/** The name of a path below a folder, as the caller would write it. */
function below(name: string, folder: string, path: string): string {
  return join(name, path.slice(folder.length));
}
