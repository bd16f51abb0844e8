import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { systemClock } from '../lambda/clock.ts';
import { ENV, type Packing } from '../lambda/contract.ts';
import { startDeadline } from '../lambda/deadline.ts';
import { ObjectLedger } from '../lambda/deliver/ledger.ts';
import { Packer } from '../lambda/deliver/pack-events.ts';
import { normalizeRecord } from '../lambda/normalize/normalize-record.ts';
import { deliverObjects, deliverRecord, type PipelineResult } from '../lambda/pipeline.ts';
import { gunzip, type OpenBytes } from '../lambda/read/gunzip.ts';
import { readRecords } from '../lambda/read/read-records.ts';
import { RecordSplitter } from '../lambda/read/split-records.ts';
import type { Selection } from '../lambda/select/select-event.ts';
import { readSettings } from '../lambda/settings.ts';
import type { Stage } from './measure.ts';
import { stubbedSdkFirehose, stubS3 } from './stub-clients.ts';

/**
 * The minimum work for any JavaScript program: gunzip, decode, parse the full document, and stringify prepared
 * events. No splitting, no normalizing, no packing, no constant memory.
 */
export const FLOOR = 'floor';

/** Output size of one inflate step. */
const CHUNK_BYTES = 262_144;

/** Returns each stage, and all stages together, for one log object. */
export function stagesOf(file: string): Stage[] {
  const stored = readFileSync(file);
  const inflated = gunzipSync(stored);
  const chunks = Array.from({ length: Math.ceil(inflated.length / CHUNK_BYTES) }, (_, i) =>
    inflated.subarray(i * CHUNK_BYTES, (i + 1) * CHUNK_BYTES),
  );
  const texts = split(chunks);
  const lines = texts.map((text) => JSON.stringify(normalizeRecord(text)));
  // Not the normalizer's own objects: keeping those would make V8 allocate all of them in the old generation.
  const events = lines.map((line) => JSON.parse(line));
  const count = texts.length;
  const eachText = (work: (text: string) => unknown) => () => {
    for (const text of texts) work(text);
    return count;
  };
  return [
    {
      name: FLOOR,
      run() {
        JSON.parse(gunzipSync(stored, { chunkSize: CHUNK_BYTES }).toString('utf8'));
        for (const event of events) JSON.stringify(event);
        return count;
      },
    },
    {
      name: 'gunzip',
      async run() {
        for await (const _ of gunzip(() => inOneChunk(stored)));
        return count;
      },
    },
    {
      name: 'split',
      run() {
        return split(chunks).length;
      },
    },
    { name: 'parse', run: eachText((text) => JSON.parse(text)) },
    { name: 'parse and normalize', run: eachText(normalizeRecord) },
    {
      name: 'stringify',
      run() {
        for (const event of events) JSON.stringify(event);
        return count;
      },
    },
    { name: 'pack lines', run: () => pack(lines, 'lines') },
    { name: 'pack gzip', run: () => pack(lines, 'gzip') },
    { name: 'all, lines', run: () => processObject(() => inOneChunk(stored), 'lines') },
    { name: 'all, gzip', run: () => processObject(() => inOneChunk(stored), 'gzip') },
    {
      name: 'all, lines, with the SDK',
      run: async () => countDelivered(await deliver(stored, 'lines', sdk)),
    },
    { name: 'all, gzip, with the SDK', run: async () => countDelivered(await deliver(stored, 'gzip', sdk)) },
  ];
}

function split(chunks: Buffer[]): string[] {
  const splitter = new RecordSplitter();
  const texts: string[] = [];
  for (const chunk of chunks) {
    splitter.push(chunk);
    for (let record = splitter.next(); record; record = splitter.next()) texts.push(record.text ?? '');
  }
  return texts;
}

const sdk = stubbedSdkFirehose();

async function* inOneChunk(bytes: Uint8Array) {
  yield bytes;
}

function pack(lines: string[], packing: Packing): number {
  const packer = new Packer(packing, (record) => record.release());
  const ledger = new ObjectLedger();
  lines.forEach((line, index) => {
    packer.add(line, { ledger, index, time: undefined });
  });
  packer.flush();
  return lines.length;
}

/** Runs all stages before the call: gunzip, split, normalize, encode, pack. */
export async function processObject(open: OpenBytes, packing: Packing): Promise<number> {
  const settings = settingsFor(packing);
  const packer = new Packer(packing, (record) => record.release());
  const ledger = new ObjectLedger();
  const place = { path: 's3://bench/bench.json.gz', time: '2026-11-22T00:00:00Z' };
  const { recordsSeen } = await readRecords(open, async (nextRecord) => {
    for (let record = nextRecord(); record; record = nextRecord())
      deliverRecord(record, { path: place.path, time: place.time, index: record.index }, ledger, {
        packer,
        settings,
      });
    return true;
  });
  packer.flush();
  return recordsSeen;
}

function settingsFor(packing: Packing) {
  return readSettings({ [ENV.deliveryStreamName]: 'bench', [ENV.packing]: packing });
}

export function countDelivered({ objects }: PipelineResult): number {
  return objects[0]?.ledger.delivered ?? 0;
}

/** Runs the pipeline on one object, with the SDK's client and no network. */
export async function deliver(
  source: Buffer | string,
  packing: Packing,
  firehose = sdk,
  { rules, redactor }: Selection = {},
): Promise<PipelineResult> {
  const settings = { ...settingsFor(packing), rules, redactPaths: redactor?.paths };
  const deadline = startDeadline(() => 900_000, settings.deadlineMarginMs);
  const ref = { bucket: 'bench', key: 'bench.json.gz', nextRecord: 0, attempt: 0 };
  const context = {
    s3: stubS3(source),
    firehose,
    settings,
    deadline,
    clock: systemClock,
    random: Math.random,
    openRedactor: redactor && (async () => redactor),
  };
  const result = await deliverObjects([ref], context);
  deadline.clear();
  if (result.objects[0]?.outcome !== 'records')
    throw new Error('the benchmark object was not read to its end');
  return result;
}
