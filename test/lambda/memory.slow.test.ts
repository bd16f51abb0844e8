import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bundleFunction, startRecordedAccount } from '../infra/deployed-locally.ts';
import { synthesize } from '../infra/synthesize.ts';
import { BUCKET, s3Event } from '../run-locally.ts';
import { HOSTILE_OBJECTS } from './hostile-table.ts';

/** Memory for Lambda's runtime and a user's extensions, in addition to this process. */
const KEPT_FREE_BYTES = 64 * 2 ** 20;
const MEMORY_MIB = 512;

/** The deployed bundle, in a separate process, reads each object within a small function's memory. */
describe(`a function of ${MEMORY_MIB} MiB`, () => {
  let bundle: ReturnType<typeof bundleFunction>;
  let account: Awaited<ReturnType<typeof startRecordedAccount>>;
  let child: ChildProcess;

  beforeAll(async () => {
    bundle = bundleFunction();
    account = await startRecordedAccount();
    const env = account.environmentOf(synthesize({ memoryMiB: MEMORY_MIB }));
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
