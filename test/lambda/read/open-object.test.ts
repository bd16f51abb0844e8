import { gzipSync } from 'node:zlib';
import { S3Client } from '@aws-sdk/client-s3';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../../lambda/clock.ts';
import { OpenObject } from '../../../lambda/read/open-object.ts';
import { QUEUE } from '../../../local/account.ts';
import { createRandom } from '../../../samples/random.ts';
import { BUCKET, PLENTY_OF_TIME, s3Event, unpackEvents, useLocalAccount } from '../../run-locally.ts';

const local = useLocalAccount();
const records = Array.from({ length: 500 }, (_, n) => ({ n, noise: createRandom(n).base64(60) }));
const document = Buffer.from(JSON.stringify({ Records: records }));
const numbers = () => unpackEvents(local.taken).map(({ message }) => JSON.parse(String(message)).n);

describe('an object that is corrupted in transit once', () => {
  const stored = gzipSync(document);
  it.each([
    ['gzip with S3’s checksum', stored, 'crc32'],
    ['gzip without a checksum', stored, 'none'],
    ['gzip with a composite checksum', stored, 'composite'],
    ['plain JSON with S3’s checksum', document, 'crc32'],
  ] as const)('is delivered unchanged: %s', async (_name, bytes, checksum) => {
    for (const at of [11, bytes.length >> 1, bytes.length - 5]) {
      local.reset({
        s3: ({ sequence }) => (sequence === 0 ? { kind: 'corrupt', atByte: at, mask: 0x10 } : undefined),
      });
      const key = bytes === stored ? 'a.json.gz' : 'a.json';
      local.account().s3.putObject(BUCKET, key, bytes, { checksum });
      const { handler, reports } = local.createHandler({ PACKING: 'single' });
      await local.account().deliver(handler, s3Event(key), () => PLENTY_OF_TIME);

      const delivered = new Set(unpackEvents(local.taken).map(({ message }) => message));
      const missing = records.filter((record) => !delivered.has(JSON.stringify(record)));
      expect({ at, missing }).toEqual({ at, missing: [] });
      expect(local.account().workQueue.deadLetters).toEqual([]);
      expect({ at, errors: reports.map(({ errors }) => errors.map(({ error }) => error)) }).toEqual({
        at,
        errors: [[expect.stringContaining('corrupted-in-transit')], []],
      });
    }
  });
});

describe('a body that is cut off', () => {
  const stored = gzipSync(document);
  const put = () => local.account().s3.putObject(BUCKET, 'a.json.gz', stored);

  it('is continued any number of times while it makes progress', async () => {
    local.reset({ s3: ({ sequence }) => (sequence < 10 ? { kind: 'cut', afterBytes: 2_000 } : undefined) });
    put();
    const { handler, reports } = local.createHandler();
    await handler(s3Event('a.json.gz'), PLENTY_OF_TIME);
    expect(numbers()).toEqual(records.map(({ n }) => n));
    expect(reports).toMatchObject([{ objectsDone: 1, errors: [] }]);
    expect(local.account().s3.counts.requests).toBe(11);
  });

  it('fails without progress', async () => {
    local.reset({ s3: () => ({ kind: 'cut', afterBytes: 0 }) });
    put();
    const { handler } = local.createHandler({ WORK_QUEUE_URL: '' });
    await expect(handler(s3Event('a.json.gz'), PLENTY_OF_TIME)).rejects.toThrow('a.json.gz');
    expect(local.account().s3.counts.requests).toBe(4);
  });

  it('is never completed from another object', async () => {
    local.reset({
      s3({ sequence }) {
        if (sequence === 0) return { kind: 'cut', afterBytes: 5_000 };
        local.account().s3.putObject(BUCKET, 'a.json.gz', gzipSync('{"Records":[]}'));
        return undefined;
      },
    });
    put();
    const { handler, reports } = local.createHandler({ WORK_QUEUE_URL: '' });
    await expect(handler(s3Event('a.json.gz'), PLENTY_OF_TIME)).rejects.toThrow('ObjectReplacedError');
    expect(reports[0]?.recordsRead).toBeGreaterThan(0);
  });
});

it('sends a known ETag with every GET, so S3 refuses another object', async () => {
  const key = 'a.json.gz';
  const seen: (string | undefined)[] = [];
  local.reset({ s3: ({ sequence }) => (sequence === 0 ? { kind: 'cut', afterBytes: 500 } : undefined) });
  local.account().s3.putObject(BUCKET, key, gzipSync(document));
  local.createHandler();
  const s3 = new S3Client();
  s3.middlewareStack.add(
    (next) => (args) => {
      seen.push((args.request as { headers: Record<string, string> }).headers['if-match']);
      return next(args);
    },
    { step: 'finalizeRequest' },
  );
  const read = async (etag?: string) => {
    const ref = { bucket: BUCKET, key, nextRecord: 0, attempt: 0, ...(etag !== undefined && { etag }) };
    const object = new OpenObject(s3, ref, new AbortController().signal, systemClock);
    for await (const _ of object.bytes());
    return object.etag;
  };
  const etag = await read();
  await read(etag);
  await expect(read('"another"')).rejects.toThrow('the object was replaced');
  expect(seen).toEqual([undefined, etag, etag, '"another"']);
  s3.destroy();
});

describe('a versioned object', () => {
  it('resumes with the same version', async () => {
    local.reset({ firehose: ({ sequence }) => (sequence === 1 ? { kind: 'accessDenied' } : undefined) });
    const put = (versionId: string, name: string) => {
      const Records = Array.from({ length: 6 }, (_, n) => ({ n: `${name} ${n}` }));
      local.account().s3.putObject(BUCKET, 'a.json.gz', gzipSync(JSON.stringify({ Records })), { versionId });
    };
    put('one', 'old');
    put('two', 'new');
    const event = s3Event('a.json.gz');
    for (const { s3 } of event.Records) Object.assign(s3.object, { versionId: 'one' });
    const { handler } = local.createHandler({
      PACKING: 'single',
      MAX_BATCH_RECORDS: '2',
      MAX_CALLS_IN_FLIGHT: '1',
    });
    await handler(event, PLENTY_OF_TIME);
    expect(
      local
        .account()
        .sqs.messages(QUEUE)
        .map(({ body }) => JSON.parse(body)),
    ).toMatchObject([{ bucket: BUCKET, key: 'a.json.gz', versionId: 'one', nextRecord: 2, attempt: 0 }]);
    await local.account().deliver(handler, { Records: [] }, () => PLENTY_OF_TIME);
    expect(numbers()).toEqual(['old 0', 'old 1', 'old 2', 'old 3', 'old 4', 'old 5']);
  });
});
