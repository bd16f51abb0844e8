import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { OpenBytes } from '../lambda/read/gunzip.ts';
import { isLogName, placeOf } from '../lambda/trigger/trail-kinds.ts';

/** A log object on disk, or standard input. */
export interface LogFile {
  /** As the person wrote it, or found below the folder they named. */
  name: string;
  open: OpenBytes;
}

/**
 * Files to read: each one that is named, and in a folder every log object below it, in the order of their
 * names. Digests and whatever is no `.json.gz` or `.json` are passed over in folders alone.
 *
 * @param names paths; `-` is standard input
 * @throws the file system's error for a path that is not there
 */
export async function* findLogFiles(names: string[]): AsyncGenerator<LogFile> {
  for (const name of names) {
    if (name === '-') yield { name: 'stdin', open: readTwice(process.stdin) };
    else if ((await stat(name)).isDirectory()) yield* findBelow(name);
    else yield openFile(name);
  }
}

async function* findBelow(folder: string): AsyncGenerator<LogFile> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  for (const path of paths.sort()) {
    if (isLogName(path) && placeOf(path).kind !== 'digest') yield openFile(path);
  }
}

function openFile(name: string): LogFile {
  return { name, open: () => createReadStream(name, { highWaterMark: 262_144 }) };
}

/** Standard input cannot be opened again, so this much of it is kept for the reader to recover from a fault. */
const MAX_KEPT_BYTES = 16 * 1024 * 1024;

function readTwice(input: AsyncIterable<Uint8Array>): OpenBytes {
  const kept: Uint8Array[] = [];
  let bytes = 0;
  let isOpen = false;
  async function* first() {
    for await (const chunk of input) {
      bytes += chunk.length;
      if (bytes <= MAX_KEPT_BYTES) kept.push(chunk);
      else kept.length = 0;
      yield chunk;
    }
  }
  async function* again() {
    if (bytes > MAX_KEPT_BYTES) {
      throw new Error(
        'corrupt, and too long to be read again: give it as a file to have the records before the fault',
      );
    }
    yield* kept;
  }
  return () => {
    if (isOpen) return again();
    isOpen = true;
    return first();
  };
}
