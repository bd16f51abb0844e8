import { createHash, randomUUID } from 'node:crypto';
import { readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type BackfillCursor, parseCursor, stepId } from '../../lambda/backfill/cursor.ts';
import type { S3FaultHook, SqsFaultHook } from '../../local/faults.ts';
import { type S3Endpoint, startS3 } from '../../local/s3/endpoint.ts';
import { type SqsEndpoint, startSqs } from '../../local/sqs/endpoint.ts';
import { useCli } from './run-cli.ts';

const BUCKET = 'example-trail-bucket';
const QUEUE = 'backfill';
const REGIONS = Array.from({ length: 12 }, (_, i) => `eu-west-${10 + i}`);
const RANGE = ['--from', '2026-11-03', '--to', '2026-11-04', '--yes'];

const cli = useCli();
let s3: S3Endpoint;
let sqs: SqsEndpoint;

beforeAll(async () => {
  [s3, sqs] = await Promise.all([startS3({ buckets: [BUCKET] }), startSqs({ queues: [QUEUE] })]);
});
beforeEach(() => reset());
afterAll(() => Promise.all([s3.close(), sqs.close()]));

function reset(faults: { s3?: S3FaultHook; sqs?: SqsFaultHook } = {}): void {
  s3.reset(faults.s3);
  sqs.reset(faults.sqs);
  for (const region of REGIONS) s3.putObject(BUCKET, keyIn(region), gzipSync('{"Records":[]}'));
}

function keyIn(region: string): string {
  const name = `111122223333_CloudTrail_${region}_20261103T0905Z_fiLe.json.gz`;
  return `AWSLogs/111122223333/CloudTrail/${region}/2026/11/03/${name}`;
}

const environment = () => ({
  ...process.env,
  AWS_ENDPOINT_URL_S3: s3.url,
  AWS_ENDPOINT_URL_SQS: sqs.url,
  AWS_REGION: 'eu-west-3',
  AWS_ACCESS_KEY_ID: 'local',
  AWS_SECRET_ACCESS_KEY: 'local',
  AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: undefined,
});

const start = (...args: string[]) =>
  cli.start(['backfill', '--bucket', BUCKET, '--queue', sqs.queueUrl(QUEUE), ...RANGE, ...args], {
    env: environment(),
  });

const cursors = () => sqs.messages(QUEUE).map(({ body }) => parseCursor(JSON.parse(body)) as BackfillCursor);

