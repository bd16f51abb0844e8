import type { IncomingHttpHeaders } from 'node:http';
import { escapeXml, s3Refusal, xmlHead } from './errors.ts';
import { type ObjectStore, StoredObject } from './objects.ts';
import { matches } from './read.ts';

/**
 * Copies the current version of an object with its metadata: https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html
 *
 * @returns the body of the answer
 * @throws Refusal InvalidArgument, NoSuchBucket, NoSuchKey, PreconditionFailed
 */
export function copyObject(
  store: ObjectStore,
  headers: IncomingHttpHeaders,
  bucket: string,
  key: string,
): string {
  const source = decodeURIComponent(String(headers['x-amz-copy-source'])).replace(/^\//, '');
  const [, from, fromKey] = /^([^/]+)\/(.+)$/s.exec(source) ?? [];
  if (from === undefined || fromKey === undefined) throw s3Refusal('InvalidArgument');
  const object = store.find(from, fromKey, undefined);
  if (!matches(textOf(headers['x-amz-copy-source-if-match']), object.etag))
    throw s3Refusal('PreconditionFailed');
  store.checkBucket(bucket);
  const { versionId: _, ...options } = object.options;
  const copy = new StoredObject(object.source, options);
  store.put(bucket, key, copy);
  return `${xmlHead}<CopyObjectResult><ETag>${escapeXml(copy.etag)}</ETag><LastModified>${copy.lastModified.toISOString()}</LastModified></CopyObjectResult>`;
}

/**
 * Deletes an object: https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-deletes.html
 *
 * @throws Refusal NoSuchBucket; with If-Match, NoSuchKey and PreconditionFailed
 */
export function deleteObject(
  store: ObjectStore,
  headers: IncomingHttpHeaders,
  bucket: string,
  key: string,
): void {
  const ifMatch = headers['if-match'];
  if (ifMatch !== undefined && !matches(ifMatch, store.find(bucket, key, undefined).etag))
    throw s3Refusal('PreconditionFailed');
  store.delete(bucket, key);
}

function textOf(header: string | string[] | undefined): string | undefined {
  return header === undefined ? undefined : String(header);
}
