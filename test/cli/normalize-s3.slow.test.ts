import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { S3FaultHook, S3Request } from '../../local/faults.ts';
import { type S3Endpoint, startS3 } from '../../local/s3/endpoint.ts';
import { useCli } from './run-cli.ts';

const BUCKET = 'example-trail-bucket';
const cli = useCli();
let s3: S3Endpoint;
let requests: S3Request[] = [];

beforeAll(async () => {
  s3 = await startS3({ buckets: [BUCKET] });
});
beforeEach(() => reset());
afterAll(() => s3.close());

function reset(fault?: S3FaultHook): void {
  requests = [];
  s3.reset((request) => {
    requests.push(request);
    return fault?.(request);
  });
}

const prefixes = () =>
  requests.flatMap(({ operation, prefix }) => (operation === 'ListObjectsV2' ? [prefix] : []));
const reads = () => requests.filter(({ operation }) => operation === 'GetObject').map(({ key }) => key);

function keyOf(day: string, kind = 'CloudTrail', region = 'eu-west-3'): string {
  const name = `111122223333_${kind}_${region}_202611${day}T0900Z_a.json.gz`;
  return `prefix/AWSLogs/111122223333/${kind}/${region}/2026/11/${day}/${name}`;
}

const logObject = (name: string, count = 3) =>
  gzipSync(
    JSON.stringify({
      Records: Array.from({ length: count }, (_, n) => ({ eventName: name, requestID: `${n}` })),
    }),
  );

function putAll(): void {
  for (const day of ['02', '03', '04']) s3.putObject(BUCKET, keyOf(day), logObject(`Day${day}`));
  s3.putObject(BUCKET, keyOf('03', 'CloudTrail', 'us-east-1'), logObject('Virginia'));
  s3.putObject(BUCKET, keyOf('03', 'CloudTrail-Digest'), logObject('Digest'));
  s3.putObject(BUCKET, 'prefix/AWSLogs/111122223333/readme.txt', logObject('Text'));
}

function run(args: string[], changes: Record<string, string | undefined> = {}) {
  const env = {
    ...process.env,
    AWS_ENDPOINT_URL_S3: s3.url,
    AWS_REGION: 'eu-west-3',
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
    ...changes,
  };
  return cli.run(['normalize', ...args], '', { env });
}

const namesIn = (stdout: string) => [...new Set(stdout.match(/Day\d\d|Virginia|Digest|Text|Local/g))];
const ALL = `s3://${BUCKET}/prefix/AWSLogs/`;

