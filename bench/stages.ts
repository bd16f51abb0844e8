import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { systemClock } from '../lambda/clock.ts';
import { ENV, type Packing } from '../lambda/contract.ts';
import { startDeadline } from '../lambda/deadline.ts';
import { ObjectLedger } from '../lambda/deliver/ledger.ts';
import { Packer } from '../lambda/deliver/pack-events.ts';
import { deliverRecord } from '../lambda/deliver-record.ts';
import { normalizeRecord } from '../lambda/normalize/normalize-record.ts';
import { deliverObjects, type PipelineResult } from '../lambda/pipeline.ts';
import { gunzip, type OpenBytes } from '../lambda/read/gunzip.ts';
import { readRecords } from '../lambda/read/read-records.ts';
import { RecordSplitter } from '../lambda/read/split-records.ts';
import type { Selection } from '../lambda/select/select-event.ts';
import { readSettings } from '../lambda/settings.ts';
import type { Stage } from './measure.ts';
import { stubbedSdkFirehose, stubS3 } from './stub-clients.ts';

/**
 * The minimum work for any JavaScript program: gunzip, decode, parse each record, and stringify prepared events. No
 * splitting, no normalizing, no packing. It keeps no parsed document: V8 would spend its time on collecting the heap.
 */
export const FLOOR = 'floor';

/** Few enough events that the heap stays small. The floor stringifies them in turn. */
const FLOOR_EVENTS = 2_500;

/** Output size of one inflate step. */
const CHUNK_BYTES = 262_144;

/** Returns one stage of the work on a log object, or all of them together. Prepares only what that stage reads. */
export function stageOf(file: string, name: string): Stage {
  const stored = readFileSync(file);
  const stage = STAGES[name];
  if (!stage) throw new Error(`unknown stage ${name}`);
  return { name, run: stage(stored) };
}

const STAGES: Record<string, (stored: Buffer) => Stage['run']> = {
  [FLOOR](stored) {
    const texts = textsOf(stored);
    const events = eventsOf(texts.slice(0, FLOOR_EVENTS));
    return () => {
      gunzipSync(stored, { chunkSize: CHUNK_BYTES }).toString('utf8');
      for (const [index, text] of texts.entries()) {
        JSON.parse(text);
        JSON.stringify(events[index % events.length]);
      }
      return texts.length;
    };
  },
  gunzip(stored) {
    const { length } = textsOf(stored);
    return async () => {
      for await (const _ of gunzip(() => inOneChunk(stored)));
      return length;
    };
  },
  split(stored) {
    const chunks = chunksOf(stored);
    return () => split(chunks).length;
  },
  parse: (stored) => each(textsOf(stored), (text) => JSON.parse(text)),
  'parse and normalize': (stored) => each(textsOf(stored), normalizeRecord),
  stringify: (stored) => each(eventsOf(textsOf(stored)), (event) => JSON.stringify(event)),
  'pack lines': (stored) => packed(linesOf(textsOf(stored)), 'lines'),
  'pack gzip': (stored) => packed(linesOf(textsOf(stored)), 'gzip'),
  'all, lines': (stored) => () => processObject(() => inOneChunk(stored), 'lines'),
  'all, gzip': (stored) => () => processObject(() => inOneChunk(stored), 'gzip'),
  'all, lines, with the SDK': (stored) => async () => countDelivered(await deliver(stored, 'lines', sdk)),
  'all, gzip, with the SDK': (stored) => async () => countDelivered(await deliver(stored, 'gzip', sdk)),
};

function each<T>(items: T[], work: (item: T) => unknown): Stage['run'] {
  return () => {
    for (const item of items) work(item);
    return items.length;
  };
}

function packed(lines: string[], packing: Packing): Stage['run'] {
  return () => pack(lines, packing);
}

function chunksOf(stored: Buffer): Buffer[] {
  const inflated = gunzipSync(stored);
  return Array.from({ length: Math.ceil(inflated.length / CHUNK_BYTES) }, (_, i) =>
    inflated.subarray(i * CHUNK_BYTES, (i + 1) * CHUNK_BYTES),
  );
}

function textsOf(stored: Buffer): string[] {
  return split(chunksOf(stored));
}

function linesOf(texts: string[]): string[] {
  return texts.map((text) => JSON.stringify(normalizeRecord(text)));
}

/** Events as JSON.parse returns them, of flat strings, which is the best case for JSON.stringify. */
function eventsOf(texts: string[]): unknown[] {
  return linesOf(texts).map((line) => JSON.parse(line));
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
