import { InvalidArgumentError } from 'commander';

/** Where Firehose writes what it could not deliver. */
export interface ErrorFolder {
  readonly bucket: string;
  /** Key prefix with at least a folder: `errors/http-endpoint-failed/`. */
  readonly prefix: string;
}

/** Appended to the first folder of a key when its records are back in the stream. */
const DONE = '-done';

/**
 * Parses the folder, or an object in it.
 *
 * @throws InvalidArgumentError unless the text is `s3://bucket/folder/…`, without the folder of what is done
 */
export function errorFolder(text: string): ErrorFolder {
  const [, bucket, prefix = ''] = /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])\/(.+)$/s.exec(text) ?? [];
  if (bucket === undefined || !/^[^/]+\//.test(prefix))
    throw new InvalidArgumentError('Expected a folder: s3://BUCKET/errors/.');
  if (prefix.split('/')[0]?.endsWith(DONE))
    throw new InvalidArgumentError('The records in this folder are back in the stream already.');
  return { bucket, prefix };
}

/** `errors/…/name` → `errors-done/…/name`. */
export function doneKey(key: string): string {
  return key.replace('/', `${DONE}/`);
}
