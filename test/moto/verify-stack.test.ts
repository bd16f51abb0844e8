import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { createSigningKey, DAY, HOUR_MS, SignedTrail, utc } from '../../samples/signed-trail.ts';
import { useCli } from '../cli/run-cli.ts';
import { resolve, synthesize } from '../infra/synthesize.ts';
import { type Clients, createBucket, createClients, createPipeline } from './create-pipeline.ts';
import { AWS_VARIABLES, type MotoServer, startMoto } from './moto-server.ts';

const python = inject('python');
const cli = useCli();

/** The bucket that the digests of `SignedTrail` name. */
const BUCKET = 'example-trail-bucket';
const FUNCTION = 'test-deliver';
const HOURS = 3;
const PREPARE_SCRIPT = fileURLToPath(new URL('./prepare_account.py', import.meta.url));

describe.skipIf(python.missing)('verify with a stack, with the services of moto', () => {
  const signer = createSigningKey();
  let moto: MotoServer;
  let clients: Clients;
  let folder: string;

  beforeAll(async () => {
    moto = await startMoto(python.bin ?? '');
    clients = createClients(moto.url);
    folder = mkdtempSync(join(tmpdir(), 'verify-stack-'));
    const key = {
      Value: signer.publicKey.toString('base64'),
      ValidityStartTime: utc(DAY - 24 * HOUR_MS),
      ValidityEndTime: utc(DAY + 48 * HOUR_MS),
      Fingerprint: signer.fingerprint,
    };
    writeFileSync(join(folder, 'keys.json'), JSON.stringify({ PublicKeyList: [key] }));
  });
  beforeEach(() => moto.reset());
  afterAll(async () => {
    await moto?.close();
    rmSync(folder, { recursive: true });
  });

  /** Creates the stack with its function, the trail's objects, and a receipt for each log object of its own kind. */
  async function deploy(
    changes: {
      environment?: object;
      outputs?: Record<string, string | undefined>;
      withoutReceipt?: number;
    } = {},
  ) {
    await createBucket(clients, BUCKET);
    const template = synthesize({ trailBucketName: BUCKET });
    const pipeline = await createPipeline(clients, template);
    const names = { ...pipeline.names, DeliverFunction: FUNCTION };
    const outputs = resolve(template.toJSON().Outputs, names) as Record<string, { Value: string }>;
    const values = Object.entries(outputs).map(([name, { Value }]) => [name, Value]);
    const given = {
      queueArn: outputs.WorkQueueArn?.Value,
      function: FUNCTION,
      environment: { ...pipeline.environment, ...changes.environment },
      outputs: { ...Object.fromEntries(values), ...changes.outputs },
    };
    const env = { ...process.env, ...AWS_VARIABLES, AWS_ENDPOINT_URL: moto.url };
    const prepared = spawnSync(join(python.bin ?? '', 'python'), [PREPARE_SCRIPT], {
      env,
      input: JSON.stringify(given),
      encoding: 'utf8',
    });
    if (prepared.status !== 0) throw new Error(prepared.stderr);

    const trail = new SignedTrail({ signer });
    for (let hour = -1; hour <= HOURS; hour++) trail.addHour(DAY + hour * HOUR_MS);
    const receipts = trail.logKeys.slice(0, -(changes.withoutReceipt ?? 0) || undefined).map((key) => {
      const etag = createHash('md5')
        .update(trail.objects.get(key)?.bytes ?? '')
        .digest('hex');
      return JSON.stringify({
        object: `s3://${BUCKET}/${key}`,
        etag,
        covered: '0',
        total: 1,
        unknown: false,
      });
    });
    trail.addLog(DAY + HOUR_MS, 'iNsIgHt', 'CloudTrail-Insight');
    for (const [Key, { bytes: Body, metadata: Metadata }] of trail.objects)
      await clients.s3.send(new PutObjectCommand({ Bucket: BUCKET, Key, Body, Metadata }));
    await clients.s3.send(
      new PutObjectCommand({
        Bucket: pipeline.eventBucket,
        Key: `receipts/day=${utc(DAY).slice(0, 10)}/hour=00/a.json.gz`,
        Body: gzipSync(receipts.join('\n')),
      }),
    );
  }

  async function verify(...args: string[]) {
    const range = ['--from', utc(DAY), '--to', utc(DAY + HOURS * HOUR_MS)];
    const keys = ['--keys', join(folder, 'keys.json')];
    const env = { ...process.env, ...AWS_VARIABLES, AWS_ENDPOINT_URL: moto.url };
    const { stdout, stderr, status } = await cli.run(['verify', ...range, ...keys, '--json', ...args], '', {
      env,
    });
    return { result: stdout === '' ? undefined : JSON.parse(stdout), stderr, status };
  }

  it('finds bucket, folder, receipts and the function’s settings', async () => {
    await deploy({ environment: { KINDS: 'log' } });
    const { result, stderr, status } = await verify('--deep', '--enqueue');
    expect(stderr).toBe(
      '✔ 3 digests, 6 log files, all intact and received (without what the settings leave out)',
    );
    expect(status).toBe(0);
    expect(result).toMatchObject({
      ...{ result: 'proved', bucket: BUCKET, root: 'AWSLogs/', faults: [] },
      counts: { expected: 6, intact: 6, received: 6, leftOut: 0 },
    });
    expect(result.notes).toEqual(
      expect.arrayContaining([
        expect.objectContaining({
          verdict: 'left out by setting',
          detail: '1 object of CloudTrail-Insight: the function is told not to read them',
        }),
      ]),
    );
  });

  it('counts the log files of an account that the settings leave out, unless they were received before', async () => {
    await deploy({ environment: { TRAIL_ACCOUNTS: '999999999999' }, withoutReceipt: 1 });
    const { result, status } = await verify();
    expect(result).toMatchObject({ result: 'proved', counts: { received: 5, leftOut: 1 } });
    expect(status).toBe(0);
  });

  it.each<[string, Parameters<typeof deploy>[0], string[], string]>([
    [
      'another stack',
      {},
      ['--stack', 'Other'],
      'error: stack Other does not exist in eu-west-3. Name it with --stack.',
    ],
    [
      'a stack without receipts',
      { outputs: { ReceiptLocation: '' } },
      [],
      'error: stack CloudTrailFirehose keeps no receipts. Deploy it with receipts=true, or judge digests and bucket alone with --no-receipts.',
    ],
    ['another function', {}, ['--function', 'other'], 'error: function other does not exist'],
    [
      'a function of something else',
      { environment: { DELIVERY_STREAM_NAME: '' } },
      [],
      'error: function test-deliver is not one of this version: DELIVERY_STREAM_NAME is not set',
    ],
  ])('cannot tell with %s', async (_, changes, args, message) => {
    await deploy(changes);
    const { result, stderr, status } = await verify(...args);
    expect({ result, stderr, status }).toEqual({ result: undefined, stderr: message, status: 2 });
  });
});
