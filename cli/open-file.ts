import { closeSync, openSync, readSync } from 'node:fs';
import { BufferPool } from '../lambda/deliver/buffer-pool.ts';
import type { OpenBytes } from '../lambda/read/gunzip.ts';

/** Bytes of a file that are read at once: most log objects are smaller. */
const READ_BYTES = 256 * 1024;

const buffers = new BufferPool(READ_BYTES);

/**
 * Opens a file for reading, piece by piece. The next piece may overwrite one.
 *
 * Reads synchronously: nothing else could go on meanwhile, and asynchronous calls cost a third of what the records of
 * a small file do. A stream would also allocate each piece, and keep the garbage collector busy.
 */
export function openFile(path: string): OpenBytes {
  return async function* () {
    const file = openSync(path, 'r');
    const buffer = buffers.take();
    try {
      for (;;) {
        const bytesRead = readSync(file, buffer);
        if (bytesRead === 0) return;
        yield buffer.subarray(0, bytesRead);
      }
    } finally {
      buffers.giveBack(buffer);
      closeSync(file);
    }
  };
}
