import {
  GetBucketLocationCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
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
    s3.endpoint.putObject('trail', 'bb', Buffer.from('x'));
    const later = await s3.client.send(new ListObjectsV2Command({ Bucket: 'trail', StartAfter: 'b' }));
    expect(later.Contents?.map(({ Key }) => Key)).toEqual(['bb', 'c']);
    const none = await s3.client.send(new ListObjectsV2Command({ Bucket: 'empty' }));
    expect(none.KeyCount).toBe(0);
    expect(none.Contents).toBeUndefined();
  });
});

describe('an object of an archive class', () => {
  const restoredUntil = new Date('2099-01-01T00:00:00Z');
  const list = (input: object = {}) =>
    s3.client.send(new ListObjectsV2Command({ Bucket: 'archive', ...input }));
  const get = (Key: string) => s3.client.send(new GetObjectCommand({ Bucket: 'archive', Key }));

  it('is listed with its class, and on request with its restore', async () => {
    s3.endpoint.putObject('archive', 'a', Buffer.from('x'), { storageClass: 'GLACIER' });
    s3.endpoint.putObject('archive', 'b', Buffer.from('x'), { storageClass: 'DEEP_ARCHIVE', restoredUntil });
    s3.endpoint.putObject('archive', 'c', Buffer.from('x'));
    const plain = (await list()).Contents ?? [];
    expect(plain.map(({ StorageClass }) => StorageClass)).toEqual(['GLACIER', 'DEEP_ARCHIVE', 'STANDARD']);
    expect(plain.map(({ RestoreStatus }) => RestoreStatus)).toEqual([undefined, undefined, undefined]);
    const { Contents = [] } = await list({ OptionalObjectAttributes: ['RestoreStatus'] });
    expect(Contents.map(({ RestoreStatus }) => RestoreStatus)).toEqual([
      undefined,
      { IsRestoreInProgress: false, RestoreExpiryDate: restoredUntil },
      undefined,
    ]);
  });

  it('can be read only after its restore', async () => {
    s3.endpoint.putObject('archive', 'a', Buffer.from('x'), { storageClass: 'GLACIER' });
    s3.endpoint.putObject('archive', 'b', Buffer.from('x'), { storageClass: 'GLACIER', restoredUntil });
    s3.endpoint.putObject('archive', 'c', Buffer.from('x'), { storageClass: 'GLACIER_IR' });
    expect(await failureOf(get('a'))).toMatchObject({ name: 'InvalidObjectState' });
    for (const key of ['b', 'c']) expect((await get(key)).ContentLength).toBe(1);
  });
});

describe('a list of folders', () => {
  const keys = ['a/1', 'a/2', 'b', 'c/x/1', 'c/y/1', 'd'];
  const put = () => {
    for (const key of keys) s3.endpoint.putObject('trail', key, Buffer.from('x'));
  };

  /** Reads all pages. Common prefixes end with a slash. */
  async function listAll(input: { Prefix?: string; MaxKeys?: number; StartAfter?: string }) {
    const pages: string[][] = [];
    for (let ContinuationToken: string | undefined, isLast = false; !isLast; ) {
      const page = await s3.client.send(
        new ListObjectsV2Command({ Bucket: 'trail', Delimiter: '/', ContinuationToken, ...input }),
      );
      const names = [...(page.Contents ?? []).map(({ Key = '' }) => Key)];
      names.push(...(page.CommonPrefixes ?? []).map(({ Prefix = '' }) => Prefix));
      expect(page.KeyCount).toBe(names.length);
      expect(page.Delimiter).toBe('/');
      pages.push(names.sort());
      ContinuationToken = page.NextContinuationToken;
      isLast = !page.IsTruncated;
    }
    return pages;
  }

  it('has each common prefix once, and the keys of the folder', async () => {
    put();
    expect(await listAll({})).toEqual([['a/', 'b', 'c/', 'd']]);
    expect(await listAll({ Prefix: 'c/' })).toEqual([['c/x/', 'c/y/']]);
    expect(await listAll({ Prefix: 'c' })).toEqual([['c/']]);
    expect(await listAll({ Prefix: 'e/' })).toEqual([[]]);
  });

  it('counts a common prefix as one item of a page, and does not repeat it on the next', async () => {
    put();
    expect(await listAll({ MaxKeys: 1 })).toEqual([['a/'], ['b'], ['c/'], ['d']]);
    expect(await listAll({ MaxKeys: 3 })).toEqual([['a/', 'b', 'c/'], ['d']]);
  });

  it('starts after a key, even inside a folder', async () => {
    put();
    expect(await listAll({ StartAfter: 'a/1' })).toEqual([['a/', 'b', 'c/', 'd']]);
    expect(await listAll({ StartAfter: 'a/2' })).toEqual([['b', 'c/', 'd']]);
  });

  it('can be asked for with the older call, page by page', async () => {
    put();
    const list = (input: object) => s3.client.send(new ListObjectsCommand({ Bucket: 'trail', ...input }));
    const first = await list({ MaxKeys: 2, Marker: 'a/1' });
    expect(first).toMatchObject({ IsTruncated: true, Contents: [{ Key: 'a/2' }, { Key: 'b' }] });
    expect(first.NextMarker).toBeUndefined();
    expect(await list({ MaxKeys: 2, Delimiter: '/' })).toMatchObject({ IsTruncated: true, NextMarker: 'b' });
    expect((await list({ Marker: 'c/', Delimiter: '/' })).CommonPrefixes).toBeUndefined();
  });
});

describe('an object', () => {
  it('returns the metadata that it was stored with', async () => {
    const target = { Bucket: 'trail', Key: 'key' };
    s3.endpoint.putObject('trail', 'key', Buffer.from('x'), { metadata: { signature: 'ab' } });
    expect((await s3.client.send(new HeadObjectCommand(target))).Metadata).toEqual({ signature: 'ab' });
    await s3.client.send(
      new PutObjectCommand({ ...target, Body: 'x', Metadata: { Signature: 'cd', other: '1' } }),
    );
    const { Metadata } = await s3.client.send(new GetObjectCommand(target));
    expect(Metadata).toEqual({ signature: 'cd', other: '1' });
  });
});

describe('a bucket', () => {
  it('is in us-east-1', async () => {
    const location = (Bucket: string) => s3.client.send(new GetBucketLocationCommand({ Bucket }));
    expect((await location('empty')).LocationConstraint).toBeUndefined();
    expect(await failureOf(location('elsewhere'))).toMatchObject({ name: 'NoSuchBucket' });
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
    expect(await status('/trail/key?versionId=v', 'DELETE')).toBe(501);
    expect(await status('/trail/key', 'PATCH')).toBe(405);
    expect(await status('/trail/%E0%A4')).toBe(400);
    expect(await status('/')).toBe(400);
  });
});
