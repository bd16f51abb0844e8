import { createReadStream } from 'node:fs';
import { PACKINGS } from '../lambda/contract.ts';
import { measureEvents, measureStage } from './measure.ts';
import { SELECTIONS, type SelectionName } from './selections.ts';
import { countDelivered, deliver, processObject, stageOf } from './stages.ts';
import { readLikeResponse, stubbedSdkFirehose } from './stub-clients.ts';

/** Events of the typical file, read repeatedly, to compare with one object of any size. */
const TYPICAL_EVENTS = 100_000;

/** Delay of a Firehose answer for 4 MiB; long enough to fill the window of calls. */
const ANSWER_MS = 150;

/** Runs in a new process, bundled like the function. Writes its result to stdout as JSON. */
const [mode, file = '', ...args] = process.argv.slice(2);
console.log(JSON.stringify(await runMode()));

async function runMode(): Promise<unknown> {
  if (mode === 'stage') return measureStage(stageOf(file, args[0] ?? ''));
  if (mode === 'whole') return measureWhole(() => processLikeResponse(file));
  if (mode === 'file') return measureWhole(() => processObject(() => createReadStream(file), 'lines'));
  if (mode === 'whole-with-sdk')
    return measureWhole(async () =>
      countDelivered(await deliver(file, 'lines', stubbedSdkFirehose(ANSWER_MS))),
    );
  if (mode === 'sizes') return measureSizes();
  if (mode === 'volume') return measureVolume();
  if (mode === 'selection') return measureSelection();
  throw new Error(`unknown mode ${mode}`);
}

/** Measures one object from end to end in a new process. */
async function measureWhole(work: () => Promise<number>) {
  const events = await work();
  const { user, system } = process.cpuUsage();
  return { events, cpuMicroseconds: user + system, peakBytes: process.resourceUsage().maxRSS * 1024 };
}

function processLikeResponse(path: string): Promise<number> {
  return processObject(() => readLikeResponse(path), 'lines');
}

/** Measures one object with rules or redaction in a new process, with the SDK's calls. */
function measureSelection() {
  const [name] = args as SelectionName[];
  if (name === undefined || !Object.hasOwn(SELECTIONS, name)) throw new Error(`unknown selection ${name}`);
  return measureWhole(async () =>
    countDelivered(await deliver(file, 'lines', stubbedSdkFirehose(ANSWER_MS), SELECTIONS[name]())),
  );
}

/** Measures µs/event of the file in a warm process, with a measurement of the typical file before and after. */
async function measureSizes() {
  const [typicalFile = ''] = args;
  const typical = () => measureEvents(() => processLikeResponse(typicalFile), TYPICAL_EVENTS);
  await typical();
  const before = await typical();
  const object = await measureEvents(() => processLikeResponse(file), 1);
  const after = await typical();
  return { typical: (before + after) / 2, object };
}

/** Measures calls, bytes and billed bytes of each packing. */
async function measureVolume() {
  const rows = [];
  for (const packing of PACKINGS) {
    const { sent, objects } = await deliver(file, packing);
    rows.push({ packing, events: objects[0]?.ledger.delivered ?? 0, ...sent });
  }
  return rows;
}
