import { CopyObjectCommand, DeleteObjectCommand, GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { describe, expect, it } from 'vitest';
import { startS3 } from '../../../local/s3/endpoint.ts';
import { failureOf, useEndpoint } from '../use-endpoint.ts';

const s3 = useEndpoint(
  'S3',
  () => startS3({ buckets: ['to'] }),
  (config) => new S3Client(config),
);

const KEY = 'errors/a b/é+.gz';
const SOURCE = `from/${KEY.split('/').map(encodeURIComponent).join('/')}`;
const ETAG = '"900150983cd24fb0d6963f7d28e17f72"';

async function read(Bucket: string, Key: string) {
  const { Body, ETag, Metadata } = await s3.client.send(new GetObjectCommand({ Bucket, Key }));
  return { text: await Body?.transformToString(), ETag, Metadata };
}

describe('a copy', () => {
  it('has the bytes, the ETag and the metadata of its source', async () => {
    s3.endpoint.putObject('from', KEY, Buffer.from('abc'), { metadata: { name: 'value' } });
    const copy = { Bucket: 'to', Key: 'copy', CopySource: SOURCE, CopySourceIfMatch: ETAG };
    const { CopyObjectResult } = await s3.client.send(new CopyObjectCommand(copy));
    expect(CopyObjectResult?.ETag).toBe(ETAG);
    const expected = { text: 'abc', ETag: ETAG, Metadata: { name: 'value' } };
    expect(await read('to', 'copy')).toEqual(expected);
    expect(await read('from', KEY)).toEqual(expected);
  });

  it.each([
    ['of a missing object', { CopySource: 'from/none' }, 'NoSuchKey'],
    [
      'of another version than expected',
      { CopySource: SOURCE, CopySourceIfMatch: '"x"' },
      'PreconditionFailed',
    ],
    ['into a missing bucket', { CopySource: SOURCE, Bucket: 'none' }, 'NoSuchBucket'],
    ['of nothing', { CopySource: 'from' }, 'InvalidArgument'],
  ])('%s fails', async (_, input, name) => {
    s3.endpoint.putObject('from', KEY, Buffer.from('abc'));
    const copy = new CopyObjectCommand({ Bucket: 'to', Key: 'copy', ...input });
    expect(await failureOf(s3.client.send(copy))).toMatchObject({ name });
  });
});

describe('a delete', () => {
  const remove = (input = {}) =>
    s3.client.send(new DeleteObjectCommand({ Bucket: 'from', Key: KEY, ...input }));

  it('removes the object if it has the expected ETag', async () => {
    s3.endpoint.putObject('from', KEY, Buffer.from('abc'));
    expect(await failureOf(remove({ IfMatch: '"x"' }))).toMatchObject({ name: 'PreconditionFailed' });
    expect(await read('from', KEY)).toMatchObject({ text: 'abc' });
    await remove({ IfMatch: ETAG });
    expect(await failureOf(read('from', KEY))).toMatchObject({ name: 'NoSuchKey' });
    expect(await failureOf(remove({ IfMatch: ETAG }))).toMatchObject({ name: 'NoSuchKey' });
    // Without a condition, deleting nothing succeeds.
    await remove();
  });

  it('keeps the versions of a versioned object', async () => {
    s3.endpoint.putObject('from', KEY, Buffer.from('abc'), { versionId: 'v1' });
    await remove();
    expect(await failureOf(read('from', KEY))).toMatchObject({ name: 'NoSuchKey' });
    const { Body } = await s3.client.send(
      new GetObjectCommand({ Bucket: 'from', Key: KEY, VersionId: 'v1' }),
    );
    expect(await Body?.transformToString()).toBe('abc');
  });
});
