import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ENV } from '../../lambda/contract.ts';
import { generateRecords } from '../../samples/generate-records.ts';
import { takeBytes, writeLogObject } from '../../samples/log-object.ts';
import { bundleFunction, STREAMS, startRecordedAccount } from '../infra/deployed-locally.ts';
import { synthesize } from '../infra/synthesize.ts';
import { BUCKET, s3Event } from '../run-locally.ts';
import { HOSTILE_OBJECTS } from './hostile-table.ts';

/** Memory for Lambda's runtime and a user's extensions, in addition to this process. */
const KEPT_FREE_BYTES = 64 * 2 ** 20;
const MEMORY_MIB = 512;

/** With this concurrency, the quota is taken for unknown, so the function sends as fast as it can. */
const SETTINGS = { memoryMiB: MEMORY_MIB, maxConcurrency: 2 };

/** The deployed bundle, in a separate process, reads each object within a small function's memory. */
describe(`a function of ${MEMORY_MIB} MiB`, () => {
  let bundle: ReturnType<typeof bundleFunction>;
  let account: Awaited<ReturnType<typeof startRecordedAccount>>;
  let child: ChildProcess;

  beforeAll(async () => {
    bundle = bundleFunction();
    account = await startRecordedAccount();
    const env = account.environmentOf(synthesize(SETTINGS));
    const script = fileURLToPath(new URL('../../bench/invoke-bundle.mjs', import.meta.url));
    child = fork(script, [bundle.file], { env: { ...process.env, ...env }, execArgv: [], silent: true });
    await once(child, 'message');
  }, 60_000);
  afterAll(async () => {
    child?.kill();
    await account?.close();
    bundle?.remove();
  });

  it.each(Object.keys(HOSTILE_OBJECTS))('can read three such objects at once: %s', async (name) => {
    const stored = HOSTILE_OBJECTS[name]?.() as Buffer;
    const keys = Array.from({ length: 3 }, (_, i) => `${i}.json.gz`);
    for (const key of keys) account.s3.putObject(BUCKET, key, stored);
    account.calls.length = 0;
    const body = JSON.stringify(s3Event(...keys));
    child.send({ Records: [{ eventSource: 'aws:sqs', messageId: 'm', body }] });
    const [{ answer, peakBytes }] = await once(child, 'message');
    expect(account.calls.filter(({ action }) => action === 's3:GetObject').length).toBeGreaterThanOrEqual(3);
    expect(answer).toHaveProperty('batchItemFailures');
    expect(peakBytes).toBeLessThan(MEMORY_MIB * 2 ** 20 - KEPT_FREE_BYTES);
  });
});

/** Inflated size of each of ten objects: more than what all streams together have in flight. */
const LARGE_BYTES = 20_000_000;

/**
 * Each stream has a call in flight, one that waits and one that is collected. With ten objects, up to ten streams are
 * open at once.
 */
describe('ten large objects', () => {
  let bundle: ReturnType<typeof bundleFunction>;
  let account: Awaited<ReturnType<typeof startRecordedAccount>>;
  const keys = Array.from({ length: 10 }, (_, i) => `AWSLogs/${i}.json.gz`);

  beforeAll(async () => {
    bundle = bundleFunction();
    account = await startRecordedAccount();
    // The peak of a forked process is at least what its parent had in memory.
    account.accepted.push = () => 0;
    const records = takeBytes(generateRecords({ seed: 1, count: Number.POSITIVE_INFINITY }), LARGE_BYTES);
    const chunks: Buffer[] = [];
    const stored = new Writable({
      write(chunk: Buffer, _, done) {
        chunks.push(chunk);
        done();
      },
    });
    await writeLogObject(records, stored);
    for (const key of keys) account.s3.putObject(BUCKET, key, Buffer.concat(chunks));
  }, 120_000);
  afterAll(async () => {
    await account?.close();
    bundle?.remove();
  });

  it.each([
    [1, 'lines'],
    [10, 'lines'],
    [1, 'gzip'],
    [8, 'gzip'],
  ])('fit in a small function with %i streams and packing %s', async (streams, packing) => {
    const env = {
      ...account.environmentOf(synthesize(SETTINGS)),
      [ENV.deliveryStreamName]: STREAMS.slice(0, streams).join(),
      [ENV.packing]: packing,
    };
    const script = fileURLToPath(new URL('../../bench/invoke-bundle.mjs', import.meta.url));
    const child = fork(script, [bundle.file], {
      env: { ...process.env, ...env },
      execArgv: [],
      silent: true,
    });
    try {
      await once(child, 'message');
      const Records = keys.map((key) => ({
        eventSource: 'aws:sqs',
        messageId: key,
        body: JSON.stringify(s3Event(key)),
      }));
      child.send({ Records });
      const [{ answer, peakBytes }] = await once(child, 'message');
      expect(answer).toEqual({ batchItemFailures: [] });
      console.log(`${streams} streams, ${packing}: peak ${(peakBytes / 1e6).toFixed(0)} MB`);
      expect(peakBytes).toBeLessThan(MEMORY_MIB * 2 ** 20 - KEPT_FREE_BYTES);
    } finally {
      child.kill();
    }
  });
});
