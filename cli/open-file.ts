import { open } from 'node:fs/promises';
import { BufferPool } from '../lambda/deliver/buffer-pool.ts';
import type { OpenBytes } from '../lambda/read/gunzip.ts';

/** Bytes of a file that are read at once: most log objects are smaller. */
const READ_BYTES = 256 * 1024;

const buffers = new BufferPool(READ_BYTES);

/**
 * Opens a file for reading, piece by piece. The next piece may overwrite one.
 *
 * A stream would allocate each piece, and thousands of small files would keep the garbage collector busy.
 */
export function openFile(path: string): OpenBytes {
  return async function* () {
    const file = await open(path);
    const buffer = buffers.take();
    try {
      for (;;) {
        const { bytesRead } = await file.read(buffer);
        if (bytesRead === 0) return;
        yield buffer.subarray(0, bytesRead);
      }
    } finally {
      buffers.giveBack(buffer);
      await file.close();
    }
  };
}
