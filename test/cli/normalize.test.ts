import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';

const folder = mkdtempSync(join(tmpdir(), 'normalize-'));
afterAll(() => rmSync(folder, { recursive: true }));

function write(name: string, bytes: Buffer | string): string {
  const file = join(folder, name);
  mkdirSync(join(file, '..'), { recursive: true });
  writeFileSync(file, bytes);
  return file;
}

async function normalize(args: string[], stdin?: Buffer) {
  const child = spawn(process.execPath, ['--import', 'tsx', 'cli/normalize.ts', ...args]);
  child.stdin.end(stdin);
  const exit = new Promise<number | null>((resolve) => child.on('close', resolve));
  const [stdout, stderr, status] = await Promise.all([text(child.stdout), text(child.stderr), exit]);
  const lines = stdout.split('\n').filter((line) => line !== '');
  return { stdout, lines, stderr: stderr.trim(), status };
}

const seedUrl = new URL('../golden/seed/', import.meta.url);
const seed: { record: string; expected: { message: string } }[] = readdirSync(seedUrl).map((file) =>
  JSON.parse(readFileSync(new URL(file, seedUrl), 'utf8')),
);
// In a log file a record ends with its brace; some samples were copied with the newline behind it.
const seedFile = `{"Records":[${seed.map(({ record }) => record.trimEnd()).join(',')}]}`;
const seedEvents = seed.map(({ expected }) => ({ ...expected, message: expected.message.trimEnd() }));

describe('normalize', () => {
  it('prints the 14 seed records as the 14 expected events, in order', async () => {
    const { lines, stderr, status } = await normalize([write('seed.json', seedFile)]);
    expect(lines.map((line) => JSON.parse(line))).toEqual(seedEvents);
    expect({ stderr, status }).toEqual({ stderr: '', status: 0 });
  });

  it('reads gzip from standard input, and indents for eyes', async () => {
    const { stdout, status } = await normalize(
      ['--pretty', '-'],
      gzipSync('{"Records":[{"eventName":"A"}]}'),
    );
    expect(stdout).toContain('\n  "message": "{\\"eventName\\":\\"A\\"}",\n');
    expect(status).toBe(0);
  });

  it('walks folders by name, and passes over digests and other files there', async () => {
    const record = (name: string) => `{"Records":[{"eventName":"${name}"}]}`;
    write('tree/b/2.json', record('two'));
    write('tree/a/1.json.gz', gzipSync(record('one')));
    write(
      'tree/c/111122223333_CloudTrail-Digest_eu-west-3_trail_20261103T0900Z.json.gz',
      gzipSync(record('digest')),
    );
    write('tree/readme.txt', 'no log');
    const { lines, status } = await normalize([join(folder, 'tree')]);
    expect(lines.map((line) => JSON.parse(line).event.action)).toEqual(['one', 'two']);
    expect(status).toBe(0);
  });

  it('names each fault by file and byte, prints whatever is good, and ends with status 1', async () => {
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
      expect.stringMatching(/^missing.json: ENOENT/),
      `cut.json.gz: truncated-gzip at byte ${gzip.length - 9}: the object ends inside its gzip data`,
      `corrupt.json.gz: bad-checksum at byte ${gzip.length - 5}: the gzip checksum does not fit`,
      'bad.json: record 1 at byte 20: the record is not JSON',
      'text.json: not-json at byte 0: expected value',
      'empty.json: empty-object at byte 0: there is not one byte',
      'none.json: holds no records: an object with a at byte 0',
    ]);
    const messages = lines.map((line) => JSON.parse(line).message);
    expect(messages.slice(-5)).toEqual(['{"n":1}', '{"n":2}', '{"n":1}', '{"n":secret}', '{"n":3}']);
  });

  it('recovers the records of a corrupt standard input, too', async () => {
    const corrupt = gzipSync('{"Records":[{"n":1},{"n":2}]}');
    corrupt[corrupt.length - 8] = (corrupt.at(-8) ?? 0) ^ 0xff;
    const { lines, stderr, status } = await normalize(['-'], corrupt);
    expect(lines).toHaveLength(2);
    expect(stderr).toMatch(/^stdin: bad-checksum/);
    expect(status).toBe(1);
  });

  it('ends quietly where nobody reads on', async () => {
    const records = Array.from({ length: 50_000 }, (_, n) => `{"n":${n}}`).join(',');
    const file = write('long.json', `{"Records":[${records}]}`);
    const child = spawn(process.execPath, ['--import', 'tsx', 'cli/normalize.ts', file]);
    const stderr = text(child.stderr);
    child.stdout.once('data', () => child.stdout.destroy());
    const status = await new Promise((resolve) => child.on('close', resolve));
    expect([await stderr, status]).toEqual(['', 0]);
  });

  it('explains itself', async () => {
    expect((await normalize(['--help'])).stdout).toMatch(/Usage: normalize \[options\] <file...>/);
    const { stderr, status } = await normalize([]);
    expect([stderr, status]).toEqual(["error: missing required argument 'file'", 1]);
  });
});
