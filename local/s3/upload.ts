import { createHash } from 'node:crypto';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { crc32 } from 'node:zlib';
import { readBody } from '../http/serve.ts';
import { s3Refusal } from './errors.ts';
import { type ObjectOptions, StoredObject } from './objects.ts';
import { META } from './read.ts';

/** Uploads are kept in memory. Use a file for larger objects. */
const maxUploadBytes = 256 * 1024 * 1024;

/**
 * Reads the body of PutObject, plain or `aws-chunked` as the SDKs send it, and verifies its length and digests.
 *
 * @throws Refusal EntityTooLarge, IncompleteBody, BadDigest
 */
export async function readUpload(request: IncomingMessage): Promise<StoredObject> {
  const { headers } = request;
  const body = await readBody(request, maxUploadBytes);
  if (body === undefined) throw s3Refusal('EntityTooLarge');
  const isChunked = String(headers['x-amz-content-sha256'] ?? '').startsWith('STREAMING-');
  const { data, trailers } = isChunked ? decodeChunked(body) : { data: body, trailers: {} };
  const declared = headers['x-amz-decoded-content-length'];
  if (isChunked && declared !== undefined && Number(declared) !== data.length)
    throw s3Refusal('IncompleteBody');
  checkDigests(data, { ...headers, ...trailers }, isChunked);
  return new StoredObject(data, uploadOptions(headers));
}

/**
 * Decodes a body that is followed by its checksum
 * (https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming-trailers.html):
 *
 *     5;chunk-signature=…\r\n     size in hex; the signature only if the chunks are signed
 *     hello\r\n
 *     0\r\n                       the last chunk is empty
 *     x-amz-checksum-crc32:NhCmhg==\r\n
 *     \r\n
 */
function decodeChunked(body: Buffer): { data: Buffer; trailers: Record<string, string> } {
  const chunks: Buffer[] = [];
  let at = 0;
  for (;;) {
    const lineEnd = body.indexOf('\r\n', at);
    const size = Number.parseInt(body.toString('latin1', at, lineEnd), 16);
    if (lineEnd < 0 || !(size >= 0)) throw s3Refusal('IncompleteBody');
    at = lineEnd + 2;
    if (size === 0)
      return { data: Buffer.concat(chunks), trailers: parseTrailers(body.toString('latin1', at)) };
    const chunk = body.subarray(at, at + size);
    if (body.toString('latin1', at + size, at + size + 2) !== '\r\n') throw s3Refusal('IncompleteBody');
    chunks.push(chunk);
    at += size + 2;
  }
}

function parseTrailers(text: string): Record<string, string> {
  const lines = text.split('\r\n').filter((line) => line.includes(':'));
  return Object.fromEntries(
    lines.map((line) => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim()];
    }),
  );
}

type Headers = Record<string, string | string[] | undefined>;

/** Verifies the digests, except CRC-32C and CRC-64/NVME, which Node does not provide. */
function checkDigests(data: Buffer, headers: Headers, isChunked: boolean): void {
  const hash = (algorithm: string, encoding: 'base64' | 'hex') =>
    createHash(algorithm).update(data).digest(encoding);
  const crc = Buffer.alloc(4);
  crc.writeUInt32BE(crc32(data));
  const sha256 = headers['x-amz-content-sha256'];
  const claims: [string | string[] | undefined, () => string][] = [
    [headers['x-amz-checksum-crc32'], () => crc.toString('base64')],
    [headers['x-amz-checksum-sha1'], () => hash('sha1', 'base64')],
    [headers['x-amz-checksum-sha256'], () => hash('sha256', 'base64')],
    [headers['content-md5'], () => hash('md5', 'base64')],
    [isChunked || sha256 === 'UNSIGNED-PAYLOAD' ? undefined : sha256, () => hash('sha256', 'hex')],
  ];
  if (claims.some(([claim, digest]) => claim !== undefined && claim !== digest()))
    throw s3Refusal('BadDigest');
}

/** Returns the object's headers, without `aws-chunked`, which describes only the upload. */
function uploadOptions(headers: IncomingHttpHeaders): ObjectOptions {
  const encodings = (headers['content-encoding'] ?? '').split(',').map((encoding) => encoding.trim());
  const contentEncoding = encodings
    .filter((encoding) => encoding !== '' && encoding !== 'aws-chunked')
    .join(',');
  return {
    contentType: headers['content-type'] ?? 'binary/octet-stream',
    ...(contentEncoding !== '' && { contentEncoding }),
    metadata: Object.fromEntries(
      Object.entries(headers).flatMap(([name, value]) =>
        name.startsWith(META) ? [[name.slice(META.length), String(value)]] : [],
      ),
    ),
  };
}
