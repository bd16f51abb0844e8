import { GetObjectCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { describe, expect, it } from 'vitest';
import { startS3 } from '../../../local/s3/endpoint.ts';
import { failureOf, useEndpoint } from '../use-endpoint.ts';

const s3 = useEndpoint(
  'S3',
  () => startS3({ buckets: ['empty'] }),
  (config) => new S3Client(config),
);

describe('a list', () => {
  it('is paginated, in the order of the UTF-8 bytes', async () => {
    const keys = ['p/😀', 'p/～', 'p/é', 'p/a b&<>', 'p/Z', 'q/a'];
    for (const key of keys) s3.endpoint.putObject('trail', key, Buffer.from('abc'));
    s3.endpoint.putDeleteMarker('trail', 'p/gone', 'v1');
    const first = await s3.client.send(
      new ListObjectsV2Command({ Bucket: 'trail', Prefix: 'p/', MaxKeys: 3 }),
    );
    expect(first).toMatchObject({ IsTruncated: true, KeyCount: 3 });
    const ContinuationToken = first.NextContinuationToken;
    const second = await s3.client.send(
      new ListObjectsV2Command({ Bucket: 'trail', Prefix: 'p/', ContinuationToken }),
    );
    expect(second).toMatchObject({ IsTruncated: false, KeyCount: 2 });
    const listed = [...(first.Contents ?? []), ...(second.Contents ?? [])];
    expect(listed.map(({ Key }) => Key)).toEqual(['p/Z', 'p/a b&<>', 'p/é', 'p/～', 'p/😀']);
    expect(listed[0]).toMatchObject({ Size: 3, ETag: '"900150983cd24fb0d6963f7d28e17f72"' });
  });

  it('is form-encoded on request, like keys in notifications', async () => {
    // The second name and its encoding are AWS's example:
    // https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html
    for (const key of ['my trails/été+1', 'test_file(3).png'])
      s3.endpoint.putObject('encoded', key, Buffer.from('x'));
    const { Contents, EncodingType } = await s3.client.send(
      new ListObjectsV2Command({ Bucket: 'encoded', EncodingType: 'url' }),
    );
    expect(EncodingType).toBe('url');
    expect(Contents?.map(({ Key }) => Key)).toEqual(['my+trails/%C3%A9t%C3%A9%2B1', 'test_file%283%29.png']);
  });

  it('can start after a key, and can be empty', async () => {
    for (const key of ['a', 'b', 'c']) s3.endpoint.putObject('trail', key, Buffer.from('x'));
    const after = await s3.client.send(new ListObjectsV2Command({ Bucket: 'trail', StartAfter: 'b' }));
    expect(after.Contents?.map(({ Key }) => Key)).toEqual(['c']);
    const none = await s3.client.send(new ListObjectsV2Command({ Bucket: 'empty' }));
    expect(none.KeyCount).toBe(0);
    expect(none.Contents).toBeUndefined();
  });
});

describe('a request is rejected', () => {
  const signed = (service: string) =>
    `AWS4-HMAC-SHA256 Credential=id/20260101/eu-west-1/${service}/aws4_request, SignedHeaders=host, Signature=${'0'.repeat(64)}`;

  it.each([
    ['for an unknown bucket', { Bucket: 'elsewhere' }, 'NoSuchBucket', 404],
    ['for an unknown key', { Key: 'absent' }, 'NoSuchKey', 404],
  ])('%s', async (_, input, name, httpStatusCode) => {
    s3.endpoint.putObject('trail', 'key', Buffer.from('x'));
    const read = s3.client.send(new GetObjectCommand({ Bucket: 'trail', Key: 'key', ...input }));
    expect(await failureOf(read)).toMatchObject({ name, $metadata: { httpStatusCode } });
  });

  it('if it is not signed for S3', async () => {
    const status = async (authorization?: string) => {
      const answer = await fetch(`${s3.endpoint.url}/trail/key`, {
        headers: authorization ? { authorization } : {},
      });
      return `${answer.status} ${/<Code>(\w+)/.exec(await answer.text())?.[1]}`;
    };
    s3.endpoint.putObject('trail', 'key', Buffer.from('x'));
    expect(await status()).toBe('403 AccessDenied');
    expect(await status('Bearer token')).toBe('400 AuthorizationHeaderMalformed');
    expect(await status(signed('sqs'))).toBe('400 AuthorizationHeaderMalformed');
    expect(await status(signed('s3'))).toBe('200 undefined');
    expect(s3.endpoint.counts.requests).toBe(1);
  });

  it('if the endpoint does not implement its operation', async () => {
    const authorization = signed('s3');
    s3.endpoint.putObject('trail', 'key', Buffer.from('x'));
    const status = async (path: string, method = 'GET') =>
      (await fetch(s3.endpoint.url + path, { method, headers: { authorization } })).status;
    expect(await status('/trail/key?tagging')).toBe(501);
    expect(await status('/trail/key?uploads', 'POST')).toBe(501);
    expect(await status('/trail/key', 'DELETE')).toBe(405);
    expect(await status('/trail/%E0%A4')).toBe(400);
    expect(await status('/')).toBe(400);
  });
});