describe('normalize s3://', () => {
  it.each(['1', '2'])(
    'prints the log objects of a prefix in the order of their keys, with %s threads',
    async (jobs) => {
      putAll();
      const { stdout, stderr, status } = await run(['--jobs', jobs, ALL]);
      expect(namesIn(stdout)).toEqual(['Day02', 'Day03', 'Day04', 'Virginia']);
      expect({ stderr, status }).toEqual({ stderr: '✔ 12 records from 4 files', status: 0 });
      expect(prefixes()).toEqual(['prefix/AWSLogs/']);
    },
  );

  it('lists only the folders that the filters choose, and reads only the objects in the range', async () => {
    putAll();
    const filters = ['--since', '2026-11-03', '--until', '2026-11-04', '--region', 'eu-west-3'];
    const { stdout, stderr } = await run([...filters, ALL]);
    expect(namesIn(stdout)).toEqual(['Day03']);
    expect(stderr).toMatch(/✔ 3 records from 1 file/);
    expect(reads()).toEqual([keyOf('03')]);
    expect(prefixes().at(-1)).toBe('prefix/AWSLogs/111122223333/CloudTrail/eu-west-3/');
    expect(prefixes().some((prefix) => prefix?.includes('us-east-1'))).toBe(false);
  });

  it('reads one object, next to a file on disk', async () => {
    putAll();
    const file = join(cli.folder, 'local.json');
    writeFileSync(file, '{"Records":[{"eventName":"Local"}]}');
    const { stdout, status } = await run([
      `s3://${BUCKET}/${keyOf('04')}`,
      file,
      `s3://${BUCKET}/${keyOf('02')}`,
    ]);
    expect(namesIn(stdout)).toEqual(['Day04', 'Local', 'Day02']);
    expect(status).toBe(0);
  });

  it.each(['1', '2'])('continues a body that breaks off, with %s threads', async (jobs) => {
    let cuts = 0;
    reset(({ operation }) =>
      operation === 'GetObject' && cuts++ < 2 ? { kind: 'cut', afterBytes: 40 } : undefined,
    );
    putAll();
    const { stderr } = await run(['--jobs', jobs, ALL]);
    expect(stderr).toBe('✔ 12 records from 4 files');
    expect(cuts).toBeGreaterThan(4);
  });

  it('writes each object to its place, and reads it again only if it was replaced', async () => {
    putAll();
    const out = join(cli.folder, 'out');
    const args = ['--out', out, '--state', join(cli.folder, 'state.json'), ALL];
    expect((await run(args)).stderr).toBe('✔ 12 records from 4 files');
    const place = join(out, keyOf('03').slice('prefix/'.length).replace('.json.gz', '.ndjson'));
    expect(readFileSync(place, 'utf8').split('\n')).toHaveLength(4);
    s3.putObject(BUCKET, keyOf('03'), logObject('Day99'));
    expect((await run(args)).stderr).toBe('✔ 3 records from 1 file, 3 files done by an earlier run');
    expect(readFileSync(place, 'utf8')).toContain('Day99');
  });

  it('gives the same as the object on disk, if it is large', async () => {
    const text = logObject('Large', 20_000);
    const padded = Buffer.concat([
      text,
      gzipSync(`{"Records":[${'{"eventName":"Pad"},'.repeat(60_000)}{}]}`, { level: 0 }),
    ]);
    s3.putObject(BUCKET, keyOf('03'), padded);
    const file = join(cli.folder, keyOf('03'));
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, padded);
    const [remote, local] = await Promise.all(
      [`s3://${BUCKET}/${keyOf('03')}`, file].map((input) => run(['--jobs', '2', input])),
    );
    expect(remote?.stderr).toBe('✔ 80,001 records from 1 file');
    expect(remote?.stdout === local?.stdout).toBe(true);
  });

  it.each<[string, string, S3FaultHook | undefined, Record<string, string | undefined>, string]>([
    [
      'a bucket that does not exist',
      's3://other-bucket/a/',
      undefined,
      {},
      's3://other-bucket: the bucket does not exist',
    ],
    [
      'no permission to list',
      ALL,
      () => ({ kind: 'accessDenied' }),
      {},
      `access denied to s3://${BUCKET}: allow s3:ListBucket`,
    ],
    [
      'no credentials',
      ALL,
      undefined,
      {
        ...{
          AWS_ACCESS_KEY_ID: undefined,
          AWS_SECRET_ACCESS_KEY: undefined,
          AWS_EC2_METADATA_DISABLED: 'true',
        },
        HOME: '/nowhere',
      },
      'no AWS credentials. Configure them as for the AWS CLI.',
    ],
    ['another form', 's3://B/x', undefined, {}, 's3://B/x: expected s3://BUCKET/KEY or s3://BUCKET/PREFIX'],
  ])('says in one line with status 2: %s', async (_, input, fault, changes, message) => {
    reset(fault);
    putAll();
    expect(await run([input], changes)).toEqual({ stdout: '', stderr: `error: ${message}`, status: 2 });
  });

  it.each(['1', '2'])('names the objects that it may not read, with %s threads', async (jobs) => {
    reset(({ key, operation }) =>
      operation === 'GetObject' && key === keyOf('03') ? { kind: 'accessDenied' } : undefined,
    );
    putAll();
    const { stderr, status } = await run(['--jobs', jobs, ALL]);
    const name = `s3://${BUCKET}/${keyOf('03')}`;
    expect(stderr).toBe(
      `${name}: access denied to ${name}: allow s3:GetObject\n✖ 9 records from 4 files, 1 error`,
    );
    expect(status).toBe(1);
  });

  it('names a prefix without log objects, and an object that does not exist', async () => {
    putAll();
    const names = ['nothing/', 'missing.json.gz'].map((key) => `s3://${BUCKET}/${key}`);
    const { stderr, status } = await run([...names, ALL]);
    expect(stderr).toBe(
      `${names.map((name) => `${name}: no log object found\n`).join('')}✖ 12 records from 4 files, 2 errors`,
    );
    expect(status).toBe(1);
  });

  it('follows a bucket to its Region', async () => {
    putAll();
    // Redirects requests that are signed for another Region, and passes the others on.
    const server = createServer((incoming, outgoing) => {
      if (!incoming.headers.authorization?.includes('/us-west-2/')) {
        outgoing.writeHead(301, { 'x-amz-bucket-region': 'us-west-2', 'content-type': 'application/xml' });
        return outgoing.end('<Error><Code>PermanentRedirect</Code><Message>m</Message></Error>');
      }
      const { method, url, headers } = incoming;
      const onward = request(s3.url, { method, path: url, headers }, (answer) => {
        outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
        answer.pipe(outgoing);
      });
      incoming.pipe(onward);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const result = await run(['--jobs', '2', ALL], { AWS_ENDPOINT_URL_S3: `http://127.0.0.1:${port}` });
    server.closeAllConnections();
    server.close();
    expect(result.stderr).toBe('✔ 12 records from 4 files');
  });
});
