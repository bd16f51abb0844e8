import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { GetObjectCommand, HeadObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { S3Fault, S3Request } from '../../../local/faults.ts';
import { startS3 } from '../../../local/s3/endpoint.ts';
import { useEndpoint } from '../use-endpoint.ts';

const folder = mkdtempSync(join(tmpdir(), 's3-faults-'));
const file = join(folder, 'object');
const content = Buffer.from(Array.from({ length: 400_000 }, (_, index) => index % 251));

const s3 = useEndpoint(
  'S3',
  () => startS3(),
  (config) => new S3Client(config),
);
beforeAll(() => writeFileSync(file, content));
afterAll(() => rmSync(folder, { recursive: true }));

/** Returns the bytes that the client received, and the error that ended the read. */
async function read(range?: string): Promise<{ bytes: Buffer; declared?: number; failure?: unknown }> {
  const chunks: Buffer[] = [];
  let declared: number | undefined;
  try {
    const answer = await s3.client.send(new GetObjectCommand({ Bucket: 'trail', Key: 'key', Range: range }));
    declared = answer.ContentLength;
    for await (const chunk of answer.Body as AsyncIterable<Buffer>) chunks.push(chunk);
    return { bytes: Buffer.concat(chunks), declared };
  } catch (failure) {
    return { bytes: Buffer.concat(chunks), declared, failure };
  }
}

const sources = [
  ['in memory, with a checksum', () => s3.endpoint.putObject('trail', 'key', content)],
  [
    'in memory, without a checksum',
    () => s3.endpoint.putObject('trail', 'key', content, { checksum: 'none' }),
  ],
  ['in a file', () => s3.endpoint.putObject('trail', 'key', { file })],
] as const;

describe('the fault', () => {
  it.each([
    ['notFound', 'NoSuchKey', 404],
    ['accessDenied', 'AccessDenied', 403],
    ['slowDown', 'SlowDown', 503],
    ['internalError', 'InternalError', 500],
  ] as const)('%s answers %s', async (kind, name, httpStatusCode) => {
    s3.endpoint.reset(() => ({ kind }));
    s3.endpoint.putObject('trail', 'key', content);
    expect((await read()).failure).toMatchObject({ name, $metadata: { httpStatusCode } });
    expect(s3.endpoint.faultsExercised[kind]).toBe(1);
  });

  it('refuse closes the connection', async () => {
    s3.endpoint.reset(() => ({ kind: 'refuse' }));
    expect((await read()).failure).toMatchObject({ name: 'TimeoutError', code: 'ECONNRESET' });
    expect(s3.endpoint.faultsExercised.refuse).toBe(1);
  });
});

describe.each(sources)('for an object %s', (_, putObject) => {
  const reset = (fault: S3Fault) => {
    s3.endpoint.reset(() => fault);
    putObject();
  };

  it.each([0, 1, 65_536, 399_999])('cut closes the connection after %i bytes', async (afterBytes) => {
    reset({ kind: 'cut', afterBytes });
    const { bytes, declared, failure } = await read();
    expect(failure).toMatchObject({ message: 'aborted', code: 'ECONNRESET' });
    expect(declared).toBe(400_000);
    expect(content.subarray(0, afterBytes).equals(bytes)).toBe(true);
    expect(s3.endpoint.faultsExercised.cut).toBe(1);
  });

  it('cut counts from the start of a range', async () => {
    reset({ kind: 'cut', afterBytes: 10 });
    const { bytes, failure } = await read('bytes=1000-1999');
    expect(failure).toMatchObject({ message: 'aborted' });
    expect(bytes).toEqual(content.subarray(1000, 1010));
  });

  it('slowBody pauses before each piece and sends all bytes', async () => {
    reset({ kind: 'slowBody', pauseMs: 15, pieceBytes: 100_000 });
    const startedAt = performance.now();
    expect((await read()).bytes.equals(content)).toBe(true);
    expect(performance.now() - startedAt).toBeGreaterThan(55);
    expect(s3.endpoint.faultsExercised.slowBody).toBe(1);
  });

  it('a client that disconnects during the body causes no error in the endpoint', async () => {
    const printed = vi.spyOn(console, 'error');
    reset({ kind: 'slowBody', pauseMs: 10, pieceBytes: 50_000 });
    const answer = await s3.client.send(new GetObjectCommand({ Bucket: 'trail', Key: 'key' }));
    (answer.Body as Readable).destroy();
    await new Promise((resolve) => setTimeout(resolve, 40));
    expect((await read()).bytes.equals(content)).toBe(true);
    expect(printed).not.toHaveBeenCalled();
  });

  it('a fault past the end has no effect and is not counted', async () => {
    for (const fault of [
      { kind: 'cut', afterBytes: 400_000 },
      { kind: 'truncate', toBytes: 400_000 },
      { kind: 'corrupt', atByte: 400_000 },
    ] as const) {
      reset(fault);
      const { bytes, failure } = await read();
      expect(failure).toBeUndefined();
      expect(bytes.equals(content)).toBe(true);
      expect(s3.endpoint.faultsExercised[fault.kind]).toBe(0);
    }
  });
});

// Only without a full-object checksum: with one, the SDK fails these reads, possibly before it returns the last bytes.
describe.each(sources.slice(1))('for an object %s', (_, putObject) => {
  const reset = (fault: S3Fault) => {
    s3.endpoint.reset(() => fault);
    putObject();
  };

  it.each([0, 262_144, 399_999])('corrupt changes only byte %i', async (atByte) => {
    reset({ kind: 'corrupt', atByte, mask: 1 });
    const { bytes } = await read();
    const differing = [...bytes.keys()].filter((index) => bytes[index] !== content[index]);
    expect(differing).toEqual([atByte]);
    expect(s3.endpoint.faultsExercised.corrupt).toBe(1);
  });

  it.each([0, 1, 300_000])('truncate presents %i bytes as a complete body', async (toBytes) => {
    reset({ kind: 'truncate', toBytes });
    const { bytes, declared } = await read();
    expect(declared).toBe(toBytes);
    expect(content.subarray(0, toBytes).equals(bytes)).toBe(true);
    expect(s3.endpoint.faultsExercised.truncate).toBe(1);
  });
});

describe('the SDK', () => {
  const mismatch = { failure: { message: expect.stringMatching(/^Checksum mismatch/) } };

  it.each<S3Fault>([
    { kind: 'wrongChecksum' },
    { kind: 'corrupt', atByte: 7 },
    { kind: 'truncate', toBytes: 7 },
  ])('detects $kind by the checksum of an object in memory', async (fault) => {
    s3.endpoint.reset(() => fault);
    s3.endpoint.putObject('trail', 'key', content);
    expect(await read()).toMatchObject(mismatch);
    expect(s3.endpoint.faultsExercised[fault.kind]).toBe(1);
  });

  it('detects no wrongChecksum without a checksum, and the fault is not counted', async () => {
    s3.endpoint.reset(() => ({ kind: 'wrongChecksum' }));
    s3.endpoint.putObject('trail', 'key', content, { checksum: 'none' });
    expect((await read()).failure).toBeUndefined();
    expect(s3.endpoint.faultsExercised.wrongChecksum).toBe(0);
  });
});

describe('the hook', () => {
  it('sees each request once, and none after a reset', async () => {
    const seen: S3Request[] = [];
    s3.endpoint.reset((request) => void seen.push(request));
    s3.endpoint.putObject('trail', 'key', content);
    await read();
    await s3.client.send(new HeadObjectCommand({ Bucket: 'trail', Key: 'key' }));
    expect(seen).toEqual([
      { operation: 'GetObject', bucket: 'trail', key: 'key', sequence: 0 },
      { operation: 'HeadObject', bucket: 'trail', key: 'key', sequence: 1 },
    ]);
    expect(s3.endpoint.counts.requests).toBe(2);
    s3.endpoint.reset();
    expect((await read()).failure).toMatchObject({ name: 'NoSuchBucket' });
    expect(seen).toHaveLength(2);
    expect(s3.endpoint.counts.requests).toBe(1);
  });
});
