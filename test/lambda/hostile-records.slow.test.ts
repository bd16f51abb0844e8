import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { gzipSync } from 'node:zlib';
import { beforeEach, describe, expect, it } from 'vitest';
import { DEFAULT_MAX_RECORD_BYTES } from '../../lambda/read/split-records.ts';
import { BUCKET, PLENTY_OF_TIME, s3Event, unpackEvents, useLocalAccount } from '../run-locally.ts';

const local = useLocalAccount();
beforeEach(() => local.reset());

const [A, B] = ['{"eventName":"A"}', '{"eventName":"B"}'];
const KEY = 'hostile.json.gz';
const PLACE = { file: { path: `s3://${BUCKET}/${KEY}` } };

/** A, then a record of 100 MB of one byte, then B. */
function around100Megabytes(byte: string): Buffer {
  const member = gzipSync(Buffer.alloc(10_000_000, byte));
  const [open, close] = [`{"Records":[${A},{"eventName":"large","x":"`, `"},${B}]}`];
  return Buffer.concat([gzipSync(open), ...new Array<Buffer>(10).fill(member), gzipSync(close)]);
}

/** Delivers one object, and expects no error outside its records. */
async function deliver(stored: Buffer, settings: Record<string, string> = {}) {
  local.account().s3.putObject(BUCKET, KEY, stored);
  const { handler, reports } = local.createHandler(settings);
  await handler(s3Event(KEY), PLENTY_OF_TIME);
  const [report] = reports;
  expect(report).toMatchObject({ objectsDone: 1, unbalanced: 0, errors: [] });
  const events = unpackEvents(local.taken);
  return { report, events, messages: events.map(({ message }) => message) };
}

/** Returns the result, and the growth of resident memory at its peak. */
async function measure<Result>(run: () => Promise<Result>) {
  const [before, peakBefore] = [process.memoryUsage().rss, process.resourceUsage().maxRSS];
  const result = await run();
  const peak = process.resourceUsage().maxRSS;
  return { result, growth: (peak > peakBefore ? peak * 1024 : process.memoryUsage().rss) - before };
}

/** Heap in use after garbage collection. */
function heapInUse(): number {
  setFlagsFromString('--expose-gc');
  runInNewContext('gc')();
  return process.memoryUsage().heapUsed;
}

describe('the function', () => {
  it('does not retain 1,000 different user agents of 64 KB', async () => {
    const filler = 'x'.repeat(65_530);
    const members = Array.from({ length: 1_000 }, (_, i) =>
      gzipSync(`${i === 0 ? '{"Records":[' : ','}{"eventSource":"x.y","userAgent":"${i}/${filler}"}`),
    );
    const stored = Buffer.concat([...members, gzipSync(']}')]);
    const before = heapInUse();
    // Filtered, because Firehose and this test would hold delivered events.
    const { report } = await deliver(stored, { EXCLUDE_EVENTS: 'x.y:*' });
    expect(report).toMatchObject({ recordsRead: 1_000, filtered: 1_000 });
    expect(heapInUse() - before).toBeLessThan(30e6);
  });

  it('does not hold a record of 100 MB, and delivers its place without its text', async () => {
    const { result, growth } = await measure(() => deliver(around100Megabytes('x')));
    expect(result.messages).toEqual([A, undefined, B]);
    expect(result.events[1]).toEqual({
      event: { kind: 'pipeline_error' },
      '@timestamp': expect.any(String),
      error: { message: 'the record is longer than MAX_RECORD_BYTES', type: 'MalformedRecordError' },
      log: { ...PLACE, offset: 1 },
    });
    expect(growth).toBeLessThan(100e6);
  });

  it.each([
    ['of the default maximum length', DEFAULT_MAX_RECORD_BYTES, {}],
    ['of 16 MiB, with MAX_RECORD_BYTES raised', 1 << 24, { MAX_RECORD_BYTES: `${1 << 24}` }],
  ])('hardly grows for a record of brackets, %s', async (_, bytes, settings) => {
    const levels = (bytes >> 1) - 20;
    const record = `{"requestParameters":${'['.repeat(levels)}${']'.repeat(levels)}}`;
    const { result, growth } = await measure(() =>
      deliver(gzipSync(`{"Records":[${A},${record},${B}]}`, { level: 1 }), settings),
    );
    expect(result.report).toMatchObject({ delivered: 3, malformed: 1 });
    // Parsing it would take 150 times its length.
    expect(growth).toBeLessThan(bytes * 24);
  });
});
