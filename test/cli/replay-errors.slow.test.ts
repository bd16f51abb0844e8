import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { MAX_RECORD_BYTES } from '../../lambda/deliver/limits.ts';
import type { FirehoseFaultHook, S3FaultHook, S3Request } from '../../local/faults.ts';
import { type FirehoseEndpoint, startFirehose } from '../../local/firehose/endpoint.ts';
import { type S3Endpoint, startS3 } from '../../local/s3/endpoint.ts';
import { documentedOutput } from '../documented-output.ts';
import { useCli } from './run-cli.ts';

const cli = useCli();
const BUCKET = 'example-event-bucket';
const STREAM = 'events';
const FOLDER = `s3://${BUCKET}/errors/`;
const DAY = 'errors/http-endpoint-failed/day=2026-11-03/';

let s3: S3Endpoint;
let firehose: FirehoseEndpoint;
let client: S3Client;
let requests: S3Request[];

beforeAll(async () => {
  s3 = await startS3();
  firehose = await startFirehose({ streams: [STREAM, 'other'] });
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  client = new S3Client({ endpoint: s3.url, region: 'eu-west-3', credentials });
});
beforeEach(() => inject());
afterAll(async () => {
  client.destroy();
  await Promise.all([s3.close(), firehose.close()]);
});

/** Empties bucket and stream, and records the requests from now on. */
function inject(faults: { s3?: S3FaultHook; firehose?: FirehoseFaultHook } = {}): void {
  requests = [];
  s3.reset(
    (request) => {
      requests.push(request);
      return faults.s3?.(request);
    },
    [BUCKET],
  );
  firehose.reset(faults.firehose);
}

function environment(changes: Record<string, string | undefined> = {}) {
  return {
    ...process.env,
    AWS_ENDPOINT_URL_S3: s3.url,
    AWS_ENDPOINT_URL_FIREHOSE: firehose.url,
    AWS_REGION: 'eu-west-3',
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
    AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: undefined,
    ...changes,
  };
}

const start = (...args: string[]) =>
  cli.start(['replay', 'errors', FOLDER, '--stream', STREAM, ...args], { env: environment() });
const replay = (...args: string[]) => start(...args).finished;

/** A line as Firehose writes it. */
function lineOf(data: Buffer | string, errorCode = 'HttpEndpoint.DestinationException'): string {
  const line = {
    attemptsMade: 7,
    arrivalTimestamp: 1_730_626_200_000,
    errorCode,
    errorMessage: 'The following response was received from the endpoint destination. 503: {"a":"b"}',
    attemptEndingTimestamp: 1_730_633_400_000,
    rawData: Buffer.from(data).toString('base64'),
  };
  return JSON.stringify(line);
}

function put(
  name: string,
  lines: readonly string[],
  { isGzip = true, versionId = undefined as string | undefined } = {},
) {
  const text = Buffer.from(lines.map((line) => `${line}\n`).join(''));
  const options = versionId === undefined ? {} : { versionId };
  s3.putObject(BUCKET, DAY + name, isGzip ? gzipSync(text) : text, options);
}

/** Records of any bytes: gzip members as of `packing=gzip`, lines, single events. */
function recordsOf(name: string, count: number): Buffer[] {
  const event = (i: number) => `{"name":"${name}","number":${i},"text":"é😀\\n"}`;
  return Array.from({ length: count }, (_, i) => {
    if (i % 3 === 0) return gzipSync(`${event(i)}\n`);
    return Buffer.from(i % 3 === 1 ? `${event(i)}\n${event(i)}\n` : event(i));
  });
}

async function keys(): Promise<string[]> {
  const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket: BUCKET }));
  return Contents.map(({ Key = '' }) => Key);
}

const sorted = (records: readonly Buffer[]) => records.map((data) => data.toString('base64')).sort();
const delivered = () => sorted(firehose.records(STREAM));
const done = (name: string) => DAY.replace('errors/', 'errors-done/') + name;
const writes = () => requests.filter(({ operation }) => /^(Put|Copy|Delete)/.test(operation));

