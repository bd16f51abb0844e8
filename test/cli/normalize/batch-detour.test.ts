import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { normalizeBatch } from '../../../cli/normalize/batch.ts';
import { type BatchThreads, ThreadError } from '../../../cli/normalize/batch-detour.ts';
import { createEventMaker } from '../../../cli/normalize/event-maker.ts';
import { normalizeFile } from '../../../cli/normalize/normalize-file.ts';

const maker = createEventMaker({ redact: 'default' });
const NAME = '111122223333_CloudTrail_eu-west-3_20261103T0900Z_a.json.gz';
const file = { name: NAME, time: '2026-11-03T09:05:00Z', filter: { regions: ['eu-west-3'] } };

/** What a run gave, without how it came in chunks. */
async function run(text: string | Buffer, threads?: BatchThreads, pieceBytes = 700) {
  const bytes = Buffer.from(text);
  async function* open() {
    for (let at = 0; at < bytes.length; at += pieceBytes) yield bytes.subarray(at, at + pieceBytes);
  }
  const given = { output: '', bytes: 0, records: 0, dropped: 0, filtered: 0, faults: [] as unknown[] };
  const isRead = await normalizeFile(
    file,
    open,
    maker,
    async ({ lines, faults, ...counts }) => {
      given.output += Buffer.from(lines).toString();
      given.faults.push(...faults);
      for (const name of ['bytes', 'records', 'dropped', 'filtered'] as const) given[name] += counts[name];
      return true;
    },
    threads,
  );
  return { ...given, isRead };
}

/** Answers like a thread, later and with the memory of the batch. Counts what it did. */
function createThreads(batchBytes: number) {
  const counts = { records: 0, wrong: 0 };
  const threads: BatchThreads = {
    ...{ maxInFlight: 3, batchBytes },
    async send(batch) {
      const copy = structuredClone(batch, { transfer: [batch.bytes.buffer] });
      await new Promise((resolve) => setImmediate(resolve));
      const answer = normalizeBatch(copy, maker);
      counts.records += answer.chunk?.records ?? 0;
      if (!answer.chunk) counts.wrong++;
      return answer;
    },
  };
  return { threads, counts };
}

const record = (index: number, more: object = {}) => ({
  eventVersion: '1.08',
  eventName: `Event${index}`,
  awsRegion: index % 7 === 0 ? 'us-east-1' : 'eu-west-3',
  requestParameters: { name: `é ${index}`, password: 'hunter2' },
  ...more,
});
const records = (count: number, more?: (index: number) => object) =>
  Array.from({ length: count }, (_, index) => record(index, more?.(index)));
const json = JSON.stringify;

const nested = { items: [{ eventVersion: '1' }, { eventVersion: '2' }] };
const many = json({ Records: records(200) });
const broken = many.replaceAll('"Event50"', 'x').replaceAll('"Event51"', '"Event51');

describe('a file whose records are cut into batches gives the same as in one thread', () => {
  it.each<[string, string | Buffer, { some: boolean }]>([
    ['records', many, { some: true }],
    ['gzip', gzipSync(json({ Records: records(2_500) })), { some: true }],
    ['a list as a document', json(records(200)), { some: true }],
    [
      'what looks like records inside records',
      json({ Records: records(200, (i) => (i === 90 ? nested : {})) }),
      { some: true },
    ],
    ['the same in each record', json({ Records: records(200, () => nested) }), { some: false }],
    ['invalid records', many.replaceAll(/"Event[37]\d"/g, 'x'), { some: true }],
    ['an open string', broken, { some: true }],
    [
      'a record larger than a batch',
      json({ Records: records(200, (i) => (i === 90 ? { x: 'x'.repeat(5_000) } : {})) }),
      { some: true },
    ],
    ['several documents', [1, 2, 3].map(() => many).join('\n'), { some: true }],
    [
      'a second list after the records',
      `${json({ Records: records(40) }).slice(0, -1)},"x":${json(records(99))}}`,
      { some: true },
    ],
    ['a list after a list', `${json(records(40))},${json(records(99))}`, { some: true }],
    ['a list as a document after another', `${json(records(40))}\n${json(records(99))}`, { some: true }],
    [
      'a list that ends where the number of records does not tell',
      `${json({ Records: [...records(20), record(20, nested)] }).slice(0, -1)}\n${json(records(200))}`,
      { some: true },
    ],
    [
      'JSON Lines',
      records(200)
        .map((one) => json(one))
        .join('\n'),
      { some: false },
    ],
    [
      'white space between records',
      `{"Records":[${records(200)
        .map((one) => json(one))
        .join(', ')}]}`,
      { some: false },
    ],
    ['a cut document', many.slice(0, -700), { some: true }],
    ['cut gzip', gzipSync(json({ Records: records(2_500) })).subarray(0, -30), { some: true }],
    ['bytes after the document', `${many}}`, { some: true }],
    ['an empty list', '{"Records":[]}', { some: false }],
  ])('%s', async (_, text, { some }) => {
    const expected = await run(text);
    for (const [batchBytes, pieceBytes] of [
      [2_000, 700],
      [900, 331],
      [20_000, 999],
      [700, 9_000],
    ] as const) {
      const { threads, counts } = createThreads(batchBytes);
      expect(await run(text, threads, pieceBytes)).toEqual(expected);
      if (batchBytes === 2_000) expect(counts.records > 0).toBe(some);
    }
  });

  it('gives most records to the threads, and nothing after a few wrong guesses', async () => {
    const good = createThreads(2_000);
    await run(many, good.threads);
    expect(good.counts.records).toBeGreaterThan(170);
    expect(good.counts.wrong).toBe(0);
    const bad = createThreads(2_000);
    await run(json({ Records: records(2_000, () => nested) }), bad.threads);
    expect(bad.counts.wrong).toBeGreaterThan(0);
    expect(bad.counts.wrong).toBeLessThanOrEqual(8 * 3);
  });

  it('stops when its caller does', async () => {
    const { threads } = createThreads(2_000);
    let chunks = 0;
    const open = async function* () {
      for (const piece of many.match(/.{700}/gs) ?? []) yield Buffer.from(piece);
    };
    const isRead = await normalizeFile(
      file,
      open,
      maker,
      async ({ records }) => !(records > 0 && ++chunks === 3),
      threads,
    );
    expect({ isRead, chunks }).toEqual({ isRead: false, chunks: 3 });
  });

  it('fails if a thread ends, rather than calling the file invalid', async () => {
    const send = () => Promise.reject(new ThreadError('a thread ended'));
    await expect(run(many, { maxInFlight: 3, batchBytes: 2_000, send })).rejects.toThrow('a thread ended');
  });
});
