import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { useCli } from './run-cli.ts';

const cli = useCli();
const { folder } = cli;

/** `cwd` is the folder with the files of these tests, unless the test reads `events/`. */
async function local(args: string[], cwd?: string) {
  const out = mkdtempSync(join(folder, 'out-'));
  const result = await cli.run(['local', '--out', out, ...args], '', cwd === undefined ? {} : { cwd });
  const output = () => readFileSync(join(out, 'events.ndjson'), 'utf8').trimEnd().split('\n');
  const actions = () => output().map((line) => JSON.parse(line).event.action);
  return { ...result, output, actions };
}

function write(name: string, content: string | Buffer): string {
  mkdirSync(join(folder, name, '..'), { recursive: true });
  writeFileSync(join(folder, name), content);
  return name;
}

const log = (name: string) => gzipSync(`{"Records":[{"eventName":"${name}"}]}`);

describe('local', () => {
  it('delivers a sample object by default, prints the counts and ends with a check mark', async () => {
    const { stdout, stderr, status, output } = await local([]);
    expect(stdout).toMatch(
      /records read {2}600 = 600 delivered \+ 0 filtered \+ 0 failed \+ 0 left for resume\n/,
    );
    expect(stdout).toMatch(/objects {7}1 delivered, 0 skipped\n/);
    expect(stdout).toMatch(/top event.action\n +\d+ {2}\w+/);
    expect(output()).toHaveLength(600);
    expect(stderr).toMatch(/^✔ 600 events in .*events\.ndjson$/);
    expect(status).toBe(0);
  });

  it('spreads objects over several streams', async () => {
    const names = Array.from({ length: 20 }, (_, i) => write(`many/${i}.json.gz`, log(`E${i}`)));
    const { stdout, actions, status } = await local([...names, '--streams', '3'], folder);
    expect(actions().sort()).toEqual(names.map((_, i) => `E${i}`).sort());
    expect(stdout).toMatch(/streams {7}3 of 3 used\n/);
    expect(status).toBe(0);
    expect(await local(['--streams', '33'])).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('Expected a whole number from 1 to 32.'),
    });
  });

  it.each(['single', 'lines', 'gzip'])('writes one event per line with packing %s', async (packing) => {
    const { output } = await local(['events/several-records.json', '--packing', packing]);
    expect(output().map((line) => JSON.parse(line).event.outcome)).toEqual(Array(114).fill('success'));
  });

  it.each(['single', 'lines', 'gzip'])(
    'delivers and counts records of profile raw in %s',
    async (packing) => {
      write('raw.json', '{"Records":[{"eventName":"A",\n"n":1.0},{"eventName":A}]}');
      const { stdout, output } = await local(['raw.json', '--profile', 'raw', '--packing', packing], folder);
      const [first, second, ...others] = output();
      expect(first).toBe('{"eventName":"A", "n":1.0}');
      expect(JSON.parse(`${second}`).event).toEqual({ kind: 'pipeline_error' });
      expect(others).toEqual([]);
      expect(stdout).toMatch(/1 {2}A\n +1 {2}pipeline_error/);
    },
  );

  it('delivers events with labels and account names', async () => {
    write('detection.json', '{"Records":[{"recipientAccountId":"111122223333"}]}');
    write('accounts.json', '{"111122223333":"payments-prod"}');
    const options = ['--profile', 'detection', '--labels', 'env=prod', '--accounts', 'accounts.json'];
    const { output } = await local(['detection.json', ...options], folder);
    expect(output().map((line) => JSON.parse(line))).toEqual([
      expect.objectContaining({
        labels: { env: 'prod' },
        cloud: expect.objectContaining({ account: { id: '111122223333', name: 'payments-prod' } }),
      }),
    ]);
  });

  it('accepts log files with any name, and delivers two files of the same base name', async () => {
    write('my trail (1)+é.json.gz', log('Spaces'));
    write('log', '{"Records":[{"eventName":"NoEnding"}]}');
    write('a/x.json.gz', log('A'));
    write('b/x.json.gz', log('B'));
    const names = ['my trail (1)+é.json.gz', 'log', 'a/x.json.gz', 'b/x.json.gz'];
    const { actions, status, stdout } = await local(names, folder);
    expect(actions().sort()).toEqual(['A', 'B', 'NoEnding', 'Spaces']);
    expect(stdout).toMatch(/objects {7}4 delivered/);
    expect(status).toBe(0);
  });

  it('accepts folders, globs and standard input', async () => {
    write('tree/1/x.json.gz', log('Folder'));
    write('glob/1.json.gz', log('Glob1'));
    write('glob/2.json.gz', log('Glob2'));
    const { actions, status } = await local(['tree', 'glob/*.json.gz'], folder);
    expect(actions().sort()).toEqual(['Folder', 'Glob1', 'Glob2']);
    expect(status).toBe(0);
    const out = mkdtempSync(join(folder, 'out-'));
    const piped = await cli.run(['local', '-', '--out', out], log('Piped'));
    expect(piped.status).toBe(0);
    expect(readFileSync(join(out, 'events.ndjson'), 'utf8')).toContain('"Piped"');
  });

  it('runs a notification on standard input', async () => {
    const out = join(folder, 'piped');
    const notification = readFileSync('events/varied.json');
    const { stderr, status } = await cli.run(['local', '-', '--out', out], notification);
    expect(stderr).toBe(`✔ 600 events in ${out}/events.ndjson`);
    expect(status).toBe(0);
  });

  it('resolves names from the folder in which npm was called', async () => {
    write('here/mine.json.gz', log('Mine'));
    const env = { ...process.env, INIT_CWD: join(folder, 'here') };
    const { status, stderr } = await cli.run(['local', 'mine.json.gz', '--out', 'mine'], '', { env });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '✔ 1 event in mine/events.ndjson' });
    expect(readFileSync(join(folder, 'here/mine/events.ndjson'), 'utf8')).toContain('"Mine"');
  });

  it('lists dead letters by object, record and reason, and exits with status 1', async () => {
    const { stdout, stderr, status } = await local(['events/truncated.json']);
    expect(stdout).toMatch(/dead-letter queue \(1\)\n {2}object +record +reason\n/);
    expect(stdout).toMatch(/\n {2}s3:\/\/\S+ +112 +LogObjectError: truncated-gzip at byte 16952: /);
    expect(stderr).toMatch(/^✖ 1 message in the dead-letter queue; 112 events in /);
    expect(status).toBe(1);
  });

  const RECORD = '{"eventVersion":"1.11","eventName":"A","eventSource":"s3.amazonaws.com"}';
  it.each([
    ['one record of S3', 'one.json', RECORD, 1],
    ['a list of them', 'list.json', `[${RECORD},${RECORD}]`, 2],
    ['JSON Lines', 'lines.log', `${RECORD}\n${RECORD}\n`, 2],
    [
      'an event from EventBridge',
      'bus.json',
      `{"detail-type":"AWS API Call via CloudTrail","source":"aws.s3","detail":${RECORD}}`,
      1,
    ],
  ])('tells a log object from a notification: %s', async (_, name, content, events) => {
    const { output, status } = await local([write(name, content)], folder);
    expect(output()).toHaveLength(events);
    expect(status).toBe(0);
  });

  it('refuses what the handler refuses', async () => {
    const { stdout, stderr, status } = await local([write('hello.json', '{"hello":"world"}')], folder);
    expect(stdout).toMatch(/dead-letter queue \(1\)\n.*\n {2}message \S+ +.*an object with hello/);
    expect(stderr).toMatch(/^✖ 1 message in the dead-letter queue/);
    expect(status).toBe(1);
  });

  it('does not call an object without records delivered', async () => {
    const { stdout, stderr, status } = await local(
      [write('hello.json.gz', gzipSync('{"hello":"world"}'))],
      folder,
    );
    expect(stdout).toMatch(/0 delivered, 1 WITHOUT RECORDS/);
    expect(stdout).toContain('holds no records: an object with hello at byte 0');
    expect(stderr).toMatch(/^✖ 1 object without records/);
    expect(status).toBe(1);
  });

  it('prints a result per task of S3 Batch Operations', async () => {
    const { stdout, status } = await local(['events/batch-operations-2.json']);
    expect(stdout.match(/task \S+ {2}Succeeded: \d+ delivered/g)).toHaveLength(3);
    expect(status).toBe(0);
  });

  it('prints the log lines of the function as CloudWatch holds them', async () => {
    const { stdout } = await local(['--log']);
    const [entry, metrics] = stdout.split('\n').map((line) => (line.startsWith('{') ? JSON.parse(line) : {}));
    expect(entry).toMatchObject({
      timestamp: expect.stringMatching(/^\d{4}-.*Z$/),
      level: 'INFO',
      requestId: 'local-1',
      message: { delivered: 600, errors: [], version: 'unbundled' },
    });
    expect(metrics).toMatchObject({ _aws: { CloudWatchMetrics: [{}] }, Delivered: 600 });
    const failing = await local(['events/truncated.json', '--log']);
    expect(failing.stdout).toMatch(/"level":"ERROR","requestId":"local-1".*truncated-gzip/);
  });

  it('injects the same faults for the same seed, and loses nothing', async () => {
    const runs = [await local(['--faults', '4']), await local(['--faults', '4'])];
    const faults = runs.map(({ stdout }) => /faults {8}.*/.exec(stdout)?.[0]);
    expect(faults[0]).toMatch(/\d+ \w+\.\w+/);
    expect(faults[1]).toBe(faults[0]);
    for (const { stdout, status } of runs) {
      expect(stdout).toMatch(/duplicates .*; 600 different events/);
      expect(status).toBe(0);
    }
  });

  it('takes several invocations for an object that the simulated stream is too slow for', async () => {
    const { stdout, status } = await local(
      [
        write('many.json', JSON.stringify({ Records: Array(10_000).fill({ eventName: 'A' }) })),
        '--packing',
        'single',
        '--timeout',
        '12',
        '--rate',
        '0.1',
      ],
      folder,
    );
    expect(Number(/invocations {3}(\d+)/.exec(stdout)?.[1])).toBeGreaterThan(1);
    expect(stdout).toMatch(/events {8}10,000 delivered/);
    expect(status).toBe(0);
  });

  it.each([
    ['--timeout', 'abc', 'Expected seconds from 1 to 900.'],
    ['--timeout', '0', 'Expected seconds from 1 to 900.'],
    ['--timeout', '901', 'Expected seconds from 1 to 900.'],
    ['--out', '', 'Expected the name of a folder.'],
    ['--rate', 'x', 'Expected a number above 0.'],
    ['--rate', '-1', 'Expected a number above 0.'],
    ['--faults', 'abc', 'Expected a whole number from 0 to 4294967295.'],
    ['--faults', '1.5', 'Expected a whole number from 0 to 4294967295.'],
    ['--packing', 'zip', 'Allowed choices are single, lines, gzip.'],
  ])('refuses %s %s before it does anything, in one line with status 2', async (option, value, expected) => {
    const result = await cli.run(['local', '--out', join(folder, 'never'), option, value]);
    expect(result).toEqual({
      stdout: '',
      stderr: expect.stringMatching(
        new RegExp(`^error: option '${option} <.*>' argument '${value}' is invalid\\. ${expected}$`),
      ),
      status: 2,
    });
    expect(() => readFileSync(join(folder, 'never'))).toThrow('ENOENT');
  });

  it('names an input that is missing, and refuses a notification among others', async () => {
    expect(await local(['nowhere.json.gz'])).toMatchObject({
      stdout: '',
      stderr: 'error: cannot read nowhere.json.gz: no such file or directory (ENOENT)',
      status: 1,
    });
    expect(await local(['no*where.json.gz'])).toMatchObject({
      stderr: 'error: cannot read no*where.json.gz: no file matches',
      status: 1,
    });
    expect(await local(['events/varied.json', 'events/insight.json'])).toMatchObject({
      stderr: 'error: events/varied.json is a notification and must be the only input',
      status: 2,
    });
  });
});
