import { S3Client } from '@aws-sdk/client-s3';
import { CallError } from '../../lambda/aws/call-error.ts';
import { systemClock } from '../../lambda/clock.ts';
import type { OpenBytes } from '../../lambda/read/gunzip.ts';
import { OpenObject } from '../../lambda/read/open-object.ts';
import { nameObject } from '../../lambda/trigger/log-object-ref.ts';
import { CLIENT_OPTIONS } from '../operate/client-options.ts';
import { explainError } from '../operate/explain-error.ts';

/** An object as it was listed. It can be sent to another thread. */
export interface S3Object {
  readonly bucket: string;
  readonly key: string;
  /** Without quotes. Another one is an error: the object was replaced since. */
  readonly etag: string;
}

/** Creates a client with the region and credentials of the environment, as for the AWS CLI. */
export function createS3Client(): S3Client {
  // S3 may throttle the lists of a large bucket.
  return new S3Client({ ...CLIENT_OPTIONS, maxAttempts: 8, followRegionRedirects: true });
}

/**
 * Returns what reads an object from its start. Continues a body that breaks off.
 *
 * @param signal stops reading
 */
export function openS3Object(s3: S3Client, { bucket, key, etag }: S3Object, signal: AbortSignal): OpenBytes {
  const ref = { bucket, key, etag: `"${etag}"`, nextRecord: 0, attempt: 0 };
  async function* read(): AsyncGenerator<Uint8Array, void, undefined> {
    try {
      yield* new OpenObject(s3, ref, signal, systemClock).bytes();
    } catch (error) {
      if (signal.aborted || !(error instanceof CallError)) throw error;
      throw explainError({ name: error.call, action: 's3:GetObject', target: nameObject(ref) }, error);
    }
  }
  return read;
}
