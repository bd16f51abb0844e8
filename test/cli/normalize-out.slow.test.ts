import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { useCli } from './run-cli.ts';

const cli = useCli();

const DAY = 'AWSLogs/111122223333/CloudTrail/eu-west-3/2026/11/03';

/** Three files below `AWSLogs/`; the second ends too early. */
function writeLogs(name: string): string {
  const folder = join(cli.folder, name, DAY);
  mkdirSync(folder, { recursive: true });
  for (const file of ['a', 'b', 'c']) {
    const gzip = gzipSync(JSON.stringify({ Records: [{ eventName: file }, { eventName: `${file}2` }] }));
    writeFileSync(join(folder, `${file}.json.gz`), file === 'b' ? gzip.subarray(0, -9) : gzip);
  }
  return folder;
}

const filesOf = (folder: string) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort();

describe('normalize --out', () => {
  it.each(['1', '2'])('writes the events of each file to its own, with --jobs %s', async (jobs) => {
    const logs = writeLogs(`plain-${jobs}`);
    const out = join(cli.folder, `out-${jobs}`);
    const { stdout } = await cli.run(['normalize', logs]);
    const { status, ...printed } = await cli.run(['normalize', '--jobs', jobs, '--out', out, logs]);
    const names = ['a', 'b', 'c'].map((name) => `${DAY}/${name}.ndjson`);
    expect(filesOf(out)).toEqual(names);
    expect(names.map((name) => readFileSync(join(out, name), 'utf8')).join('')).toBe(stdout);
    expect(stdout.split('\n')).toHaveLength(7);
    expect({ status, stdout: printed.stdout }).toEqual({ status: 1, stdout: '' });
    expect(printed.stderr).toMatch(/✖ 6 records from 3 files, 1 error$/);
  });

  it('compresses with --gzip, and names a file by its place below the folder', async () => {
    const out = join(cli.folder, 'out-gzip');
    mkdirSync(join(cli.folder, 'elsewhere/deep'), { recursive: true });
    writeFileSync(join(cli.folder, 'elsewhere/deep/x.json'), '{"Records":[{"n":1}]}');
    await cli.run(['normalize', '--profile', 'raw', '--gzip', '--out', out, join(cli.folder, 'elsewhere')]);
    expect(filesOf(out)).toEqual(['deep/x.ndjson.gz']);
    expect(gunzipSync(readFileSync(join(out, 'deep/x.ndjson.gz'))).toString()).toBe('{"n":1}\n');
  });

  it('goes on after Ctrl-C where it was, and reads again what was not complete', async () => {
    const logs = writeLogs('state');
    const out = join(cli.folder, 'out-state');
    const state = join(cli.folder, 'state.json');
    const args = ['normalize', '--jobs', '1', '--out', out, '--state', state, logs, '-'];
    const first = cli.start(args);
    first.stdin?.write('{"Records":[{"n":1},');
    while (!existsSync(join(out, 'stdin.ndjson.part')))
      await new Promise((resolve) => setTimeout(resolve, 20));
    first.kill('SIGINT');
    const interrupted = await first.finished;
    expect(interrupted.status).toBe(130);
    expect(interrupted.stderr).toMatch(
      /✖ interrupted: \d records from 4 files\. Run the same command again to go on\.$/,
    );
    expect(filesOf(out)).toEqual(['a', 'b', 'c'].map((name) => `${DAY}/${name}.ndjson`));

    // Its content shows that it is not written again.
    writeFileSync(join(out, DAY, 'a.ndjson'), 'kept');
    rmSync(join(out, DAY, 'c.ndjson'));
    const second = await cli.run(args, '{"Records":[{"n":1}]}');
    expect(second.stderr).toMatch(/✖ 5 records from 3 files, 1 file done by an earlier run, 1 error$/);
    expect(readFileSync(join(out, DAY, 'a.ndjson'), 'utf8')).toBe('kept');
    expect(readFileSync(join(out, DAY, 'c.ndjson'), 'utf8').split('\n')).toHaveLength(3);
    expect(existsSync(join(out, 'stdin.ndjson'))).toBe(true);

    const other = await cli.run([...args, '--gzip'], '');
    expect(other.stderr).toMatch(/is of a run with another gzip \(false, now true\)/);
    expect(other.status).toBe(2);
  });

  it('refuses two inputs of one output, before it writes anything', async () => {
    const folder = join(cli.folder, 'same');
    mkdirSync(folder);
    for (const name of ['x.json', 'x.json.gz']) writeFileSync(join(folder, name), '{"Records":[{"n":1}]}');
    const out = join(cli.folder, 'out-same');
    const { stderr, status } = await cli.run(['normalize', '--out', out, folder]);
    expect(stderr).toMatch(/x\.json and .*x\.json\.gz would both become .*x\.ndjson\. Run them separately\./);
    expect(status).toBe(2);
    expect(existsSync(out)).toBe(false);
  });

  it.each(['1', '2'])('ends if it cannot write, with --jobs %s', async (jobs) => {
    const logs = writeLogs(`full-${jobs}`);
    const out = join(cli.folder, `file-${jobs}`);
    writeFileSync(out, '');
    const { stderr, status } = await cli.run(['normalize', '--jobs', jobs, '--out', out, logs]);
    expect(stderr).toMatch(
      /\nerror: cannot write .*\.ndjson: .*\((ENOTDIR|EEXIST)\)\. Choose another folder with --out\.$/,
    );
    expect(status).toBe(1);
  });

  it.each(['--gzip', '--state=x'])('refuses %s without --out', async (option) => {
    const { stderr, status } = await cli.run(['normalize', option, 'README.md']);
    expect(stderr).toMatch(/^error: --(gzip|state) requires --out$/);
    expect(status).toBe(2);
  });
});
