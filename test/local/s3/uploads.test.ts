import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { beforeEach, describe, expect, it } from 'vitest';
import { startS3 } from '../../../local/s3/endpoint.ts';
import { useEndpoint } from '../use-endpoint.ts';

const uploads: string[] = [];

const s3 = useEndpoint(
  'S3',
  () =>
    startS3({
      buckets: ['trail'],
      onUpload: (bucket, key, { size }) => uploads.push(`${bucket}/${key}: ${size}`),
    }),
  (config) => new S3Client(config),
);
beforeEach(() => {
  uploads.length = 0;
});

async function readBack(key: string) {
  const answer = await s3.client.send(new GetObjectCommand({ Bucket: 'trail', Key: key }));
  return { ...answer, bytes: Buffer.from((await answer.Body?.transformToByteArray()) ?? []) };
}

/** Sends a raw PUT, for requests that the SDK does not send. */
function put(body: string, headers: Record<string, string>): Promise<Response> {
  const authorization = `AWS4-HMAC-SHA256 Credential=id/20260101/eu-west-1/s3/aws4_request, SignedHeaders=host, Signature=${'0'.repeat(64)}`;
  return fetch(`${s3.endpoint.url}/trail/raw`, {
    method: 'PUT',
    body,
    headers: { authorization, ...headers },
  });
}

describe('PutObject through the SDK', () => {
  it('stores a buffer byte for byte and answers its MD5', async () => {
    const Body = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
    const answer = await s3.client.send(
      new PutObjectCommand({
        Bucket: 'trail',
        Key: 'a b+c',
        Body,
        ContentType: 'application/json',
        ContentEncoding: 'gzip',
      }),
    );
    expect(answer.ETag).toBe(`"${createHash('md5').update(Body).digest('hex')}"`);
    expect(await readBack('a b+c')).toMatchObject({
      bytes: Body,
      ContentType: 'application/json',
      ContentEncoding: 'gzip',
    });
    expect(uploads).toEqual(['trail/a b+c: 256']);
  });

  it('stores a stream, which the SDK sends as aws-chunked with a trailing checksum', async () => {
    const chunks = Array.from({ length: 40 }, (_, index) => Buffer.alloc(8192 + index, index));
    const content = Buffer.concat(chunks);
    await s3.client.send(
      new PutObjectCommand({
        Bucket: 'trail',
        Key: 'stream',
        Body: Readable.from(chunks),
        ContentLength: content.length,
        ContentEncoding: 'gzip',
      }),
    );
    const { bytes, ContentEncoding } = await readBack('stream');
    expect(bytes.equals(content)).toBe(true);
    expect(ContentEncoding).toBe('gzip');
  });

  it.each(['SHA1', 'SHA256', 'CRC32', 'CRC32C'] as const)(
    'accepts a body with a %s checksum',
    async (ChecksumAlgorithm) => {
      await s3.client.send(
        new PutObjectCommand({ Bucket: 'trail', Key: 'k', Body: 'hello', ChecksumAlgorithm }),
      );
      expect((await readBack('k')).bytes.toString()).toBe('hello');
    },
  );

  it('accepts more than 2 MiB, for which the SDK waits for a 100 Continue', async () => {
    const Body = Buffer.alloc(2 * 1024 * 1024 + 1, 'x');
    await s3.client.send(new PutObjectCommand({ Bucket: 'trail', Key: 'large', Body }));
    expect((await readBack('large')).bytes.equals(Body)).toBe(true);
  });

  it('stores an empty object', async () => {
    await s3.client.send(new PutObjectCommand({ Bucket: 'trail', Key: 'empty', Body: Buffer.alloc(0) }));
    expect((await readBack('empty')).bytes).toHaveLength(0);
  });

  it('fails for an unknown bucket', async () => {
    const put = s3.client.send(
      new PutObjectCommand({ Bucket: 'elsewhere', Key: 'k', Body: Buffer.alloc(500_000) }),
    );
    await expect(put).rejects.toMatchObject({ name: 'NoSuchBucket' });
    expect(uploads).toEqual([]);
  });
});

describe('a raw PutObject', () => {
  const chunked = {
    'x-amz-content-sha256': 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER',
    'content-encoding': 'aws-chunked',
  };

  it('can have signed chunks and a signed trailer', async () => {
    const body =
      '5;chunk-signature=ab\r\nhello\r\n1;chunk-signature=cd\r\n!\r\n0;chunk-signature=ef\r\nx-amz-checksum-sha1:\r\n\r\n';
    const sha1 = createHash('sha1').update('hello!').digest('base64');
    const answer = await put(body.replace('sha1:', `sha1:${sha1}`), {
      ...chunked,
      'x-amz-decoded-content-length': '6',
    });
    expect(answer.status).toBe(200);
    const { bytes, ContentEncoding } = await readBack('raw');
    expect(bytes.toString()).toBe('hello!');
    expect(ContentEncoding).toBeUndefined();
  });

  it.each([
    [
      'a trailer that does not match',
      '5\r\nhello\r\n0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n',
      chunked,
      'BadDigest',
    ],
    ['a short chunk', '9\r\nhello\r\n0\r\n\r\n', chunked, 'IncompleteBody'],
    ['no last chunk', '5\r\nhello\r\n', chunked, 'IncompleteBody'],
    ['no chunks', 'hello', chunked, 'IncompleteBody'],
    [
      'a length that does not match',
      '5\r\nhello\r\n0\r\n\r\n',
      { ...chunked, 'x-amz-decoded-content-length': '6' },
      'IncompleteBody',
    ],
    ['an MD5 that does not match', 'hello', { 'content-md5': 'AAAA' }, 'BadDigest'],
    ['a SHA-256 that does not match', 'hello', { 'x-amz-content-sha256': '0'.repeat(64) }, 'BadDigest'],
  ])('is rejected with %s', async (_, body, headers, code) => {
    const answer = await put(body, headers);
    expect(answer.status).toBe(400);
    expect(await answer.text()).toContain(`<Code>${code}</Code>`);
    expect(uploads).toEqual([]);
  });
});
