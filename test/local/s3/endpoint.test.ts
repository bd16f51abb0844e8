import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  GetObjectCommand,
  type GetObjectCommandInput,
  HeadObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { startS3 } from '../../../local/s3/endpoint.ts';
import { failureOf, useEndpoint } from '../use-endpoint.ts';

const folder = mkdtempSync(join(tmpdir(), 's3-endpoint-'));

const s3 = useEndpoint(
  'S3',
  () => startS3(),
  (config) => new S3Client(config),
);
afterAll(() => rmSync(folder, { recursive: true }));

async function read(input: Partial<GetObjectCommandInput> = {}) {
  const answer = await s3.client.send(new GetObjectCommand({ Bucket: 'trail', Key: 'key', ...input }));
  return { ...answer, text: (await answer.Body?.transformToString()) ?? '' };
}

describe('a key', () => {
  const odd = [
    'a b',
    'a+b',
    '100%',
    '%2F',
    'é/ü/日本/😀',
    'a//b',
    '/a',
    'a/',
    '../a',
    'a/../b',
    './a',
    '.',
    '..',
    'a?b=c',
    'a#b',
    'a&b;c=d',
    `'"<>\\^{}|\`[]~!*()@,:$`,
    'tab\tline\nend',
  ];

  it.each(odd)('%j can be read back', async (key) => {
    s3.endpoint.putObject('trail', key, Buffer.from(key));
    expect((await read({ Key: key })).text).toBe(key);
  });

  it('of any characters can be read back and is not confused with another', async () => {
    const anyKey = fc.string({ unit: 'binary', minLength: 1, maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(anyKey, async (key) => {
        s3.endpoint.reset();
        s3.endpoint.putObject('trail', key, Buffer.from(key));
        s3.endpoint.putObject('trail', `${key}/`, Buffer.from('another'));
        expect((await read({ Key: key })).text).toBe(key);
      }),
      { numRuns: 60 },
    );
  });

  it('has at most 1,024 bytes', async () => {
    for (const key of ['k'.repeat(1023), 'é'.repeat(512)]) {
      s3.endpoint.putObject('trail', key, Buffer.from('x'));
      expect((await read({ Key: key })).text).toBe('x');
    }
    expect(await failureOf(read({ Key: 'k'.repeat(1025) }))).toMatchObject({ name: 'KeyTooLongError' });
  });
});

describe('an object', () => {
  it('has the headers that the SDK reads', async () => {
    s3.endpoint.putObject('trail', 'key', Buffer.from('hello'), { versionId: 'v1' });
    expect(await read()).toMatchObject({
      text: 'hello',
      ContentLength: 5,
      ETag: '"5d41402abc4b2a76b9719d911017c592"',
      VersionId: 'v1',
      ChecksumCRC32: 'NhCmhg==',
      ChecksumType: 'FULL_OBJECT',
      ContentEncoding: 'gzip',
      LastModified: expect.any(Date),
    });
  });

  it('answers HEAD with the same headers', async () => {
    s3.endpoint.putObject('trail', 'key', Buffer.from('hello'), { checksum: 'none', contentEncoding: '' });
    const head = await s3.client.send(
      new HeadObjectCommand({ Bucket: 'trail', Key: 'key', ChecksumMode: 'ENABLED' }),
    );
    expect(head).toMatchObject({ ContentLength: 5, ETag: '"5d41402abc4b2a76b9719d911017c592"' });
    for (const absent of ['ChecksumCRC32', 'ContentEncoding', 'VersionId'])
      expect(head).not.toHaveProperty(absent);
  });

  it('can be empty', async () => {
    s3.endpoint.putObject('trail', 'key', Buffer.alloc(0));
    expect(await read()).toMatchObject({ text: '', ContentLength: 0, ChecksumCRC32: 'AAAAAA==' });
  });

  it('can be a file, which is read only in the requested range', async () => {
    // A sparse file of 5 GiB, more than fits into a Buffer, with a few bytes at the end.
    const file = join(folder, 'large');
    writeFileSync(file, '');
    truncateSync(file, 5 * 1024 ** 3);
    writeFileSync(file, 'the end', { flag: 'a' });
    s3.endpoint.putObject('trail', 'key', { file });
    expect(await read({ Range: 'bytes=-7' })).toMatchObject({
      text: 'the end',
      ContentRange: 'bytes 5368709120-5368709126/5368709127',
    });
    expect(
      await s3.client.send(new HeadObjectCommand({ Bucket: 'trail', Key: 'key', ChecksumMode: 'ENABLED' })),
    ).toMatchObject({
      ContentLength: 5_368_709_127,
      ETag: expect.stringMatching(/^"[0-9a-f]{32}-2"$/),
      ChecksumType: 'COMPOSITE',
    });
  });

  it('in a file can be read completely through the SDK', async () => {
    const file = join(folder, 'complete');
    const content = Buffer.alloc(1_500_000, 'abc');
    writeFileSync(file, content);
    s3.endpoint.putObject('trail', 'key', { file });
    expect((await read()).text).toBe(content.toString());
  });

  it('in a missing file fails at once', () => {
    expect(() => s3.endpoint.putObject('trail', 'key', { file: join(folder, 'absent') })).toThrow('ENOENT');
  });
});

describe('versions', () => {
  it('are found by ID, and without one the latest is found', async () => {
    s3.endpoint.putObject('trail', 'key', Buffer.from('unversioned'));
    s3.endpoint.putObject('trail', 'key', Buffer.from('one'), { versionId: 'v1' });
    s3.endpoint.putObject('trail', 'key', Buffer.from('two'), { versionId: 'v2' });
    expect(await read()).toMatchObject({ text: 'two', VersionId: 'v2' });
    expect(await read({ VersionId: 'v1' })).toMatchObject({ text: 'one', VersionId: 'v1' });
    expect(await read({ VersionId: 'null' })).toMatchObject({ text: 'unversioned' });
    expect(await failureOf(read({ VersionId: 'v3' }))).toMatchObject({
      name: 'NoSuchVersion',
      $metadata: { httpStatusCode: 404 },
    });
  });

  it('remain after a delete marker, which cannot be read itself', async () => {
    s3.endpoint.putObject('trail', 'key', Buffer.from('one'), { versionId: 'v1' });
    s3.endpoint.putDeleteMarker('trail', 'key', 'v2');
    expect(await failureOf(read())).toMatchObject({ name: 'NoSuchKey' });
    expect(await failureOf(read({ VersionId: 'v2' }))).toMatchObject({
      name: 'MethodNotAllowed',
      $metadata: { httpStatusCode: 405 },
    });
    expect(await read({ VersionId: 'v1' })).toMatchObject({ text: 'one' });
  });

  it('without an ID replace each other', async () => {
    s3.endpoint.putObject('trail', 'key', Buffer.from('one'));
    s3.endpoint.putObject('trail', 'key', Buffer.from('two'));
    expect(await read({ VersionId: 'null' })).toMatchObject({ text: 'two' });
  });
});
