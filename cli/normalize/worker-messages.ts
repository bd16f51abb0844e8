import type { Batch, BatchAnswer } from './batch.ts';
import type { Chunk } from './chunk.ts';
import type { LogFile } from './normalize-file.ts';
import type { S3Object } from './s3-object.ts';

/** A file or an object in S3 to read, the answer to a chunk, a batch of another file, or Ctrl-C. */
export type ToWorker =
  | { type: 'read'; file: LogFile; source: string | S3Object }
  | { type: 'read-on'; goOn: boolean }
  | { type: 'batch'; batch: Batch }
  | { type: 'stop' };

/**
 * Each chunk is answered. The answer to the last one may come after `done`. Batches are answered in their order, while a
 * file is read as well.
 */
export type FromWorker =
  | { type: 'chunk'; chunk: Chunk }
  | { type: 'done'; isRead: boolean }
  | { type: 'batch'; answer: BatchAnswer };
