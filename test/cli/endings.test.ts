import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { useCli } from './run-cli.ts';

const cli = useCli();
const { folder } = cli;

function writeLog(name: string, records: number): string {
  const file = join(folder, name);
  writeFileSync(file, `{"Records":[${Array(records).fill('{"eventName":"A"}').join(',')}]}`);
  return file;
}

async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await new Promise((resolve) => setTimeout(resolve, 20));
}

describe('a closed pipe', () => {
  it('ends normalize without a message and with status 0', async () => {
    const child = cli.start(['normalize', writeLog('long.json', 50_000)]);
    child.stdout?.once('data', () => child.stdout?.destroy());
    const stderr: string[] = [];
    child.stderr?.on('data', (data) => stderr.push(String(data)));
    const [status] = await once(child, 'close');
    expect([stderr.join(''), status]).toEqual(['', 0]);
  });
});

describe('a closed pipe of local', () => {
  it('does not stop the delivery', async () => {
    const out = join(folder, 'unread');
    const child = cli.start(['local', writeLog('unread.json', 20_000), '--log', '--out', out]);
    child.stdout?.destroy();
    expect((await once(child, 'close'))[0]).toBe(0);
    expect(readFileSync(join(out, 'events.ndjson'), 'utf8').trimEnd().split('\n')).toHaveLength(20_000);
  });
});

describe('a signal', () => {
  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const)(
    '%s ends normalize with status %i and the counts so far, even if it waits for input',
    async (signal, expected) => {
      const child = cli.start(['normalize', '-']);
      child.stdin?.write('{"Records":[{"n":1},{"n":2}');
      if (child.stdout) await once(child.stdout, 'data');
      child.kill(signal);
      expect(await child.finished).toMatchObject({
        stderr: '✖ interrupted: 2 records from 1 file',
        status: expected,
      });
    },
  );

  it('SIGINT ends local with status 130: what was read is delivered or left for resume, and the file holds it', async () => {
    const out = join(folder, 'interrupted');
    const file = join(out, 'events.ndjson');
    const child = cli.start(['local', writeLog('huge.json', 1_000_000), '--out', out]);
    await until(() => existsSync(file) && readFileSync(file).length > 0);
    child.kill('SIGINT');
    const { stdout, stderr, status } = await child.finished;
    expect(status).toBe(130);
    const [read = 0, delivered = 0, left = 0] = (
      /records read {2}([\d,]+) = ([\d,]+) delivered \+ 0 filtered \+ 0 failed \+ ([\d,]+) left for resume\n/.exec(
        stdout,
      ) ?? []
    )
      .slice(1)
      .map((text) => Number(text.replaceAll(',', '')));
    expect(read).toBeGreaterThan(0);
    expect(read).toBeLessThan(1_000_000);
    expect(delivered + left).toBe(read);
    expect(readFileSync(file, 'utf8').trimEnd().split('\n')).toHaveLength(delivered);
    expect(stderr).toBe(`✖ interrupted: ${delivered.toLocaleString('en-US')} events in ${file}`);
  });
});

