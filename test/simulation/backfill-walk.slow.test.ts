import { expect, it } from 'vitest';
import { VirtualClock } from '../../local/virtual-clock.ts';
import { useLocalAccount } from '../run-locally.ts';
import { walkBackfill } from './walk-backfill.ts';

const clock = new VirtualClock();
const local = useLocalAccount(clock);
const firstSeed = Number(process.env.SIMULATION_SEED ?? 1);

it('skips none of 100,000 objects and repeats few under faults', async () => {
  const size = { accounts: 3, regions: 3, objects: 6_000 };
  const result = await walkBackfill({ seed: firstSeed, ...size, likelihood: 0.02 }, local, clock);
  console.log(JSON.stringify(result));
  expect(result.keys).toBeGreaterThan(100_000);
  expect(result.waits).toBeGreaterThan(0);
  expect(result.kills).toBeGreaterThan(5);
});

it('walks 36,000 objects once without faults', async () => {
  const size = { accounts: 3, regions: 3, objects: 2_000 };
  const result = await walkBackfill({ seed: firstSeed + 1, ...size, likelihood: 0 }, local, clock);
  expect(result).toMatchObject({ copies: 0, superseded: 0, kills: 0 });
});

it('keeps its guarantees under 12 schedules of many faults', async () => {
  const total = { kills: 0, copies: 0 };
  for (let i = 0; i < 12; i++) {
    const options = { seed: firstSeed + i, accounts: 1, regions: 2, objects: 1_500, likelihood: 0.06 };
    const result = await walkBackfill(options, local, clock).catch((error: Error) => {
      throw new Error(`SIMULATION_SEED=${options.seed}: ${error.message}`, { cause: error });
    });
    total.kills += result.kills;
    total.copies += result.copies;
  }
  console.log(JSON.stringify(total));
  expect(total.kills).toBeGreaterThan(12);
});
