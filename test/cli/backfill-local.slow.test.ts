import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { MAX_BATCH_OBJECTS } from '../../cli/operate/backfill/local/next-batch.ts';
import type { FirehoseFaultHook, S3FaultHook } from '../../local/faults.ts';
import { type FirehoseEndpoint, startFirehose } from '../../local/firehose/endpoint.ts';
import { type S3Endpoint, startS3 } from '../../local/s3/endpoint.ts';
import { createRandom } from '../../samples/random.ts';
import { useCli } from './run-cli.ts';

const BUCKET = 'example-trail-bucket';
const STREAM = 'events';
const RECORDS = 3;

const cli = useCli();
let s3: S3Endpoint;
let firehose: FirehoseEndpoint;
let runs = 0;
/** A name of its own per test. */
let state: string;

beforeAll(async () => {
  [s3, firehose] = await Promise.all([startS3({ buckets: [BUCKET] }), startFirehose({ streams: [STREAM] })]);
});
beforeEach(() => {
  state = join(cli.folder, `state-${runs++}.json`);
  reset();
});
afterAll(() => Promise.all([s3.close(), firehose.close()]));

function reset(faults: { s3?: S3FaultHook; firehose?: FirehoseFaultHook } = {}): void {
  s3.reset(faults.s3);
  firehose.reset(faults.firehose);
}

const two = (value: number) => String(value).padStart(2, '0');

/** Key of the n-th object, in the order of the keys: one per minute. */
function keyOf(n: number, kind = 'CloudTrail'): string {
  const time = `${two(Math.floor(n / 60))}${two(n % 60)}`;
  const name = `111122223333_${kind}_eu-west-3_20261103T${time}Z_fiLe.json.gz`;
  return `AWSLogs/111122223333/${kind}/eu-west-3/2026/11/03/${name}`;
}

const eventsOf = (n: number) => Array.from({ length: RECORDS }, (_, i) => `${n}-${i}`);

function logObject(n: number): Buffer {
  return gzipSync(
    JSON.stringify({ Records: eventsOf(n).map((eventID) => ({ eventName: 'Get', requestID: eventID })) }),
  );
}

function put(count: number): void {
  for (let n = 0; n < count; n++) s3.putObject(BUCKET, keyOf(n), logObject(n));
}

/** Returns the ids of the delivered events. */
function delivered(): string[] {
  return idsIn(
    firehose
      .records(STREAM)
      .map((record) => gunzipSync(record).toString())
      .join(''),
  );
}

