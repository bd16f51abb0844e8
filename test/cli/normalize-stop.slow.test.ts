import { execFile, execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { useCli } from './run-cli.ts';

const cli = useCli();

const recordsOf = (name: string, count: number) =>
  `{"Records":[${Array.from({ length: count }, (_, n) => `{"eventName":"${name}","n":${n}}`).join(',')}]}`;

function write(name: string, text: string): string {
  const path = join(cli.folder, name);
  writeFileSync(path, text);
  return path;
}

function makePipe(name: string): string {
  const path = join(cli.folder, name);
  execFileSync('mkfifo', [path]);
  return path;
}

async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await new Promise((resolve) => setTimeout(resolve, 20));
}

const partsIn = (folder: string) =>
  readdirSync(folder, { recursive: true }).filter((name) => String(name).endsWith('.part'));

describe('Ctrl-C', () => {
  it.each(['1', '2'])('ends a run that waits for a pipe without a writer, with --jobs %s', async (jobs) => {
    const pipe = makePipe(`idle-${jobs}`);
    const file = write(`before-${jobs}.json`, recordsOf('A', 2));
    const out = join(cli.folder, `out-${jobs}`);
    const state = join(cli.folder, `state-${jobs}`);
    const args = ['normalize', '--jobs', jobs, '--out', out, '--state', state, file, pipe];
    const child = cli.start(args);
    await until(() => existsSync(join(out, `before-${jobs}.ndjson`)) && partsIn(out).length === 1);
    child.kill('SIGINT');
    expect(await child.finished).toMatchObject({
      stderr: '✖ interrupted: 2 records from 2 files. Run the same command again to go on.',
      status: 130,
    });
    expect(readdirSync(out)).toEqual([`before-${jobs}.ndjson`]);
    expect(Object.keys(JSON.parse(readFileSync(state, 'utf8')).done)).toEqual([file]);
  });

  it('ends a run that waits for the rest of a pipe', async () => {
    const pipe = makePipe('half');
    const child = cli.start(['normalize', pipe]);
    const writer = createWriteStream(pipe);
    writer.write('{"Records":[{"n":1},{"n":2}');
    if (child.stdout) await once(child.stdout, 'data');
    child.kill('SIGINT');
    expect(await child.finished).toMatchObject({
      stderr: '✖ interrupted: 2 records from 1 file',
      status: 130,
    });
    writer.on('error', () => {}).destroy();
  });

  it('leaves the start of the whole output, whatever the other threads have read', async () => {
    const folder = join(cli.folder, 'ordered');
    mkdirSync(folder);
    // A large file takes several reads. The small one behind it is done before.
    for (let file = 0; file < 10; file++)
      writeFileSync(join(folder, `${file}.json`), recordsOf(`Event${file}`, file % 2 === 0 ? 20_000 : 40));
    const whole = (await cli.run(['normalize', '--jobs', '1', folder])).stdout;
    for (let take = 0; take < 5; take++) {
      const child = cli.start(['normalize', '--jobs', '3', folder]);
      let chunks = 0;
      child.stdout?.on('data', () => {
        if (++chunks === 40 + 60 * take) child.kill('SIGINT');
      });
      const { stdout, status } = await child.finished;
      expect(status).toBe(130);
      expect(stdout.length).toBeLessThan(whole.length);
      expect(whole.startsWith(stdout)).toBe(true);
    }
  });
});

it('reads more pipes than Node has threads, which one program fills in turn', async () => {
  const pipes = Array.from({ length: 6 }, (_, index) => makePipe(`turn-${index}`));
  const running = cli.run(['normalize', '--jobs', '8', '--profile', 'raw', ...pipes]);
  // More than a pipe holds, so the program waits until it is read.
  const file = write('long.json', recordsOf('A', 10_000));
  const script = 'file=$1; shift; for pipe; do cat "$file" > "$pipe"; done';
  await promisify(execFile)('sh', ['-c', script, 'sh', file, ...pipes]);
  const one = (await cli.run(['normalize', '--profile', 'raw', file])).stdout;
  expect((await running).stdout).toBe(one.repeat(6));
});

describe('an output that cannot be written', () => {
  it.each(['1', '3'])('leaves no incomplete file, with --jobs %s', async (jobs) => {
    const files = [
      write('1.json', recordsOf('A', 40_000)),
      write('2.json', recordsOf('B', 1)),
      write('3.json', recordsOf('C', 40_000)),
    ];
    const out = join(cli.folder, `blocked-${jobs}`);
    // A folder that is not empty is not replaced.
    mkdirSync(join(out, '2.ndjson/x'), { recursive: true });
    const state = join(cli.folder, `blocked-state-${jobs}`);
    const args = ['normalize', '--jobs', jobs, '--out', out, '--state', state, ...files];
    const { stderr, status } = await cli.run(args);
    expect(stderr).toMatch(
      /^✖ ended early: .* records from \d files?\. Run the same command again to go on\.\nerror: cannot write .*2\.ndjson: .*\((EISDIR|ENOTEMPTY)\)$/,
    );
    expect(status).toBe(1);
    expect(partsIn(out)).toEqual([]);
    const done = Object.keys(JSON.parse(readFileSync(state, 'utf8')).done);
    expect(done.map((path) => existsSync(path.replace(cli.folder, out).replace(/json$/, 'ndjson')))).toEqual(
      done.map(() => true),
    );
  });

  it.skipIf(!existsSync('/proc'))('is one line with what to do: a folder that cannot be made', async () => {
    const { stderr } = await cli.run(['normalize', '--out', '/proc/x', write('y.json', recordsOf('A', 1))]);
    expect(stderr).toMatch(
      /error: cannot write \/proc\/x\/y\.ndjson: .*\. Choose another folder with --out\.$/,
    );
  });
});
