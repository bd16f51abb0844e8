import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { useCli } from './run-cli.ts';

const cli = useCli();
const { folder } = cli;

function write(name: string, bytes: Buffer | string): string {
  const file = join(folder, name);
  mkdirSync(join(file, '..'), { recursive: true });
  writeFileSync(file, bytes);
  return file;
}

async function normalize(args: string[], stdin?: Buffer) {
  const { stdout, stderr, status } = await cli.run(['normalize', ...args], stdin);
  const lines = stdout.split('\n').filter((line) => line !== '');
  return { stdout, lines, stderr, status };
}

const seedUrl = new URL('../golden/seed/', import.meta.url);
const seed: { record: string; expected: { message: string } }[] = readdirSync(seedUrl).map((file) =>
  JSON.parse(readFileSync(new URL(file, seedUrl), 'utf8')),
);
// A record ends with its brace. Some samples were copied with the newline after it.
const seedFile = `{"Records":[${seed.map(({ record }) => record.trimEnd()).join(',')}]}`;
const seedEvents = seed.map(({ expected }) => ({ ...expected, message: expected.message.trimEnd() }));

describe('normalize', () => {
  it('prints the 14 seed records as the 14 expected events, in order', async () => {
    const { lines, stderr, status } = await normalize([write('seed.json', seedFile)]);
    expect(lines.map((line) => JSON.parse(line))).toEqual(seedEvents);
    expect({ stderr, status }).toEqual({ stderr: '✔ 14 records from 1 file', status: 0 });
  });

  it('reads gzip from standard input, and indents with --pretty', async () => {
    const { stdout, status } = await normalize(
      ['--pretty', '-'],
      gzipSync('{"Records":[{"eventName":"A"}]}'),
    );
    expect(stdout).toContain('\n  "message": "{\\"eventName\\":\\"A\\"}",\n');
    expect(status).toBe(0);
  });

  const profileFile = () =>
    write(
      'profile.json',
      '{"Records":[{"eventName":"A",\n"errorCode":"AccessDenied","recipientAccountId":"111122223333"}]}',
    );

  it.each([
    ['seed', 'success'],
    ['sekoia-2026', 'failure'],
    ['detection', 'failure'],
  ])('prints events of profile %s', async (profile, outcome) => {
    const { lines, status } = await normalize(['--profile', profile, profileFile()]);
    expect(lines.map((line) => JSON.parse(line).event.outcome)).toEqual([outcome]);
    expect(status).toBe(0);
  });

  it('prints the text of a record as a line with profile raw', async () => {
    const { stdout } = await normalize(['--profile', 'raw', profileFile()]);
    expect(stdout).toBe(
      '{"eventName":"A", "errorCode":"AccessDenied","recipientAccountId":"111122223333"}\n',
    );
  });

  it('adds labels and account names with profile detection', async () => {
    const accounts = write('accounts.json', '{"111122223333":"payments-prod"}');
    const options = ['--profile', 'detection', '--labels', 'env=prod,team=pay', '--accounts', accounts];
    const { lines } = await normalize([...options, profileFile()]);
    expect(JSON.parse(`${lines}`)).toMatchObject({
      labels: { env: 'prod', team: 'pay' },
      cloud: { account: { name: 'payments-prod' } },
    });
  });

  it.each([
    [
      ['--profile', 'ocsf'],
      /argument 'ocsf' is invalid. Allowed choices are seed, sekoia-2026, detection, raw/,
    ],
    [['--labels', 'env=prod'], /--labels requires --profile detection \(got seed\)/],
    [['--profile', 'raw', '--accounts', 'x'], /--accounts requires --profile detection \(got raw\)/],
    [['--profile', 'raw', '--pretty'], /--pretty would change the text/],
    [['--profile', 'detection', '--labels', 'env'], /--labels must contain labels of the form name=value/],
    [
      ['--profile', 'detection', '--accounts', 'none.json'],
      /--accounts none\.json: no such file or directory \(ENOENT\)/,
    ],
    [
      ['--profile', 'detection', '--accounts', 'README.md'],
      /--accounts README\.md must be a JSON file of account names/,
    ],
  ])('refuses %j', async (options, message) => {
    const { stdout, stderr, status } = await normalize([...options, profileFile()]);
    expect({ stdout, status }).toEqual({ stdout: '', status: 2 });
    expect(stderr).toMatch(message);
  });

  it('walks folders in order of names, and skips digests, notifications and other files there', async () => {
    const record = (name: string) => `{"Records":[{"eventName":"${name}"}]}`;
    write('tree/b/2.json', record('two'));
    write('tree/a/1.json.gz', gzipSync(record('one')));
    write(
      'tree/c/111122223333_CloudTrail-Digest_eu-west-3_trail_20261103T0900Z.json.gz',
      gzipSync(record('digest')),
    );
    write('tree/readme.txt', 'no log');
    write('tree/event.json', '{"bucket":"b","key":"k.json.gz"}');
    const { lines, stderr, status } = await normalize([join(folder, 'tree')]);
    expect(lines.map((line) => JSON.parse(line).event.action)).toEqual(['one', 'two']);
    expect(stderr).toMatch(
      /tree: 1 notification skipped: only log objects are read\n.*tree: 1 file skipped: names of log objects end in .json or .json.gz\n✔ 2 records from 2 files$/,
    );
    expect(status).toBe(0);
  });

  it('follows links to files and folders, and not for ever', async () => {
    write('stored/1.json', '{"Records":[{"eventName":"one"}]}');
    write('elsewhere/2.json', '{"Records":[{"eventName":"two"}]}');
    mkdirSync(join(folder, 'links'));
    symlinkSync(join(folder, 'stored/1.json'), join(folder, 'links/1.json'));
    symlinkSync(join(folder, 'elsewhere'), join(folder, 'links/more'));
    symlinkSync(join(folder, 'links'), join(folder, 'links/again'));
    const { lines, status } = await normalize([join(folder, 'links')]);
    expect(lines.map((line) => JSON.parse(line).event.action)).toEqual(['one', 'two']);
    expect(status).toBe(0);
  });

  it('names a link to nothing, and reads the rest of its folder', async () => {
    write('broken/1.json', '{"Records":[{"eventName":"one"}]}');
    symlinkSync(join(folder, 'nowhere'), join(folder, 'broken/2.json'));
    const { lines, stderr, status } = await normalize([join(folder, 'broken')]);
    expect(lines).toHaveLength(1);
    expect(stderr).toMatch(/broken\/2\.json: no such file or directory \(ENOENT\)\n✖/);
    expect(status).toBe(1);
  });

  it('fails for a folder without log objects, and for an empty name', async () => {
    mkdirSync(join(folder, 'bare'));
    expect(await normalize([join(folder, 'bare')])).toMatchObject({
      stderr: expect.stringMatching(/bare: no log object found\n✖/),
      status: 1,
    });
    expect(await normalize([''])).toMatchObject({
      stderr: 'error: an input is an empty name. Is a variable not set?',
      status: 2,
    });
  });

  it('refuses a notification on standard input', async () => {
    expect(await normalize(['-'], readFileSync('events/varied.json'))).toMatchObject({
      stdout: '',
      stderr: expect.stringMatching(/^error: stdin is a notification, not a log object\./),
      status: 2,
    });
  });

  it('reads a pipe', async () => {
    const pipe = join(folder, 'pipe');
    execFileSync('mkfifo', [pipe]);
    const read = normalize([pipe]);
    writeFileSync(pipe, '{"Records":[{"eventName":"one"}]}');
    expect(await read).toMatchObject({ stderr: '✔ 1 record from 1 file', status: 0 });
  });

  it('prints a name on one line, without control characters', async () => {
    const { stderr } = await normalize([write('a\n\x1b[31m.json', 'no JSON')]);
    expect(stderr).toMatch(
      /a\\u000a\\u001b\[31m\.json: not-json at byte 0.*\n✖ 0 records from 1 file, 1 error$/,
    );
  });

  it('reports each error with file and byte, prints the valid records and exits with status 1', async () => {
    const gzip = gzipSync('{"Records":[{"n":1},{"n":2}]}');
    const corrupt = Buffer.from(gzip);
    corrupt[corrupt.length - 8] = (corrupt.at(-8) ?? 0) ^ 0xff;
    const files = [
      join(folder, 'missing.json'),
      write('cut.json.gz', gzip.subarray(0, -9)),
      write('corrupt.json.gz', corrupt),
      write('bad.json', '{"Records":[{"n":1},{"n":secret}]}'),
      write('text.json', 'secret'),
      write('empty.json', ''),
      write('none.json', '{"a":1}'),
      write('good.json', '{"Records":[{"n":3}]}'),
    ];
    const { lines, stderr, status } = await normalize(files);
    expect(status).toBe(1);
    expect(stderr.replaceAll(`${folder}/`, '').split('\n')).toEqual([
      'missing.json: no such file or directory (ENOENT)',
      `cut.json.gz: truncated-gzip at byte ${gzip.length - 9}: the object ends inside its gzip data`,
      `corrupt.json.gz: bad-checksum at byte ${gzip.length - 5}: the gzip checksum does not match`,
      'bad.json: record 1 at byte 20: the record is not JSON',
      'text.json: not-json at byte 0: expected value',
      'empty.json: empty-object at byte 0: the object is empty',
      'none.json: holds no records: an object with a at byte 0',
      `✖ ${lines.length} records from 7 files, 7 errors`,
    ]);
    const messages = lines.map((line) => JSON.parse(line).message);
    expect(messages.slice(-5)).toEqual(['{"n":1}', '{"n":2}', '{"n":1}', '{"n":secret}', '{"n":3}']);
  });

  it('recovers the records of a corrupt standard input', async () => {
    const corrupt = gzipSync('{"Records":[{"n":1},{"n":2}]}');
    corrupt[corrupt.length - 8] = (corrupt.at(-8) ?? 0) ^ 0xff;
    const { lines, stderr, status } = await normalize(['-'], corrupt);
    expect(lines).toHaveLength(2);
    expect(stderr).toMatch(/^stdin: bad-checksum/);
    expect(status).toBe(1);
  });

  it('refuses a notification before it prints anything, and shows what to run instead', async () => {
    const good = write('good.json', '{"Records":[{"n":3}]}');
    expect(await normalize([good, 'events/varied.json'])).toMatchObject({
      stdout: '',
      stderr:
        'error: events/varied.json is a notification, not a log object. Run it with: cloudtrail-firehose local events/varied.json',
      status: 2,
    });
  });

  it('processes a file once that is named twice', async () => {
    const file = write('twice/x.json', '{"Records":[{"n":3}]}');
    const { lines, stderr } = await normalize([file, join(folder, 'twice')]);
    expect(lines).toHaveLength(1);
    expect(stderr).toMatch(/x\.json is named twice and processed once\n✔ 1 record from 1 file$/);
  });

  it('selects files by name, and records of files whose names do not tell', async () => {
    const record = (name: string, region: string) => ({ eventName: name, awsRegion: region });
    const fileOf = (...Records: object[]) => JSON.stringify({ Records });
    const named = (region: string) => `filter/111122223333_CloudTrail_${region}_20261103T0900Z_a.json`;
    write(named('eu-west-3'), fileOf(record('one', 'eu-west-3')));
    write(named('us-east-1'), fileOf(record('two', 'us-east-1')));
    write('filter/export.json', fileOf(record('three', 'eu-west-3'), record('four', 'us-east-1'), {}));
    const args = ['--region', 'eu-west-3', '--since', '2026-11-03', '--jobs'];
    for (const jobs of ['1', '2']) {
      const { lines, stderr, status } = await normalize([...args, jobs, join(folder, 'filter')]);
      expect(lines.map((line) => JSON.parse(line).event.action)).toEqual(['one', 'three', undefined]);
      expect(stderr).toBe(
        '✔ 4 records from 2 files, 1 record left out by filters, 1 file left out by filters',
      );
      expect(status).toBe(0);
    }
  });

  it('prints usage, and exits with status 2 without an input', async () => {
    const { stdout } = await normalize(['--help']);
    expect(stdout).toMatch(/^Usage: cloudtrail-firehose normalize \[options\] <input\.\.\.>/);
    expect(stdout).toMatch(/Examples:/);
    expect(await normalize([])).toMatchObject({
      stderr: "error: missing required argument 'input'",
      status: 2,
    });
  });
});
