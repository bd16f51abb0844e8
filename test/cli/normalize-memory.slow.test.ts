import { closeSync, openSync, readFileSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { generateRecords } from '../../samples/generate-records.ts';
import { useCli } from './run-cli.ts';

const cli = useCli();
const MEGABYTE = 1e6;
const INFLATED_BYTES = 1_000 * MEGABYTE;

/** Writes a log object of gzip members: the same block of records again and again. @returns how many records it has */
function writeLarge(file: string): number {
  const records = [...generateRecords({ seed: 3, count: 2_500 })];
  const block = records.map((record) => `${record},`).join('');
  const member = gzipSync(block, { level: 1 });
  const blocks = Math.ceil(INFLATED_BYTES / Buffer.byteLength(block));
  const descriptor = openSync(file, 'w');
  writeSync(descriptor, gzipSync('{"Records":['));
  for (let count = 0; count < blocks; count++) writeSync(descriptor, member);
  writeSync(descriptor, gzipSync(`${records[0]}]}`));
  closeSync(descriptor);
  return blocks * records.length + 1;
}

/** Loaded into the program: writes its peak resident size in bytes. That of `getrusage` would contain the parent's. */
const HOOK = `
import { readFileSync, writeFileSync } from 'node:fs';
import { isMainThread } from 'node:worker_threads';
const peak = () => Number(/VmHWM:\\s+(\\d+) kB/.exec(readFileSync('/proc/self/status', 'utf8'))[1]) * 1024;
if (isMainThread) process.on('exit', () => writeFileSync(process.env.PEAK_FILE, String(peak())));
`;

describe.runIf(process.platform === 'linux')('normalize of a log object of 1 GB', () => {
  const file = join(cli.folder, 'large.json.gz');
  const count = writeLarge(file);
  const hook = join(cli.folder, 'hook.mjs');
  writeFileSync(hook, HOOK);

  it.each([
    ['1', 200],
    ['2', 300],
  ])('with %s threads needs at most %i MB', async (jobs, megabytes) => {
    const peakFile = join(cli.folder, `peak-${jobs}`);
    const NODE_OPTIONS = `--import ${pathToFileURL(hook)}`;
    const { stderr } = await cli.start(['normalize', '--jobs', jobs, file], {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { ...process.env, NODE_OPTIONS, PEAK_FILE: peakFile },
    }).finished;
    expect(stderr).toContain(`✔ ${count.toLocaleString('en')} records from 1 file`);
    const peak = Number(readFileSync(peakFile, 'utf8')) / MEGABYTE;
    console.log(`--jobs ${jobs}: ${peak.toFixed(0)} MB`);
    expect(peak).toBeLessThan(megabytes);
  });
});
