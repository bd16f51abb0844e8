import { accessSync, constants, type Stats } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { escapeControls } from '../lambda/aws/escape-controls.ts';
import type { Input } from './input.ts';
import { openFile } from './open-file.ts';
import { parseNotificationFile } from './read-notification.ts';

/** A notification has a few KB. Larger files are log objects. */
const MAX_NOTIFICATION_BYTES = 1024 * 1024;

/** @throws Error if the file cannot be read */
export async function readFileInput(
  name: string,
  path: string,
  { size: bytes, mtime }: Stats,
): Promise<Input> {
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