describe('backfill, with bucket and queue by name', () => {
  it('names what was sent before an error, and sends the rest as the same job', async () => {
    let sends = 0;
    reset({
      sqs: ({ operation }) =>
        operation === 'SendMessageBatch' && ++sends > 1 ? { kind: 'accessDenied' } : undefined,
    });
    const { stderr, status } = await start().finished;
    const lines = stderr.split('\n');
    expect(lines.filter((line) => line.startsWith('sent '))).toHaveLength(10);
    expect(lines.filter((line) => line.startsWith('not sent '))).toEqual(
      REGIONS.slice(10).map((region) => `not sent  AWSLogs/111122223333/CloudTrail/${region}/`),
    );
    expect(lines.at(-2)).toBe(
      `✖ access denied to ${sqs.queueUrl(QUEUE)}: allow sqs:SendMessage; sent 10 of 12 cursors`,
    );
    const [, job = ''] = /with --job (\S+):/.exec(lines.at(-1) ?? '') ?? [];
    expect(status).toBe(1);

    const before = cursors();
    reset();
    expect(await start('--job', job).finished).toMatchObject({ status: 0 });
    // The function takes only one message per step of a job.
    const steps = cursors().map((cursor) => stepId(cursor, 0));
    expect(new Set(steps).size).toBe(12);
    expect(before.every((cursor) => steps.includes(stepId(cursor, 0)))).toBe(true);
  });

  it('names single cursors that SQS refuses', async () => {
    const server = createServer(async (request, response) => {
      const { Entries } = JSON.parse(await text(request)) as {
        Entries: { Id: string; MessageBody: string }[];
      };
      const Successful = Entries.filter(({ Id }) => Id !== '3').map(({ Id, MessageBody }) => ({
        ...{ Id, MessageId: randomUUID() },
        MD5OfMessageBody: createHash('md5').update(MessageBody).digest('hex'),
      }));
      const Failed = [{ Id: '3', Code: 'InternalError', SenderFault: false }];
      response
        .setHeader('content-type', 'application/x-amz-json-1.0')
        .end(JSON.stringify({ Successful, Failed }));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const queue = `http://127.0.0.1:${port}/000000000000/${QUEUE}`;
    const args = ['backfill', '--bucket', BUCKET, '--queue', queue, ...RANGE, '--no-count'];
    const env = { ...environment(), AWS_ENDPOINT_URL_SQS: `http://127.0.0.1:${port}` };
    const { stderr, status } = await cli.run(args, '', { env });
    server.close();
    const notSent = stderr.split('\n').filter((line) => line.startsWith('not sent '));
    // What SQS refused, and the batch that was not tried.
    expect(notSent).toEqual(
      [3, 10, 11].map((i) => `not sent  AWSLogs/111122223333/CloudTrail/${REGIONS[i]}/`),
    );
    expect(stderr).toContain('✖ SQS SendMessageBatch: InternalError; sent 9 of 12 cursors');
    expect(status).toBe(1);
  });

  it('does not list days after the range', async () => {
    let lists = 0;
    const count = () => {
      lists++;
      return undefined;
    };
    reset({ s3: count });
    const later = keyIn('eu-west-10').replaceAll('11/03/', '11/05/');
    for (let n = 0; n < 2_500; n++) s3.putObject(BUCKET, `${later}.${n}.json`, Buffer.from('x'));
    expect(await start('--json').finished).toMatchObject({ status: 0 });
    // Accounts, kinds and Regions, then a page per Region.
    expect(lists).toBe(3 + REGIONS.length);
  });

  it('after Ctrl-C between two batches, exits with 130 and names what was sent', async () => {
    let child: ReturnType<typeof start> | undefined;
    let sends = 0;
    reset({
      sqs: ({ operation }) => {
        if (operation !== 'SendMessageBatch' || ++sends < 2) return undefined;
        child?.kill('SIGINT');
        return { kind: 'hang' };
      },
    });
    child = start();
    const { stderr, status } = await child.finished;
    expect(stderr).toMatch(
      /\n✖ interrupted; sent 10 of 12 cursors\nTo send the rest, run the same command with --job /,
    );
    expect(status).toBe(130);
  });

  it('after Ctrl-C while it counts, sends nothing and says how to go without a count', async () => {
    let child: ReturnType<typeof start> | undefined;
    reset({
      s3: ({ operation, sequence }) => {
        if (operation !== 'ListObjectsV2' || sequence < 6) return undefined;
        // Several lists are in flight, and a second signal would end the process at once.
        if (sequence === 6) child?.kill('SIGINT');
        return { kind: 'hang' };
      },
    });
    child = start();
    const { stdout, stderr, status } = await child.finished;
    expect(stdout).toBe('');
    expect(stderr).toMatch(
      /^counted \d+ objects? until here\. Counting is optional: --no-count skips it\.\n✖ interrupted$/,
    );
    expect(status).toBe(130);
    expect(cursors()).toEqual([]);
  });

  it('cannot tell without a permission or credentials, and sends nothing', async () => {
    reset({ s3: () => ({ kind: 'accessDenied' }) });
    expect(await start().finished).toEqual({
      stdout: '',
      stderr: `error: access denied to s3://${BUCKET}: allow s3:ListBucket`,
      status: 2,
    });
    reset();
    const args = ['backfill', '--bucket', BUCKET, '--queue', sqs.queueUrl(QUEUE), ...RANGE];
    const nobody = { AWS_ACCESS_KEY_ID: undefined, AWS_EC2_METADATA_DISABLED: 'true', HOME: cli.folder };
    expect(await cli.run(args, '', { env: { ...environment(), ...nobody } })).toEqual({
      stdout: '',
      stderr: 'error: no AWS credentials. Configure them as for the AWS CLI.',
      status: 2,
    });
    expect(cursors()).toEqual([]);
  });

  it('prints the estimate that docs/operate.md shows, without a stack', async () => {
    s3.reset(undefined, [BUCKET]);
    const folders = [
      { kind: 'CloudTrail', region: 'eu-west-3', count: 120, bytes: 210_000 },
      { kind: 'CloudTrail', region: 'us-east-1', count: 720, bytes: 9_400_000 },
      { kind: 'CloudTrail-Insight', region: 'us-east-1', count: 24, bytes: 1_900 },
    ];
    for (const { kind, region, count, bytes } of folders) {
      // A sparse file: only its length counts.
      const file = join(cli.folder, `${bytes}`);
      writeFileSync(file, '');
      truncateSync(file, bytes);
      for (let n = 0; n < count; n++) s3.putObject(BUCKET, keyOf(kind, region, n), { file });
    }
    const archived = { storageClass: 'GLACIER' };
    s3.putObject(BUCKET, keyOf('CloudTrail', 'eu-west-3', 200), Buffer.from('x'), archived);
    const range = ['--from', '2026-11-01', '--to', '2026-11-04'];
    const { stdout, stderr } = await cli.run(['backfill', ...range, '--bucket', BUCKET], '', {
      env: environment(),
    });
    const page = readFileSync(new URL('../../docs/operate.md', import.meta.url), 'utf8');
    const [, output] = /^\$ cloudtrail-firehose backfill --from .*\n((?:.*\n)*?)```/m.exec(page) ?? [];
    expect(`${stdout}${stderr}\n`).toBe(output);
  });
});

/** Key of an object every five minutes from November 1. */
function keyOf(kind: string, region: string, n: number): string {
  const time = new Date(Date.UTC(2026, 10, 1, 0, 5 * n)).toISOString();
  const name = `111122223333_${kind}_${region}_${time.slice(0, 16).replaceAll(/[-:]/g, '')}Z_fiLe.json.gz`;
  return `AWSLogs/111122223333/${kind}/${region}/${time.slice(0, 10).replaceAll('-', '/')}/${name}`;
}