function idsIn(ndjson: string): string[] {
  return ndjson
    .split('\n')
    .filter(Boolean)
    .map((line) => /requestID[\\": ]+(\d+-\d)/.exec(line)?.[1] ?? line);
}

const all = (count: number) => Array.from({ length: count }, (_, n) => eventsOf(n)).flat();

function environment(changes: Record<string, string | undefined> = {}) {
  return {
    ...process.env,
    AWS_ENDPOINT_URL_S3: s3.url,
    AWS_ENDPOINT_URL_FIREHOSE: firehose.url,
    AWS_REGION: 'eu-west-3',
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
    AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: undefined,
    DELIVERY_STREAM_NAME: undefined,
    ...changes,
  };
}

const SOURCE = `s3://${BUCKET}/AWSLogs/`;
const TO_STREAM = ['--stream', STREAM, '--packing', 'gzip'];

const start = (args: string[], source = SOURCE) =>
  cli.start(['backfill', '--local', source, '--state', state, ...args], { env: environment() });
const run = (args: string[], source = SOURCE, changes = {}) =>
  cli.run(['backfill', '--local', source, '--state', state, ...args], '', { env: environment(changes) });

/** Returns the state, which must never be torn. */
const readState = () => (existsSync(state) ? JSON.parse(readFileSync(state, 'utf8')) : undefined);

describe('backfill --local', () => {
  it('delivers every object once, and has nothing to do afterwards', async () => {
    put(250);
    const done = { stderr: '✔ 250 objects, 750 events', status: 0 };
    expect(await run([...TO_STREAM, '--yes'])).toMatchObject(done);
    expect(delivered().sort()).toEqual(all(250).sort());
    const again = await run([...TO_STREAM, '--yes']);
    expect(again.stderr.split('\n')).toEqual([`continuing ${state}: 250 objects delivered`, done.stderr]);
    expect(delivered()).toHaveLength(750);
  });

  it('only counts without --yes', async () => {
    put(12);
    const { stdout, stderr, status } = await run(TO_STREAM);
    expect(stdout).toMatch(/^ {2}12 objects, \d+ B stored\n {2}about \d+ events\n/);
    expect({ stderr, status }).toEqual({
      stderr: '✔ nothing was delivered. To deliver, add --yes.',
      status: 0,
    });
    expect([firehose.counts.calls, existsSync(state)]).toEqual([0, false]);
  });

  it('killed at any point, continues with the same command, skips nothing and repeats at most one batch', async () => {
    const objects = 500;
    const random = createRandom(11);
    let left = 0;
    let child: ReturnType<typeof start> | undefined;
    const kill = () => {
      left--;
      if (left === 0) child?.kill('SIGKILL');
      return undefined;
    };
    reset({ s3: kill, firehose: kill });
    put(objects);
    let kills = 0;
    const positions: number[] = [];
    for (let attempt = 0; attempt < 30; attempt++) {
      // The list, the objects of up to two batches, and their calls.
      left = random.int(1, 210);
      child = start([...TO_STREAM, '--yes']);
      const { status } = await child.finished;
      positions.push(readState()?.counts.objects ?? 0);
      if (status === 0) break;
      expect(status).toBeNull();
      kills++;
      // As after five seconds.
      rmSync(`${state}.lock`, { recursive: true, force: true });
    }
    expect(kills).toBeGreaterThan(3);
    expect(positions.at(-1)).toBe(objects);
    expect(positions).toEqual([...positions].sort((a, b) => a - b));
    const ids = delivered();
    expect(new Set(ids)).toEqual(new Set(all(objects)));
    expect(ids.length - objects * RECORDS).toBeLessThanOrEqual(kills * MAX_BATCH_OBJECTS * RECORDS);
  });

  it('after Ctrl-C, exits with 130, and continues without a repetition', async () => {
    let child: ReturnType<typeof start> | undefined;
    let gets = 0;
    reset({
      s3: ({ operation }) => {
        if (operation === 'GetObject' && ++gets === 130) child?.kill('SIGINT');
        return undefined;
      },
    });
    put(250);
    child = start([...TO_STREAM, '--yes']);
    const { stderr, status } = await child.finished;
    expect(stderr).toMatch(/^✖ interrupted: \d+ objects, \d+ events so far\. The same command continues\.$/);
    expect(status).toBe(130);
    expect(readState().counts.objects).toBeGreaterThanOrEqual(100);
    expect(readState().counts.objects).toBeLessThan(250);
    expect(await run([...TO_STREAM, '--yes'])).toMatchObject({ status: 0 });
    expect(delivered().sort()).toEqual(all(250).sort());
  });

  it('names failed objects, exits with 1, and tries only those again', async () => {
    reset({ s3: ({ key }) => (key === keyOf(3) ? { kind: 'accessDenied' } : undefined) });
    put(20);
    const damaged = logObject(21).subarray(0, -6);
    s3.putObject(BUCKET, keyOf(21), damaged);
    s3.putObject(BUCKET, keyOf(22), gzipSync('{"other":[]}'));
    const { stdout, stderr, status } = await run([...TO_STREAM, '--yes']);
    expect(stdout).toMatch(/T0003Z_fiLe\.json\.gz +0 +S3 GetObject: AccessDenied/);
    expect(stdout).toMatch(/T0021Z_fiLe\.json\.gz +\d+ +truncated-gzip/);
    expect(stdout).toMatch(/T0022Z_fiLe\.json\.gz +0 +holds no records: an object with other/);
    expect(stderr).toMatch(
      /^✖ 3 objects failed; 19 objects, .* The same command tries the failed ones again\.$/,
    );
    expect(status).toBe(1);
    const before = delivered();
    s3.reset();
    for (const n of [3, 22]) s3.putObject(BUCKET, keyOf(n), logObject(n));
    s3.putObject(BUCKET, keyOf(21), damaged);
    const again = await run([...TO_STREAM, '--yes']);
    expect(again.stderr).toMatch(/\n✖ 1 object failed; 21 objects, /);
    expect(again.status).toBe(1);
    // Those of the damaged object that were delivered before do not repeat.
    expect(delivered().slice(before.length).sort()).toEqual([...eventsOf(3), ...eventsOf(22)].sort());
  });

  it('selects by time, kind and ending, and skips digests and archived objects', async () => {
    put(60);
    s3.putObject(BUCKET, keyOf(5, 'CloudTrail-Insight'), logObject(105));
    s3.putObject(BUCKET, keyOf(5, 'CloudTrail-Digest'), logObject(205));
    s3.putObject(BUCKET, `${keyOf(6)}.txt`, logObject(206));
    s3.putObject(BUCKET, keyOf(30), logObject(30), { storageClass: 'GLACIER' });
    s3.putObject(BUCKET, keyOf(31), logObject(31), { storageClass: 'GLACIER_IR' });
    s3.putObject(BUCKET, keyOf(32), logObject(32), {
      storageClass: 'DEEP_ARCHIVE',
      restoredUntil: new Date('2026-12-01'),
    });
    const range = ['--from', '2026-11-03T00:10:00Z', '--to', '2026-11-03T00:40:00Z', '--kind', 'log'];
    const { stdout, stderr, status } = await run([...TO_STREAM, ...range, '--yes']);
    expect(stdout).toContain(`archived: ${keyOf(30)}`);
    expect({ stderr, status }).toEqual({
      stderr: '✖ 1 archived object not read; 29 objects, 87 events',
      status: 1,
    });
    const expected = Array.from({ length: 30 }, (_, i) => i + 10).filter((n) => n !== 30);
    expect(delivered().sort()).toEqual(expected.flatMap(eventsOf).sort());
  });

  it('refuses the state of another run, an unknown file, and a second run at the same time', async () => {
    put(3);
    expect(await run([...TO_STREAM, '--yes'])).toMatchObject({ status: 0 });
    expect(await run([...TO_STREAM, '--kind', 'insight', '--yes'])).toEqual({
      stdout: '',
      stderr: `error: ${state} is of a run with another kinds (none, now insight). Name another file with --state.`,
      status: 2,
    });
    writeFileSync(state, '{"a":');
    expect(await run([...TO_STREAM, '--yes'])).toMatchObject({
      stderr: `error: ${state} is not a state file of this command. Name another file with --state.`,
      status: 2,
    });
    state = `${state}-2`;
    let isHanging = false;
    reset({
      s3: ({ operation }) => {
        if (operation !== 'GetObject') return undefined;
        isHanging = true;
        return { kind: 'hang' };
      },
    });
    put(3);
    const first = start([...TO_STREAM, '--yes']);
    while (!isHanging) await new Promise((resolve) => setTimeout(resolve, 20));
    expect(await run([...TO_STREAM, '--yes'])).toMatchObject({
      stderr: `error: another run uses ${state}. Wait for it, or name another file with --state.`,
      status: 2,
    });
    first.kill('SIGINT');
    expect(await first.finished).toMatchObject({ status: 130 });
  });

  it('makes events of a profile, and continues only with the same one', async () => {
    const folder = join(cli.folder, 'profile-logs');
    mkdirSync(join(folder, keyOf(0), '..'), { recursive: true });
    writeFileSync(join(folder, keyOf(0)), logObject(0));
    const out = join(cli.folder, 'profile-out');
    const labels = ['--profile', 'detection', '--labels', 'env=prod'];
    expect(await run(['--out', out, '--yes', ...labels], folder)).toMatchObject({ status: 0 });
    const [line = ''] = readFileSync(join(out, 'events.ndjson'), 'utf8').split('\n');
    expect(JSON.parse(line).labels).toEqual({ env: 'prod' });
    expect(await run(['--out', out, '--yes', '--profile', 'raw'], folder)).toMatchObject({ status: 2 });
  });

  it('delivers a folder to a file, and appends only what is missing after a kill', async () => {
    const folder = join(cli.folder, 'logs');
    for (let n = 0; n < 250; n++) {
      mkdirSync(join(folder, keyOf(n), '..'), { recursive: true });
      writeFileSync(join(folder, keyOf(n)), logObject(n));
    }
    const out = join(cli.folder, 'out');
    const args = ['--out', out, '--yes'];
    const child = start(args, folder);
    while (!readState()?.counts.objects) await new Promise((resolve) => setTimeout(resolve, 5));
    child.kill('SIGKILL');
    await child.finished;
    const file = join(out, 'events.ndjson');
    // As if the process had ended in the middle of a write.
    writeFileSync(file, `${readFileSync(file, 'utf8')}{"message":"{\\"requestID`);
    expect(await run(args, folder)).toMatchObject({ status: 0 });
    const lines = readFileSync(file, 'utf8');
    for (const line of lines.trimEnd().split('\n')) JSON.parse(line);
    const ids = idsIn(lines);
    expect(new Set(ids)).toEqual(new Set(all(250)));
    expect(ids.length).toBeLessThanOrEqual((250 + MAX_BATCH_OBJECTS) * RECORDS);
  });

  it.each<[string, string[], Parameters<typeof reset>[0], string]>([
    [
      'a stream that is not there',
      ['--stream', 'other', '--packing', 'gzip'],
      {},
      'stream other does not exist in eu-west-3. Check --stream and AWS_REGION.',
    ],
    [
      'no permission for the stream',
      TO_STREAM,
      { firehose: () => ({ kind: 'accessDenied' }) },
      'access denied to stream events: allow firehose:PutRecordBatch',
    ],
    [
      'no permission for the bucket',
      TO_STREAM,
      { s3: () => ({ kind: 'accessDenied' }) },
      `access denied to s3://${BUCKET}: allow s3:ListBucket`,
    ],
    [
      'no permission for the objects',
      TO_STREAM,
      { s3: ({ operation }) => (operation === 'GetObject' ? { kind: 'accessDenied' } : undefined) },
      `access denied to s3://${BUCKET}/${keyOf(0)}: allow s3:GetObject`,
    ],
  ])('cannot tell with %s, and delivers nothing', async (_, args, faults, message) => {
    reset(faults);
    put(5);
    const { stderr, status } = await run([...args, '--yes']);
    expect({ stderr, status }).toEqual({ stderr: `error: ${message}`, status: 2 });
    expect(delivered()).toEqual([]);
  });

  it.each<[string, string[], string, string]>([
    [
      'a bucket that is not there',
      TO_STREAM,
      's3://other-bucket/AWSLogs/',
      's3://other-bucket: the bucket does not exist',
    ],
    [
      'a prefix without objects',
      TO_STREAM,
      `s3://${BUCKET}/none/`,
      `s3://${BUCKET}/none/: no log object of this range. Check --from, --to, --kind and the folder.`,
    ],
    ['no destination', [], SOURCE, '--local needs one destination: --stream NAME, or --out FOLDER'],
    [
      'labels without profile detection',
      [...TO_STREAM, '--labels', 'env=prod'],
      SOURCE,
      '--labels requires --profile detection (got seed)',
    ],
    [
      'no packing',
      ['--stream', STREAM],
      SOURCE,
      '--stream needs --packing, the same as the setting packing of the stack: gzip and other records must not mix in one stream',
    ],
    [
      'a range without time',
      [...TO_STREAM, '--from', '2026-11-03', '--to', '2026-11-03'],
      SOURCE,
      '--from must be before --to',
    ],
    [
      'an option of the stack',
      [...TO_STREAM, '--newest-first'],
      SOURCE,
      '--newest-first has no effect with --local. Remove it.',
    ],
  ])('refuses %s', async (_, args, source, message) => {
    put(2);
    for (const more of [['--yes'], []]) {
      const { stderr, status } = await run([...args, ...more], source);
      expect({ stderr, status }).toEqual({ stderr: `error: ${message}`, status: 2 });
    }
    expect([delivered(), existsSync(state)]).toEqual([[], false]);
  });

  it('has nothing to deliver if all objects are archived', async () => {
    s3.putObject(BUCKET, keyOf(1), logObject(1), { storageClass: 'GLACIER' });
    for (const more of [['--yes'], []])
      expect(await run([...TO_STREAM, ...more])).toEqual({
        stdout: '',
        stderr: `error: ${SOURCE}: all log objects of this range are archived (1). Restore them first, with S3 Batch Operations for example.`,
        status: 2,
      });
  });

  it('paces its calls', async () => {
    const padding = 'x'.repeat(400);
    const records = Array.from({ length: 900 }, (_, i) => ({ requestID: `0-${i}`, eventName: padding }));
    for (let n = 0; n < 3; n++)
      s3.putObject(BUCKET, keyOf(n), gzipSync(JSON.stringify({ Records: records })));
    const rate = ['--bytes-per-second', '1000000'];
    const { status } = await run(['--stream', STREAM, '--packing', 'lines', ...rate, '--yes']);
    expect(status).toBe(0);
    // A call has at most the bytes of a second: a single record instead of the four that fit.
    expect(firehose.counts.calls).toBe(firehose.records(STREAM).length);
    expect(firehose.counts.calls).toBeGreaterThan(2);
  });

  it('prints what docs/operate.md shows', async () => {
    const samples = fileURLToPath(new URL('../../events/objects/', import.meta.url));
    const folder = join(cli.folder, 'docs');
    cpSync(samples, folder, { recursive: true });
    const { stdout, stderr, status } = await cli.run(
      ['backfill', '--local', 'AWSLogs', '--out', 'events', '--yes'],
      '',
      { cwd: folder, env: environment() },
    );
    const page = readFileSync(new URL('../../docs/operate.md', import.meta.url), 'utf8');
    const [, output] = /^\$ cloudtrail-firehose backfill --local .*\n((?:.*\n)*?)```/m.exec(page) ?? [];
    expect(`${stdout}${stderr}\n`).toBe(output);
    expect(status).toBe(1);
  });
});
