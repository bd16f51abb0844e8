import { statSync } from 'node:fs';
import { join, sep } from 'node:path';
import { S3Client } from '@aws-sdk/client-s3';
import { glob } from 'tinyglobby';
import { type S3Endpoint, startS3 } from '../../../../local/s3/endpoint.ts';
import { UsageError } from '../../../endings.ts';
import { BucketReader } from '../../bucket-reader.ts';
import { CLIENT_OPTIONS } from '../../client-options.ts';
import { parseS3Url } from '../../s3-url.ts';
import { pathOf } from '../../verify-options.ts';
import type { FoundObject } from '../count-objects.ts';

/** Where `--local` reads from. */
export interface Source {
  readonly bucket: string;
  /** Client to read the objects with; `undefined` for the caller's own S3. */
  readonly s3: S3Client | undefined;
  /** Yields what is after a key, in the order of the keys' UTF-8 bytes. */
  list(startAfter: string): AsyncGenerator<FoundObject, void, undefined>;
  close(): Promise<void>;
}

/**
 * Opens a folder, or `s3://BUCKET/PREFIX`.
 *
 * @throws UsageError if there is no such folder
 */
export async function openSource(name: string, stop: AbortSignal): Promise<Source> {
  if (!name.startsWith('s3://')) return openFolder(name);
  const { bucket, prefix } = parseS3Url(name) ?? {};
  if (bucket === undefined || prefix === undefined)
    throw new UsageError(`${name}: expected a folder, or s3://BUCKET/PREFIX`);
  // S3 may throttle the lists of a large bucket.
  const s3 = new S3Client({ ...CLIENT_OPTIONS, maxAttempts: 8 });
  const reader = new BucketReader(s3, stop);
  return {
    bucket,
    s3: undefined,
    list: (startAfter) => reader.objects(bucket, prefix, startAfter),
    close: async () => s3.destroy(),
  };
}

/** Bucket of a folder's files in events that name their log object. */
const FOLDER_BUCKET = 'local-folder';

/**
 * Serves a folder as a bucket, because the function's reader reads from S3. A file's key is its path below the folder, or
 * from `AWSLogs/` on.
 */
async function openFolder(name: string): Promise<Source> {
  const folder = pathOf(name);
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory())
    throw new UsageError(`${name}: no such folder`);
  const above = keyPrefixOf(folder);
  const names = await glob(['**/*.json', '**/*.json.gz'], { cwd: folder, dot: true });
  const endpoint = await startS3({ buckets: [FOLDER_BUCKET] });
  const objects = names
    .map((name) => Buffer.from(name))
    .sort(Buffer.compare)
    .map((bytes) => bytes.toString())
    .map((name) => {
      const key = `${above}${name}`;
      return { key, bytes: serveFile(endpoint, key, join(folder, name)), isArchived: false };
    });
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  const s3 = new S3Client({ endpoint: endpoint.url, region: 'us-east-1', credentials, forcePathStyle: true });
  return {
    bucket: FOLDER_BUCKET,
    s3,
    async *list(startAfter) {
      const after = Buffer.from(startAfter);
      for (const object of objects) if (Buffer.compare(Buffer.from(object.key), after) > 0) yield object;
    },
    async close() {
      s3.destroy();
      await endpoint.close();
    },
  };
}

/** @returns `AWSLogs/`, and what is below it, for a folder in there; otherwise nothing */
function keyPrefixOf(folder: string): string {
  const parts = folder.split(sep);
  const at = parts.lastIndexOf('AWSLogs');
  return at < 0 ? '' : `${parts.slice(at).join('/')}/`;
}

/** @returns the file's length in bytes; 0 if it is gone, which is then an error of the object */
function serveFile(endpoint: S3Endpoint, key: string, file: string): number {
  try {
    endpoint.putObject(FOLDER_BUCKET, key, { file });
    return statSync(file).size;
  } catch {
    return 0;
  }
}
