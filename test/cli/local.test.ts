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
