import { closeSync, ftruncateSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { beforeEach, describe, expect, it } from 'vitest';
import { BUCKET, PLENTY_OF_TIME, s3Event, unpackEvents, useLocalAccount } from '../run-locally.ts';

const local = useLocalAccount();
beforeEach(() => local.reset());

const [A, B, C] = ['{"eventName":"A"}', '{"eventName":"B"}', '{"eventName":"C"}'];

function put(key: string, ...bytes: Buffer[]): void {
  local.account().s3.putObject(BUCKET, key, Buffer.concat(bytes));
}

/** Gzip members that inflate to `mebibytes` MiB of one byte, and have a thousandth of that size. */
function filled(byte: string, mebibytes: number): Buffer {
  const member = gzipSync(Buffer.alloc(4 << 20, byte));
  return Buffer.concat(new Array<Buffer>(mebibytes / 4).fill(member));
}

/** Runs one invocation without a work queue, so the handler throws every error. */
async function invoke(keys: string[], settings: Record<string, string> = {}) {
  const { handler, reports } = local.createHandler({ WORK_QUEUE_URL: '', ...settings });
  const error = await handler(s3Event(...keys), PLENTY_OF_TIME).then(
    () => undefined,
    (thrown: Error) => thrown.message,
  );
  const events = unpackEvents(local.taken);
  return { error, report: reports[0], events, messages: events.map(({ message }) => message) };
}

// First in the file, because memory that other tests leave in use would hide the growth.
describe('objects of 512 MiB to 10 GiB', () => {
  it('are read to the end or to the first error in little memory', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'hostile-'));
    const file = join(folder, 'zeros');
    // After 10 GB of zeros the file continues for a terabyte, too much to read past the first error.
    const zeros = openSync(file, 'w');
    writeSync(zeros, filled('\0', 10_240));
    ftruncateSync(zeros, 2 ** 40);
    closeSync(zeros);
    local.account().s3.putObject(BUCKET, 'zeros.json.gz', { file });
    put('spaces.json.gz', gzipSync(`{"Records":[${A}`), filled(' ', 512), gzipSync(`,${B}]}`));
    put('string.json.gz', gzipSync('{"Records":[{"endless":"'), filled('x', 512), gzipSync(`"},${C}]}`));

    const peakBefore = process.resourceUsage().maxRSS;
    const { error, report, events, messages } = await invoke([
      'zeros.json.gz',
      'spaces.json.gz',
      'string.json.gz',
    ]);
    rmSync(folder, { recursive: true });
    expect(error).toBe(`s3://${BUCKET}/zeros.json.gz: LogObjectError: not-json at byte 0: expected document`);
    expect(report).toMatchObject({ objects: 3, objectsDone: 2, recordsRead: 4, malformed: 1 });
    expect(messages.filter(Boolean).sort()).toEqual([A, B, C]);
    expect(events.find(({ message }) => message === undefined)).toMatchObject({
      error: { message: 'the record is longer than MAX_RECORD_BYTES' },
      log: { file: { path: `s3://${BUCKET}/string.json.gz` }, offset: 0 },
    });
    const growthKiB = process.resourceUsage().maxRSS - peakBefore;
    expect(growthKiB * 1024).toBeLessThan(400e6);
  });
});

describe('a record of 100 MiB', () => {
  it.each([
    ['in one string', 'x', { event: { action: 'large' } }],
    // Six bytes each in JSON: the complete event would exceed V8's limit for strings.
    ['of NUL', '\0', { event: { kind: 'pipeline_error' }, error: { type: 'MalformedRecordError' } }],
  ])('%s is truncated to fit if MAX_RECORD_BYTES is raised', async (_, byte, expected) => {
    const key = 'large.json.gz';
    const open = gzipSync(`{"Records":[${A},{"eventName":"large","x":"`);
    put(key, open, filled(byte, 100), gzipSync(`"},${B}]}`));
    const settings = { MAX_RECORD_BYTES: '134217728', PACKING: 'single' };
    const { report, events, messages } = await invoke([key], settings);
    expect([messages[0], messages[2]]).toEqual([A, B]);
    const log = { file: { path: `s3://${BUCKET}/${key}` }, flags: ['truncated'], offset: 1 };
    expect(events[1]).toMatchObject({ ...expected, log });
    expect(messages[1]).toMatch(/^\{"eventName":"large","x":"(x+|\0+)$/);
    expect(local.taken[1]?.length).toBeGreaterThan(1_023_990);
    expect(local.taken[1]?.length).toBeLessThanOrEqual(1_024_000);
    expect(report).toMatchObject({ delivered: 3, truncated: 1 });
  });
});
