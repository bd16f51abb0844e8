import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BUCKET, s3Event } from '../../run-locally.ts';
import { bundleFunction, startRecordedAccount } from '../deployed-locally.ts';
import { synthesize } from '../synthesize.ts';

/** Memory for Lambda's runtime and a user's extensions, in addition to this process. */
const KEPT_FREE_BYTES = 64 * 2 ** 20;
const MEMORY_MIB = 512;

/** Almost the default size limit of a record. */
const LONG = 4 * 2 ** 20 - 100;

const repeated = (text: string, bytes: number) => text.repeat(Math.floor(bytes / text.length));
const recordWith = (value: string) => `{"requestParameters":${value}}`;
const arrayOf = (item: string) => recordWith(`[${repeated(`${item},`, LONG)}0]`);
const objectOf = (member: (n: number) => string) => {
  const members = Array.from({ length: LONG / member(999_999).length - 1 }, (_, n) => member(n));
  return recordWith(`{${members}}`);
};
const documentOf = (...records: string[]) => gzipSync(`{"Records":[${records}]}`);

/** Gzip members that inflate to the given number of MiB of a repeated text. */
function filled(text: string, mebibytes: number): Buffer {
  return Buffer.concat(new Array<Buffer>(mebibytes).fill(gzipSync(repeated(text, 2 ** 20))));
}

const twice = (record: string) => documentOf(record, record);

/** Small objects that need a lot of memory to read. */
const OBJECTS: Record<string, () => Buffer> = {
  'two records of brackets': () => twice(recordWith('['.repeat(LONG))),
  'two records of nesting just below the limit': () =>
    twice(arrayOf(`${'['.repeat(9_000)}${']'.repeat(9_000)}`)),
  'two records of empty objects': () => twice(arrayOf('{}')),
  'two records of numbers that keep their notation': () => twice(arrayOf('1.0e0')),
  'two records of unique keys': () => twice(objectOf((n) => `"${n}":0`)),
  'a record of 100 MB': () =>
    Buffer.concat([gzipSync('{"Records":[{"a":"'), filled('x', 100), gzipSync('"}]}')]),
  'spaces between records': () =>
    Buffer.concat([gzipSync('{"Records":[{}'), filled(' ', 200), gzipSync(',{}]}')]),
  'two-byte records': () =>
    Buffer.concat([gzipSync(`{"Records":[${'{},'.repeat(50_000)}{}`), gzipSync(']}')]),
};

describe(`a function of ${MEMORY_MIB} MiB`, () => {
  let bundle: ReturnType<typeof bundleFunction>;
  let account: Awaited<ReturnType<typeof startRecordedAccount>>;
  let child: ChildProcess;

  beforeAll(async () => {
    bundle = bundleFunction();
    account = await startRecordedAccount();
    const env = account.environmentOf(synthesize({ memoryMiB: MEMORY_MIB }));
    const script = fileURLToPath(new URL('./invoke-bundle.mjs', import.meta.url));
    child = fork(script, [bundle.file], { env: { ...process.env, ...env }, execArgv: [], silent: true });
    await once(child, 'message');
  }, 60_000);
  afterAll(async () => {
    child?.kill();
    await account?.close();
    bundle?.remove();
  });

  it.each(Object.keys(OBJECTS))('can read three such objects at once: %s', async (name) => {
    const stored = OBJECTS[name]?.() as Buffer;
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
