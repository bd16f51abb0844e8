import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';

const folder = mkdtempSync(join(tmpdir(), 'local-'));
afterAll(() => rmSync(folder, { recursive: true }));

async function run(...args: string[]) {
  const child = spawn(process.execPath, ['--import', 'tsx', 'cli/local.ts', '--out', folder, ...args]);
  const exit = new Promise<number | null>((resolve) => child.on('close', resolve));
  const [stdout, stderr, status] = await Promise.all([text(child.stdout), text(child.stderr), exit]);
  const output = () => readFileSync(join(folder, 'events.ndjson'), 'utf8').trimEnd().split('\n');
  return { stdout, stderr: stderr.trim(), status, output };
}

describe('npm run local', () => {
  it('delivers a typical object by default and says what was done', async () => {
    const { stdout, stderr, status, output } = await run();
    expect(stdout).toMatch(
      /records read {2}600 = 600 delivered \+ 0 filtered \+ 0 failed \+ 0 left for resume/,
    );
    expect(stdout).toMatch(/commonest event.action\n +\d+ {2}\w+/);
    expect(output()).toHaveLength(600);
    expect({ stderr, status }).toEqual({ stderr: '', status: 0 });
  });

  it.each(['single', 'lines', 'gzip'])('writes one event a line with packing %s', async (packing) => {
    const { output } = await run('events/several-records.json', '--packing', packing);
    expect(output().map((line) => JSON.parse(line).event.outcome)).toEqual(Array(114).fill('success'));
  });

  it('takes a person’s own files, whatever their names', async () => {
    const own = join(folder, 'my trail (1)+é.json.gz');
    const other = join(folder, 'log');
    writeFileSync(own, gzipSync('{"Records":[{"eventName":"Mine"}]}'));
    writeFileSync(other, '{"Records":[{"eventName":"Other"}]}');
    const { output, status } = await run(own, other);
    expect(
      output()
        .map((line) => JSON.parse(line).event.action)
        .sort(),
    ).toEqual(['Mine', 'Other']);
    expect(status).toBe(0);
  });

  it('ends with status 1 where an object ended in the dead-letter queue, and names it', async () => {
    const { stdout, status } = await run('events/truncated.json');
    expect(stdout).toMatch(/dead letter .*"nextRecord":112/);
    expect(stdout).toMatch(/fault .*truncated-gzip at byte 16952/);
    expect(status).toBe(1);
  });

  const RECORD = '{"eventVersion":"1.11","eventName":"A","eventSource":"s3.amazonaws.com"}';
  it.each([
    ['one record of S3', 'one.json', RECORD, 1],
    ['a list of them', 'list.json', `[${RECORD},${RECORD}]`, 2],
    ['JSON Lines', 'lines.log', `${RECORD}\n${RECORD}\n`, 2],
    [
      'what EventBridge had',
      'bus.json',
      `{"detail-type":"AWS API Call via CloudTrail","source":"aws.s3","detail":${RECORD}}`,
      1,
    ],
  ])('tells a log object from a notification: %s', async (_, name, content, events) => {
    writeFileSync(join(folder, name), content);
    const { output, status } = await run(join(folder, name));
    expect(output()).toHaveLength(events);
    expect(status).toBe(0);
  });

  it('refuses what the handler refuses, and calls nothing delivered that held no records', async () => {
    writeFileSync(join(folder, 'hello.json'), '{"hello":"world"}');
    const unknown = await run(join(folder, 'hello.json'));
    expect(unknown.stdout).toContain('no known notification: an object with hello');
    writeFileSync(join(folder, 'hello.json.gz'), gzipSync('{"hello":"world"}'));
    const without = await run(join(folder, 'hello.json.gz'));
    expect(without.stdout).toMatch(/0 delivered whole, 1 WITHOUT RECORDS/);
    expect(without.stdout).toContain('holds no records: an object with hello at byte 0');
    expect([unknown.status, without.status]).toEqual([1, 1]);
  });

  it('answers S3 Batch Operations with a result for each task', async () => {
    const { stdout, status } = await run('events/batch-operations-2.json');
    expect(stdout.match(/task \S+ {2}Succeeded: \d+ delivered/g)).toHaveLength(3);
    expect(status).toBe(0);
  });

  it('says what is wrong with its input', async () => {
    expect(await run('nowhere.json.gz')).toMatchObject({
      stderr: expect.stringMatching(/^error: ENOENT/),
      status: 1,
    });
    expect(await run('--packing', 'zip')).toMatchObject({
      stderr: expect.stringMatching(/Allowed choices/),
      status: 1,
    });
  });
});