describe('replay errors', () => {
  it('spreads objects over several streams', async () => {
    const names = Array.from({ length: 12 }, (_, i) => `${i}.gz`);
    for (const name of names) put(name, [lineOf(name)]);
    const { status } = await cli.start(['replay', 'errors', FOLDER, '--stream', `${STREAM},other`, '--yes'], {
      env: environment(),
    }).finished;
    expect(status).toBe(0);
    const records = [STREAM, 'other'].map((stream) => firehose.records(stream).map(String));
    expect(records.flat().sort()).toEqual([...names].sort());
    for (const each of records) expect(each.length).toBeGreaterThan(0);
  });

  it('counts objects, records and bytes by error code, and changes nothing', async () => {
    put('a.gz', [lineOf('abc'), lineOf('de'), lineOf('f', 'Other')]);
    put('b', [lineOf('ghij')], { isGzip: false });
    s3.putObject(BUCKET, 'errors/', Buffer.alloc(0));
    s3.putObject(BUCKET, 'events/a.gz', Buffer.from('no'));
    const { stdout, stderr, status } = await replay();
    expect(
      stdout
        .trimEnd()
        .split('\n')
        .map((line) => line.trim().split(/\s{2,}/)),
    ).toEqual([
      ['error code', 'objects', 'records', 'bytes'],
      ['HttpEndpoint.DestinationException', '2', '3', '9 B'],
      ['Other', '1', '1', '1 B'],
    ]);
    expect({ stderr, status }).toEqual({
      stderr: '✔ 2 objects: 2 would send. To send their records to events, add --yes.',
      status: 0,
    });
    expect({ delivered: delivered(), writes: writes() }).toEqual({ delivered: [], writes: [] });
    expect(`${stdout}${stderr}\n`).toBe(documentedOutput(`replay errors ${FOLDER} --stream ${STREAM}`));
  });

  it('puts each record into the stream byte for byte, and moves the objects', async () => {
    const [a, b] = [recordsOf('a', 1201), recordsOf('b', 7)];
    put(
      'a b+é.gz',
      a.map((data) => lineOf(data)),
    );
    put('b', [b.map((data) => lineOf(data)).join('')], { isGzip: false });
    const { stderr, status } = await replay('--yes');
    expect({ stderr, status }).toEqual({ stderr: '✔ 2 objects: 2 moved.', status: 0 });
    expect(delivered()).toEqual(sorted([...a, ...b]));
    expect(await keys()).toEqual([done('a b+é.gz'), done('b')]);
    expect(await replay('--yes')).toEqual({
      stdout: '',
      stderr: `✔ no objects in ${FOLDER.slice(0, -7)}errors/`,
      status: 0,
    });
  });

  it('prints JSON', async () => {
    put('a.gz', [lineOf('abc'), lineOf('f', 'Other')]);
    put('b.gz', [lineOf('abc'), 'oops']);
    const { stdout, status } = await replay('--json', '--yes');
    const code = { objects: 1, records: 1 };
    expect(JSON.parse(stdout)).toEqual({
      ...{ bucket: BUCKET, prefix: 'errors/', stream: STREAM, dryRun: false, complete: true },
      errorCodes: [
        { errorCode: 'HttpEndpoint.DestinationException', objects: 2, records: 2, bytes: 6 },
        { errorCode: 'Other', ...code, bytes: 1 },
      ],
      objects: [
        {
          ...{ key: `${DAY}a.gz`, result: 'moved', detail: null, records: 2, bytes: 4 },
          ...{ movedTo: done('a.gz'), malformedLines: 0, malformed: [] },
        },
        {
          ...{ key: `${DAY}b.gz`, result: 'malformed', detail: null, records: 1, bytes: 3 },
          ...{ movedTo: null, malformedLines: 1, malformed: [{ line: 2, reason: 'not a JSON object' }] },
        },
      ],
    });
    expect(status).toBe(1);
  });

  it('names malformed lines, and sends nothing of their objects', async () => {
    const [good] = [recordsOf('good', 2)];
    put('bad.gz', [lineOf('abc'), '{"rawData":"!"}', '', '{"errorCode":"x"}']);
    put(
      'good.gz',
      good.map((data) => lineOf(data)),
    );
    put('long', [lineOf(Buffer.alloc(MAX_RECORD_BYTES + 1))], { isGzip: false });
    put(
      'many',
      Array.from({ length: 25 }, () => 'x'),
      { isGzip: false },
    );
    s3.putObject(BUCKET, `${DAY}truncated.gz`, gzipSync(lineOf('abc')).subarray(0, -9));
    const { stdout, stderr, status } = await replay('--yes');
    expect(stdout).toContain(`${DAY}bad.gz`);
    const reasons = stdout
      .split('\n')
      .flatMap((line) => /day=2026-11-03\/(\S+)\s{2,}(.*)/.exec(line)?.slice(1) ?? []);
    expect(reasons.slice(0, 6)).toEqual([
      ...['bad.gz', 'line 2: rawData is not base64', 'bad.gz', 'line 4: no rawData'],
      ...['long', 'line 1: rawData has 1,024,001 bytes, and a Firehose record at most 1,024,000'],
    ]);
    expect(reasons.slice(-4)).toEqual([
      ...['many', '5 more malformed lines', 'truncated.gz', expect.stringMatching(/^truncated-gzip at byte/)],
    ]);
    expect({ stderr, status }).toEqual({
      stderr: '✖ 5 objects: 1 moved, 3 malformed, 1 unreadable.',
      status: 1,
    });
    expect(delivered()).toEqual(sorted(good));
    expect(await keys()).toHaveLength(5);
  });

  it('sends records of up to the limit, several calls of them', async () => {
    const records = [
      MAX_RECORD_BYTES - 1,
      MAX_RECORD_BYTES,
      MAX_RECORD_BYTES,
      MAX_RECORD_BYTES,
      MAX_RECORD_BYTES,
    ].map((bytes, i) => Buffer.alloc(bytes, i));
    put(
      'large.gz',
      records.map((data) => lineOf(data)),
    );
    expect(await replay('--yes')).toMatchObject({ stderr: '✔ 1 object: 1 moved.', status: 0 });
    expect(delivered()).toEqual(sorted(records));
    expect(firehose.counts.calls).toBe(2);
  });

  it('retries what the stream throttles, and moves the object only when all records are acknowledged', async () => {
    let moved = 0;
    inject({
      firehose: ({ sequence }) => {
        moved = writes().length;
        if (sequence === 0) return { kind: 'throttle' };
        return sequence < 4 ? { kind: 'partial', entries: (i) => i % 2 === 0 } : undefined;
      },
    });
    const records = recordsOf('a', 600);
    put(
      'a.gz',
      records.map((data) => lineOf(data)),
    );
    expect(await replay('--yes')).toMatchObject({ stderr: '✔ 1 object: 1 moved.', status: 0 });
    expect(firehose.faultsExercised).toMatchObject({ throttle: 1, partial: 3 });
    expect(delivered()).toEqual(sorted(records));
    expect(moved).toBe(0);
  });

  it('stops at a stream that refuses, and moves nothing', async () => {
    inject({ firehose: () => ({ kind: 'badRequest' }) });
    for (const name of ['a', 'b', 'c']) put(name, [lineOf(name)]);
    const { stdout, stderr, status } = await replay('--yes');
    expect(stdout).toContain('Firehose PutRecordBatch: ');
    expect(stderr.split('\n')).toEqual([
      '✖ 3 objects: 1 not sent, 2 not started.',
      'note: run the same command again. It continues with the objects that are left.',
    ]);
    expect(status).toBe(1);
    expect(writes()).toEqual([]);
  });

  it.each<[string, FirehoseFaultHook, string]>([
    ['does not exist', () => ({ kind: 'notFound' }), 'error: stream events does not exist'],
    [
      'is forbidden',
      () => ({ kind: 'accessDenied' }),
      'error: access denied to stream events: allow firehose:PutRecordBatch',
    ],
  ])('cannot tell if the stream %s', async (_, fault, message) => {
    inject({ firehose: fault });
    put('a', [lineOf('a')]);
    const { stderr, status } = await replay('--yes');
    expect(stderr.split('\n').at(-1)).toBe(message);
    expect(status).toBe(2);
    expect(await keys()).toEqual([`${DAY}a`]);
  });

  it.each<[string, S3Request['operation'], string]>([
    ['listed', 'ListObjectsV2', `error: access denied to s3://${BUCKET}: allow s3:ListBucket`],
    ['read', 'GetObject', `error: access denied to s3://${BUCKET}/${DAY}a: allow s3:GetObject`],
    ['copied', 'CopyObject', `error: access denied to s3://${BUCKET}/${done('a')}: allow s3:PutObject`],
    ['deleted', 'DeleteObject', `error: access denied to s3://${BUCKET}/${DAY}a: allow s3:DeleteObject`],
  ])('names the permission if an object cannot be %s', async (_, operation, message) => {
    inject({ s3: (request) => (request.operation === operation ? { kind: 'accessDenied' } : undefined) });
    put('a', [lineOf('a')]);
    const { stderr, status } = await replay('--yes');
    expect(stderr.split('\n').at(-1)).toBe(message);
    expect(status).toBe(2);
  });

  it.each<[string, S3Request['operation'], string[]]>([
    ['copied', 'CopyObject', [`${DAY}a`]],
    ['deleted', 'DeleteObject', [done('a'), `${DAY}a`]],
  ])('keeps an object that was replaced before it was %s', async (_, operation, left) => {
    const replacement = [lineOf('new')];
    inject({
      s3: (request) => {
        if (request.operation === operation) put('a', replacement);
        return undefined;
      },
    });
    put('a', [lineOf('old')]);
    const { stdout, stderr, status } = await replay('--yes');
    expect(stdout).toContain('sent, not moved: the object was replaced');
    expect({ stderr, status }).toEqual({ stderr: '✖ 1 object: 1 not moved.', status: 1 });
    expect(await keys()).toEqual(left);
    await replay('--yes');
    expect(delivered()).toEqual(sorted([Buffer.from('new'), Buffer.from('old')]));
  });

  it('sends nothing of an object that was replaced while it was read', async () => {
    let reads = 0;
    inject({
      s3: ({ operation }) => {
        if (operation === 'GetObject' && ++reads === 2) put('a', [lineOf('new')]);
        return undefined;
      },
    });
    put('a', [lineOf('old')]);
    const { stdout, status } = await replay('--yes');
    expect(stdout).toContain('the object was replaced');
    expect(status).toBe(1);
    expect(delivered()).toEqual([]);
  });

  it('hides the object of a versioned bucket, and keeps its version', async () => {
    put('a', [lineOf('a')], { versionId: 'v1' });
    expect(await replay('--yes')).toMatchObject({ status: 0 });
    expect(await keys()).toEqual([done('a')]);
    expect(writes().map(({ versionId }) => versionId)).toEqual([undefined, undefined]);
  });

  /** Waits until a condition on a server in this process holds. */
  async function until(holds: () => boolean): Promise<void> {
    while (!holds()) await sleep(5);
  }

  it('finishes the open calls after Ctrl-C, keeps the object, and explains how to continue', async () => {
    const records = recordsOf('a', 3000);
    inject({ firehose: () => ({ kind: 'slow', delayMs: 300 }) });
    put(
      'a.gz',
      records.map((data) => lineOf(data)),
    );
    put('b.gz', [lineOf('b')]);
    const child = start('--yes');
    await until(() => firehose.counts.calls === 4);
    child.kill('SIGINT');
    const { stderr, status } = await child.finished;
    expect(status).toBe(130);
    expect(stderr.split('\n')).toEqual([
      '✖ 2 objects: 1 not sent, 1 not started.',
      'note: run the same command again. It continues with the objects that are left.',
      '✖ interrupted',
    ]);
    expect(writes()).toEqual([]);
    expect(delivered().length).toBeLessThan(3000);
    firehose.reset();
    expect(await replay('--yes')).toMatchObject({ stderr: '✔ 2 objects: 2 moved.', status: 0 });
    expect(delivered()).toEqual(sorted([...records, Buffer.from('b')]));
  });

  it.each(['PutRecordBatch', 'CopyObject', 'DeleteObject'])(
    'loses nothing if it is killed during %s, and repeats at most one object',
    async (operation) => {
      const objects = ['a', 'b', 'c'].map((name) => ({ name, records: recordsOf(name, 700) }));
      let isAtEnd = false;
      /** Stops at the second object. */
      function hangAtSecond(name: string, isSecond: boolean): { kind: 'hang' } | undefined {
        if (isAtEnd || name !== operation || !isSecond) return undefined;
        isAtEnd = true;
        return { kind: 'hang' };
      }
      inject({
        s3: (request) => hangAtSecond(request.operation, request.key.endsWith('/b')),
        // Accepts the records, and never answers.
        firehose: (request) => hangAtSecond(request.operation, request.sequence === 2),
      });
      for (const { name, records } of objects)
        put(
          name,
          records.map((data) => lineOf(data)),
        );
      const child = start('--yes');
      await until(() => isAtEnd);
      child.kill('SIGKILL');
      await once(child, 'close');
      expect(await keys()).toEqual(expect.arrayContaining([`${DAY}b`, `${DAY}c`, done('a')]));
      expect(await replay('--yes')).toMatchObject({ stderr: '✔ 2 objects: 2 moved.', status: 0 });
      const all = sorted(objects.flatMap(({ records }) => records));
      expect([...new Set(delivered())].sort()).toEqual(all);
      expect(delivered().length - all.length).toBeGreaterThan(0);
      expect(delivered().length - all.length).toBeLessThanOrEqual(700);
      expect(await keys()).toEqual(objects.map(({ name }) => done(name)));
    },
  );

  it.each([
    [['s3://bucket/'], /Expected a folder: s3:\/\/BUCKET\/errors\//],
    [['s3://bucket/errors-done/'], /back in the stream already/],
    [[FOLDER, '--stream', 'a/b'], /name of a delivery stream/],
    [[FOLDER, '--stream', 'a', '--stack', 'b'], /cannot be used with/],
  ])('rejects %s', async (args, message) => {
    const { stderr, status } = await cli.run(['replay', 'errors', ...args], '', { env: environment() });
    expect(stderr).toMatch(message);
    expect(status).toBe(2);
  });

  it('cannot tell without a bucket or credentials', async () => {
    const { stderr, status } = await cli.run(['replay', 'errors', 's3://none/errors/', '--stream', 'a'], '', {
      env: environment(),
    });
    expect({ stderr, status }).toEqual({ stderr: 'error: s3://none: the bucket does not exist', status: 2 });
  });
});
