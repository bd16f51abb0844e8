import { GetObjectCommand, type GetObjectCommandInput, S3Client } from '@aws-sdk/client-s3';
import { beforeEach, describe, expect, it } from 'vitest';
import { startS3 } from '../../../local/s3/endpoint.ts';
import { failureOf, useEndpoint } from '../use-endpoint.ts';

const s3 = useEndpoint(
  'S3',
  () => startS3(),
  (config) => new S3Client(config),
);

async function read(input: Partial<GetObjectCommandInput> = {}) {
  const answer = await s3.client.send(new GetObjectCommand({ Bucket: 'trail', Key: 'key', ...input }));
  return { ...answer, text: (await answer.Body?.transformToString()) ?? '' };
}

describe('a range', () => {
  beforeEach(() => s3.endpoint.putObject('trail', 'key', Buffer.from('0123456789')));

  it.each([
    ['bytes=0-0', '0', 'bytes 0-0/10'],
    ['bytes=2-4', '234', 'bytes 2-4/10'],
    ['bytes=9-9', '9', 'bytes 9-9/10'],
    ['bytes=8-', '89', 'bytes 8-9/10'],
    ['bytes=8-100', '89', 'bytes 8-9/10'],
    ['bytes=-3', '789', 'bytes 7-9/10'],
    ['bytes=-100', '0123456789', 'bytes 0-9/10'],
  ])('%s returns %s', async (range, text, contentRange) => {
    const answer = await read({ Range: range });
    expect(answer).toMatchObject({ text, ContentRange: contentRange, $metadata: { httpStatusCode: 206 } });
    expect(answer).not.toHaveProperty('ChecksumCRC32');
  });

  it.each(['bytes=10-', 'bytes=10-20', 'bytes=-0'])('%s starts past the end and fails', async (range) => {
    expect(await failureOf(read({ Range: range }))).toMatchObject({
      name: 'InvalidRange',
      $metadata: { httpStatusCode: 416 },
    });
  });

  it.each(['bytes=4-2', 'bytes=0-1,3-4', 'lines=1-2', 'bytes=-'])('%s is ignored', async (range) => {
    expect(await read({ Range: range })).toMatchObject({
      text: '0123456789',
      $metadata: { httpStatusCode: 200 },
    });
  });

  it('is evaluated after If-Match', async () => {
    const { ETag } = await read();
    expect(await read({ IfMatch: ETag, Range: 'bytes=1-1' })).toMatchObject({ text: '1' });
    expect(await read({ IfMatch: '*' })).toMatchObject({ text: '0123456789' });
    const failure = await failureOf(read({ IfMatch: '"another"', Range: 'bytes=99-' }));
    expect(failure).toMatchObject({ name: 'PreconditionFailed', $metadata: { httpStatusCode: 412 } });
  });
});
