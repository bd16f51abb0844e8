import type { Chunk, LogFile } from './normalize-file.ts';

/** Bytes of a file that are read at once. */
export const READ_BYTES = 256 * 1024;

/** A file to read, or the answer to a chunk. */
export type ToWorker = { type: 'read'; file: LogFile; path: string } | { type: 'read-on'; goOn: boolean };

/** Each chunk is answered. The answer to the last one may come after `done`. */
export type FromWorker = { type: 'chunk'; chunk: Chunk } | { type: 'done'; isRead: boolean };
