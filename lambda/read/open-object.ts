import { addAbortSignal, type Readable } from 'node:stream';
import { GetObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import type { LogObjectRef } from '../trigger/log-object-ref.ts';
import type { OpenBytes } from './gunzip.ts';
import { LogObjectError } from './log-object-error.ts';

/**
 * Opens a log object in S3. A body that is cut off is read on from there (a Range of the same ETag), a few
 * times; the SDK itself only retries up to the response's first byte.
 *
 * @param signal ends the reading, also in the middle of a slow body
 * @throws LogObjectError `spoilt-in-transit` where the checksum does not fit; else whatever S3 answers (NoSuchKey, AccessDenied, SlowDown after the SDK's own retries, …)
 */
export function openObject(s3: S3Client, ref: LogObjectRef, signal: AbortSignal): OpenBytes {
  return () => readBody(s3, ref, signal);
}

/** Times that a cut body is read on without one byte in between. */
const MAX_CUTS = 3;

async function* readBody(s3: S3Client, ref: LogObjectRef, signal: AbortSignal) {
  const object = { Bucket: ref.bucket, Key: ref.key, VersionId: ref.versionId };
  let at = 0;
  let totalBytes = Number.POSITIVE_INFINITY;
  let etag: string | undefined;
  for (let cuts = 0; ; cuts++) {
    const range = at > 0 ? { Range: `bytes=${at}-`, IfMatch: etag } : {};
    const { Body, ContentLength, ETag } = await s3.send(new GetObjectCommand({ ...object, ...range }), {
      abortSignal: signal,
    });
    if (at === 0) totalBytes = ContentLength ?? totalBytes;
    etag ??= ETag;
    const from = at;
    try {
      for await (const chunk of addAbortSignal(signal, Body as Readable)) {
        at += chunk.length;
        yield chunk as Uint8Array;
      }
      if (at < totalBytes && totalBytes !== Number.POSITIVE_INFINITY)
        throw new Error('the body ends before its length');
      return;
    } catch (error) {
      if (at > from) cuts = 0;
      if (signal.aborted) throw signal.reason;
      // A checksum that does not fit is told at the end, sometimes before the last bytes are given out. Reading on
      // from there would mend nothing, and a Range has no checksum of its own.
      if (at >= totalBytes || isChecksumMismatch(error)) {
        throw new LogObjectError('spoilt-in-transit', at, 'the checksum that S3 sent does not fit');
      }
      if (cuts >= MAX_CUTS) throw error;
    }
  }
}

/** By the SDK's own words: the error has neither a name nor a code. */
function isChecksumMismatch(error: unknown): boolean {
  return error instanceof Error && /checksum mismatch/i.test(error.message);
}
