import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import type { S3Fault } from '../faults.ts';
import { type ByteRange, planBody, sendBody } from './body.ts';
import { s3Refusal } from './errors.ts';
import type { StoredObject } from './objects.ts';

/**
 * Answers GET and HEAD of an object: https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
 *
 * @param countFault called before the body is sent if the fault changes the response
 * @throws Refusal PreconditionFailed, InvalidRange
 */
export async function answerRead(
  response: ServerResponse,
  object: StoredObject,
  request: {
    readonly isHead: boolean;
    readonly headers: IncomingHttpHeaders;
    readonly counts: { sentBytes: number };
  },
  fault: S3Fault | undefined,
  countFault: () => void,
): Promise<void> {
  const { headers, isHead, counts } = request;
  // Before the range: a client that resumes reading a replaced object must get a 412, not a 416.
  const isReplaced = !matches(headers['if-match'], object.etag);
  if (isReplaced && fault?.kind === 'ignoreConditions') countFault();
  else if (isReplaced) throw s3Refusal('PreconditionFailed');
  const range = requestedRange(headers.range, object.size);
  const plan = planBody(range ?? { start: 0, end: object.size - 1 }, isHead ? undefined : fault);
  const checksum = range === undefined && headers['x-amz-checksum-mode'] === 'ENABLED';
  const wrongChecksum = !isHead && fault?.kind === 'wrongChecksum';
  const checksumHeaders = checksum ? object.checksumHeaders(wrongChecksum) : {};
  if (plan.fault !== undefined || (wrongChecksum && 'x-amz-checksum-crc32' in checksumHeaders)) countFault();
  response.writeHead(range === undefined ? 200 : 206, {
    ...objectHeaders(object),
    ...checksumHeaders,
    ...(range && { 'content-range': `bytes ${range.start}-${range.end}/${object.size}` }),
    'content-length': plan.contentLength,
  });
  if (isHead) {
    response.end();
  } else {
    await sendBody(response, object.source, plan, counts);
  }
}

/** Whether a condition like `If-Match` allows an object. */
export function matches(ifMatch: string | undefined, etag: string): boolean {
  if (ifMatch === undefined || ifMatch.trim() === '*') return true;
  return ifMatch
    .split(',')
    .some((candidate) => candidate.trim().replaceAll('"', '') === etag.replaceAll('"', ''));
}

/**
 * Parses `bytes=a-b`, `bytes=a-` or `bytes=-n`. S3 answers any other form, including several ranges, with the
 * full object.
 *
 * @throws Refusal InvalidRange for a range that starts past the end
 */
function requestedRange(header: string | undefined, size: number): ByteRange | undefined {
  const [, first = '', last = ''] = /^bytes=(\d*)-(\d*)$/.exec(header?.trim() ?? '') ?? [];
  if (first === '' && last === '') return undefined;
  const start = first === '' ? Math.max(0, size - Number(last)) : Number(first);
  const end = first === '' || last === '' ? size - 1 : Math.min(Number(last), size - 1);
  if (first !== '' && last !== '' && Number(last) < start) return undefined;
  if (start >= size) throw s3Refusal('InvalidRange', { 'content-range': `bytes */${size}` });
  return { start, end };
}

/** Prefix of the headers with an object's metadata. */
export const META = 'x-amz-meta-';

function objectHeaders(object: StoredObject): Record<string, string> {
  const { versionId, contentType = 'application/json', contentEncoding, metadata = {} } = object.options;
  return {
    'accept-ranges': 'bytes',
    etag: object.etag,
    'last-modified': object.lastModified.toUTCString(),
    'content-type': contentType,
    ...(contentEncoding && { 'content-encoding': contentEncoding }),
    ...(versionId && { 'x-amz-version-id': versionId }),
    ...Object.fromEntries(Object.entries(metadata).map(([name, value]) => [`${META}${name}`, value])),
  };
}
