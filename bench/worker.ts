import { PACKINGS } from '../lambda/contract.ts';
import { measureAlternating } from './measure.ts';
import { deliver, stagesOf } from './stages.ts';

/** What runs in a process of its own, bundled as it is deployed; writes its result as JSON on stdout. */
const [mode, ...args] = process.argv.slice(2);
const result = await runMode();
console.log(JSON.stringify(result));

async function runMode(): Promise<unknown> {
  const [file = '', rounds = '', warmUp = ''] = args;
  if (mode === 'stages')
    return [...(await measureAlternating(stagesOf(file), Number(rounds), Number(warmUp)))];
  if (mode === 'volume') return measureVolume(file);
  if (mode === 'whole') {
    const { objects } = await deliver(file, 'lines');
    const { user, system } = process.cpuUsage();
    const peakBytes = process.resourceUsage().maxRSS * 1024;
    return { events: objects[0]?.ledger.delivered, cpuMicroseconds: user + system, peakBytes };
  }
  throw new Error(`no mode ${mode}`);
}

/** Bytes, calls and billed bytes of each packing. */
async function measureVolume(file: string) {
  const rows = [];
  for (const packing of PACKINGS) {
    const { sent, objects } = await deliver(file, packing);
    rows.push({ packing, events: objects[0]?.ledger.delivered, ...sent });
  }
  return rows;
}
