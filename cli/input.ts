import { timeOfLogObject } from '../lambda/normalize/pipeline-error.ts';
import type { OpenBytes } from '../lambda/read/gunzip.ts';
import type { S3Object } from './normalize/s3-object.ts';
import type { ParsedNotification } from './read-notification.ts';

/** One thing to process. */
export interface Input {
  /** As on the command line, or below the folder named there, on one line. */
  name: string;
  /** Its path below the folder named on the command line; the last part of a file's own name. */
  below: string;
  /** Absolute; `undefined` for standard input, pipes and objects in S3. */
  path: string | undefined;
  /** An object in S3. */
  s3Object?: S3Object | undefined;
  /** Stored bytes; `undefined` for standard input and pipes. */
  bytes: number | undefined;
  /** When it was last modified, in RFC 3339; `undefined` for standard input and pipes. */
  modified: string | undefined;
  open: OpenBytes;
  /** Set if the content is an event for the handler rather than a log object. */
  notification: ParsedNotification | undefined;
}

/** Returns the time of an input's invalid records. It does not depend on when a file is read. */
export function timeOfInput({ name, modified }: Input): string {
  return timeOfLogObject(name) ?? modified ?? new Date().toISOString();
}
