import type { Batch, BatchAnswer } from './batch.ts';
import type { Counts } from './chunk.ts';
import type { LogFile } from './normalize-file.ts';
import type { S3Object } from './s3-object.ts';

/** A file or an object in S3 that a thread reads. */
export interface FileToRead {
  readonly file: LogFile;
  /** Its path, or an object in S3. */
  readonly source: string | S3Object;
}

/** What a step gave, of one of the files. */
export interface FilePart {
  /** Index among the files of the group. */
  readonly file: number;
  readonly counts: Counts;
  /** Set with its last part: whether it was read to its end. */
  readonly isRead?: boolean | undefined;
}

/** Files to read one after the other, the answer to parts of them, a batch of another file, or Ctrl-C. */
export type ToWorker =
  | { type: 'read'; files: FileToRead[] }
  | { type: 'read-on'; memory: ArrayBuffer }
  | { type: 'batch'; batch: Batch }
  | { type: 'stop' };

/**
 * Each message of parts is answered, which gives its memory back. The answer to the last one may come after `done`.
 * Batches are answered in their order, while files are read as well.
 */
export type FromWorker =
  | { type: 'parts'; parts: FilePart[]; lines: Uint8Array<ArrayBuffer> }
  | { type: 'done' }
  | { type: 'batch'; answer: BatchAnswer };
