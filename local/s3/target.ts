import type { IncomingMessage } from 'node:http';
import type { S3Request } from '../faults.ts';
import { s3Refusal } from './errors.ts';

/** Operation and decoded bucket and key of a request. */
export interface S3Target {
  readonly operation: S3Request['operation'];
  readonly bucket: string;
  readonly key: string;
  readonly query: URLSearchParams;
}

/** Longest key, in UTF-8: https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html */
const maxKeyBytes = 1024;

/**
 * Parses a path-style request target, `/bucket/key?query`. Does not use `URL`, which would resolve `..`, `.`
 * and `//`: in a key they have no special meaning.
 *
 * @throws Refusal InvalidURI, KeyTooLongError, MethodNotAllowed, NotImplemented (tagging, multipart uploads, …)
 */
export function parseTarget(request: IncomingMessage): S3Target {
  const [path = '', search = ''] = splitAt(request.url ?? '', '?');
  const [bucket, rawKey] = splitAt(path.slice(1), '/');
  const key = decode(rawKey);
  if (path[0] !== '/' || bucket === '') throw s3Refusal('InvalidURI');
  if (Buffer.byteLength(key) > maxKeyBytes) throw s3Refusal('KeyTooLongError');
  const query = new URLSearchParams(search);
  return { operation: operationOf(request, key, query), bucket: decode(bucket), key, query };
}

function splitAt(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw s3Refusal('InvalidURI');
  }
}

const V1_PARAMETERS = new Set(['delimiter', 'encoding-type', 'marker', 'max-keys', 'prefix']);

function operationOf(request: IncomingMessage, key: string, query: URLSearchParams): S3Target['operation'] {
  if (key === '' && request.method === 'GET') {
    if (query.has('location')) return 'GetBucketLocation';
    if (query.get('list-type') === '2') return 'ListObjectsV2';
    if ([...query.keys()].every((name) => V1_PARAMETERS.has(name))) return 'ListObjects';
  }
  if (key === '') throw s3Refusal('NotImplemented');
  // Any other query parameter selects another operation or changes the response.
  const isPlain = [...query.keys()].every((name) => name === 'x-id' || name === 'versionId');
  if (!isPlain) throw s3Refusal('NotImplemented');
  const isCopy = request.headers['x-amz-copy-source'] !== undefined;
  switch (request.method) {
    case 'GET':
      return 'GetObject';
    case 'HEAD':
      return 'HeadObject';
    case 'PUT':
      return isCopy ? 'CopyObject' : 'PutObject';
    case 'DELETE':
      // Deletes of one version are not implemented.
      if (query.has('versionId')) throw s3Refusal('NotImplemented');
      return 'DeleteObject';
    default:
      throw s3Refusal('MethodNotAllowed');
  }
}
