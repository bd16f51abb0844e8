import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { useCli } from './run-cli.ts';

const cli = useCli();

const record = (file: number, index: number) => ({
  eventTime: '2026-11-03T09:00:00Z',
  eventName: `Event${file}`,
  awsRegion: 'eu-west-3',
  recipientAccountId: '111122223333',
  requestParameters: { name: `é ${index}`, password: 'hunter2' },
});

const folder = join(cli.folder, 'many');
const fileOf = (file: number) =>
  join(folder, `111122223333_CloudTrail_eu-west-3_20261103T0900Z_${String(file).padStart(2, '0')}.json.gz`);

/** 30 files: the first is the largest, so that the others wait for it; two are invalid. */
function writeFolder(): void {
  mkdirSync(folder);
  for (let file = 0; file < 30; file++) {
    const Records = Array.from({ length: file === 0 ? 1_000 : file }, (_, index) => record(file, index));
    const text = file === 7 ? '{"Records":[{"n":1},{"n":x},{"n":y}]}' : JSON.stringify({ Records });
    const gzip = gzipSync(text);
    writeFileSync(fileOf(file), file === 9 ? gzip.subarray(0, -9) : gzip);
  }
}

describe('normalize --jobs', () => {
  writeFolder();
  const rules = join(cli.folder, 'rules.json');
  writeFileSync(
    rules,
    '{"version":1,"rules":[{"name":"five","action":"drop","broad":true,"match":[{"field":"eventName","equals":"Event5"}]}]}',
  );
  const key = join(cli.folder, 'key');
  writeFileSync(key, 'k'.repeat(32));
  const accounts = join(cli.folder, 'accounts.json');
  writeFileSync(accounts, '{"111122223333":"payments"}');

  it.each([
    ['plain', []],
    ['rules and redaction', ['--rules', rules, '--redact', 'default', '--redact-key-file', key]],
    ['a profile', ['--profile', 'detection', '--labels', 'env=prod', '--accounts', accounts]],
  ])('prints the same with any number of threads: %s', async (_, options) => {
    const [one, two, five] = await Promise.all(
      ['1', '2', '5'].map((jobs) => cli.run(['normalize', '--jobs', jobs, ...options, folder])),
    );
    expect(one?.stdout.split('\n').length).toBeGreaterThan(1_400);
    expect(one?.status).toBe(1);
    expect(two).toEqual(one);
    expect(five).toEqual(one);
  });

  it.each([
    ['alone', []],
    ['among small, invalid and corrupt files', [folder]],
  ])('prints, writes and tells the same for a large file %s', async (_, others) => {
    const large = join(cli.folder, '111122223333_CloudTrail_eu-west-3_20261103T0905Z_large.json');
    const Records = Array.from({ length: 20_000 }, (_, index) => ({
      eventVersion: '1.08',
      ...record(0, index),
    }));
    const documents = [1, 2].map(() => JSON.stringify({ Records }));
    writeFileSync(large, documents.join('\n').replaceAll('"é 999"', 'x').slice(0, -9));
    const run = async (jobs: string, out: string[] = []) =>
      await cli.run(['normalize', '--jobs', jobs, '--redact', 'default', ...out, large, ...others]);
    const one = await run('1');
    expect(one.stderr).toMatch(/large\.json: record 999 at byte \d+: .*, and 1 more like it/);
    expect(one.stdout.split('\n').length).toBeGreaterThan(39_990);
    for (const jobs of ['2', '4']) expect(await run(jobs)).toEqual(one);
    const outs = ['1', '2'].map((jobs) => join(cli.folder, `out-${others.length}-${jobs}`));
    const written = await Promise.all(outs.map((out, index) => run(`${index + 1}`, ['--out', out])));
    expect(written[1]).toEqual(written[0]);
    const [first, second] = outs.map((out) =>
      execFileSync('sh', ['-c', 'cat */*.ndjson *.ndjson 2>/dev/null | sha256sum'], {
        cwd: out,
        encoding: 'utf8',
      }),
    );
    expect(second).toBe(first);
  });

  it('fails if a thread ends before its first batch', async () => {
    const large = join(cli.folder, 'large-for-ended-threads.json');
    const Records = Array.from({ length: 20_000 }, (_, index) => ({
      eventVersion: '1.08',
      ...record(0, index),
    }));
    writeFileSync(large, JSON.stringify({ Records }));
    const hook = `import { isMainThread } from 'node:worker_threads'; if (!isMainThread) process.exit(1);`;
    const NODE_OPTIONS = `--import data:text/javascript,${encodeURIComponent(hook)}`;
    const { status, stderr } = await cli.start(['normalize', '--jobs', '2', large], {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { ...process.env, NODE_OPTIONS },
    }).finished;
    expect({ status, stderr }).toEqual({
      status: 1,
      stderr: expect.stringMatching(/^✖ ended early: .* from 1 file\nerror: a thread ended$/),
    });
  });

  it('prints errors at the end, by file and reason', async () => {
    const { stderr } = await cli.run(['normalize', '--jobs', '3', folder]);
    expect(stderr.replaceAll(`${folder}/`, '')).toMatch(
      /^\S*_07.json.gz: record 1 at byte 20: the record is not JSON, and 1 more like it\n\S*_09.json.gz: truncated-gzip at byte \d+: .*\n✖ 1,431 records from 30 files, 3 errors$/,
    );
  });

  it('reads a pipe among files at its place', async () => {
    const pipe = join(cli.folder, 'pipe');
    execFileSync('mkfifo', [pipe]);
    const running = cli.run(['normalize', '--jobs', '3', '--profile', 'raw', fileOf(5), pipe, fileOf(6)]);
    writeFileSync(pipe, '{"Records":[{"eventName":"Piped"}]}');
    const names = (await running).stdout.match(/(Event\d|Piped)/g);
    expect(names).toEqual([...Array(5).fill('Event5'), 'Piped', ...Array(6).fill('Event6')]);
  });

  it('uses one thread if an option names a pipe, which only one can read', async () => {
    const { spawnargs, finished } = cli.start(['--version']);
    await finished;
    const program = spawnargs.slice(0, 2);
    const script = '"$@" --redact default --redact-key-file <(cat "$0")';
    const args = [...program, 'normalize', '--jobs', '2', fileOf(1), fileOf(2)];
    const stdout = execFileSync('bash', ['-c', script, key, ...args], {
      stdio: ['ignore', 'pipe', 'ignore'],
      encoding: 'utf8',
    });
    expect(stdout.split('\n')).toHaveLength(4);
    expect(stdout).toContain('redacted:');
  });

  it.each(['0', '257', '1.5', ''])('refuses %j', async (jobs) => {
    const { stderr, status } = await cli.run(['normalize', '--jobs', jobs, folder]);
    expect(stderr).toMatch(/Expected a whole number from 1 to 256\./);
    expect(status).toBe(2);
  });

  it('works from the sources, where each thread loads tsx', async () => {
    const root = new URL('../../', import.meta.url);
    const run = (jobs: string) =>
      execFileSync(
        process.execPath,
        ['--import', 'tsx', 'cli/main.ts', 'normalize', '--jobs', jobs, fileOf(1), fileOf(2)],
        { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] },
      );
    expect(run('2')).toBe(run('1'));
  });

  it('takes 256', async () => {
    const { status } = await cli.run(['normalize', '--jobs', '256', fileOf(1)]);
    expect(status).toBe(0);
  });
});
