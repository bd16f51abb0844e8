import { constants, createReadStream, openSync, type Stats } from 'node:fs';
import { Socket } from 'node:net';
import { basename } from 'node:path';
import { addAbortSignal } from 'node:stream';
import { escapeControls } from '../lambda/aws/escape-controls.ts';
import type { OpenBytes } from '../lambda/read/gunzip.ts';
import type { Input } from './input.ts';
import { parseNotificationFile } from './read-notification.ts';

/** A notification has a few KB, so it comes in one piece. A log object starts to be read before its end is there. */
export async function standardInput(): Promise<Input> {
  const pieces: AsyncIterator<Buffer> = process.stdin[Symbol.asyncIterator]();
  let failure: Error | undefined;
  const first = await pieces.next().catch((error) => {
    failure = error;
  });
  async function* all() {
    // The command reports the error as one of reading, or its end by a signal, which closes standard input.
    if (failure) throw failure;
    if (first?.done !== false) return;
    yield first.value;
    yield* { [Symbol.asyncIterator]: () => pieces };
  }
  const input = streamInput('stdin', all());
  const notification = first?.done === false ? await parseNotificationFile(first.value) : undefined;
  return notification?.isKnown ? { ...input, notification } : input;
}

/**
 * Reads a pipe or a device like standard input: its size is unknown, and it cannot be read again.
 *
 * @param stop ends a read that waits for a writer
 */
export function pipeInput(name: string, path: string, stats: Stats, stop: AbortSignal): Input {
  return streamInput(name, stats.isFIFO() ? readPipe(path, stop) : readDevice(path));
}

/** Without waiting: each blocked call would occupy one of Node's few threads, and the process could not end. */
async function* readPipe(path: string, stop: AbortSignal): AsyncGenerator<Buffer> {
  const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  yield* addAbortSignal(stop, new Socket({ fd, readable: true, writable: false }));
}

async function* readDevice(path: string): AsyncGenerator<Buffer> {
  yield* createReadStream(path);
}

function streamInput(name: string, stream: AsyncIterable<Uint8Array>): Input {
  return {
    name: escapeControls(name),
    below: basename(name),
    path: undefined,
    bytes: undefined,
    modified: undefined,
    open: rereadable(stream),
    notification: undefined,
  };
}

/** A stream cannot be reopened, so this much of it is kept for the reader to recover records before an error. */
const MAX_KEPT_BYTES = 16 * 1024 * 1024;

/** Makes a stream readable a second time, up to a limit. */
function rereadable(input: AsyncIterable<Uint8Array>): OpenBytes {
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
        'corrupt, and too large to reread; pass it as a file to recover the records before the error',
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