describe('an output that cannot be written', () => {
  it.skipIf(!existsSync('/dev/full'))('is one line: a full disk', async () => {
    const out = join(folder, 'full');
    mkdirSync(out);
    symlinkSync('/dev/full', join(out, 'events.ndjson'));
    expect(await cli.run(['local', '--out', out])).toEqual({
      stdout: '',
      stderr: expect.stringMatching(
        new RegExp(`error: cannot write to ${out}/events\\.ndjson: no space left on device \\(ENOSPC\\)$`),
      ),
      status: 1,
    });
  });

  it('is one line that names --out: a file in place of the folder', async () => {
    const out = join(folder, 'file');
    writeFileSync(out, '');
    expect(await cli.run(['local', '--out', out])).toEqual({
      stdout: '',
      stderr: `error: cannot write to ${out}/events.ndjson: not a directory (ENOTDIR). Choose another folder with --out.`,
      status: 1,
    });
  });

  it.skipIf(!existsSync('/proc'))('is one line: a folder in which no folder can be created', async () => {
    expect(await cli.run(['local', '--out', '/proc/x/y'])).toEqual({
      stdout: '',
      stderr: expect.stringMatching(
        /^error: cannot write to \/proc\/x\/y\/events\.ndjson: .* Choose another folder/,
      ),
      status: 1,
    });
  });

  it('is one line: another run writes to the same folder, until it ends', async () => {
    const out = join(folder, 'shared');
    const first = cli.start(['local', '-', '--out', out]);
    first.stdin?.write('{');
    await until(() => existsSync(join(out, 'events.ndjson')));
    expect(await cli.run(['local', '--out', out])).toEqual({
      stdout: '',
      stderr: `error: another run is writing to ${out}/events.ndjson. Wait for it, or choose another folder with --out.`,
      status: 1,
    });
    first.kill('SIGINT');
    expect(await first.finished).toMatchObject({ stderr: '✖ interrupted', status: 130 });
    expect((await cli.run(['local', '--out', out])).status).toBe(0);
  });
});

describe('an earlier output', () => {
  it('is replaced, with one line that says so', async () => {
    const out = join(folder, 'again');
    const runs = [await cli.run(['local', '--out', out]), await cli.run(['local', '--out', out])];
    expect(runs.map(({ status }) => status)).toEqual([0, 0]);
    expect(runs[0]?.stderr).toMatch(/^✔/);
    expect(runs[1]?.stderr).toMatch(new RegExp(`^replacing ${out}/events\\.ndjson of an earlier run\\n✔`));
  });
});

describe('wrong usage', () => {
  it('leaves the output of an earlier run, and an input that is the output', async () => {
    const out = join(folder, 'kept');
    const file = join(out, 'events.ndjson');
    await cli.run(['local', '--out', out]);
    const before = readFileSync(file);
    expect(before.length).toBeGreaterThan(1_000);
    const two = ['events/varied.json', 'events/insight.json'];
    expect(await cli.run(['local', ...two, '--out', out])).toEqual({
      stdout: '',
      stderr: 'error: events/varied.json is a notification and must be the only input',
      status: 2,
    });
    expect(await cli.run(['local', file, '--out', out])).toEqual({
      stdout: '',
      stderr: `error: ${file} is also where the events go. Choose another folder with --out.`,
      status: 2,
    });
    expect(readFileSync(file).equals(before)).toBe(true);
  });
});

describe('standard input of local', () => {
  it('is not left in the temporary folder after a second signal', async () => {
    const temporary = join(folder, 'temporary');
    mkdirSync(temporary);
    const options = { env: { ...process.env, TMPDIR: temporary } };
    const child = cli.start(['local', '-', '--out', join(folder, 'copied')], options);
    child.stdin?.write('{"Records":[{"n":1}');
    await until(() => readdirSync(temporary).some((name) => name.startsWith('cloudtrail-firehose-')));
    child.kill('SIGINT');
    child.kill('SIGINT');
    expect((await child.finished).status).toBe(130);
    expect(readdirSync(temporary).filter((name) => name.startsWith('cloudtrail-firehose-'))).toEqual([]);
  });
});

describe('the program', () => {
  it('prints its version and its help, and refuses what it does not know with status 2', async () => {
    const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
    expect(await cli.run(['--version'])).toEqual({ stdout: `${version}\n`, stderr: '', status: 0 });
    expect((await cli.run(['--help'])).stdout).toMatch(
      /Commands:\n {2}local .*\n {2}normalize .*\n {2}rules .*\n {2}bench /,
    );
    expect(await cli.run(['nope'])).toMatchObject({ stderr: "error: unknown command 'nope'", status: 2 });
    expect((await cli.run(['local', '--nope'])).status).toBe(2);
    expect(await cli.run([])).toMatchObject({ stdout: '', status: 2 });
  });
});
