import { expect, it } from 'vitest';
import { VirtualClock } from '../../local/virtual-clock.ts';
import { useLocalAccount } from '../run-locally.ts';
import { type WalkResult, walkBackfill } from './walk-backfill.ts';

const clock = new VirtualClock();
const local = useLocalAccount(clock);
const SMALL = { accounts: 1, regions: 1, objects: 1_600 };

it.each([1, 2])('walks each object once without faults, seed %i', async (seed) => {
  const { wanted, copies, superseded } = await walkBackfill({ seed, ...SMALL, likelihood: 0 }, local, clock);
  expect(wanted).toBeGreaterThan(1_000);
  expect({ copies, superseded }).toEqual({ copies: 0, superseded: 0 });
});

it('skips no object and repeats few under faults', async () => {
  const results: WalkResult[] = [];
  for (let seed = 1; seed <= 6; seed++) {
    const walk = walkBackfill({ seed, ...SMALL, likelihood: 0.03 }, local, clock);
    results.push(
      await walk.catch((error: Error) => {
        throw new Error(`seed ${seed}: ${error.message}`, { cause: error });
      }),
    );
  }
  const sum = (name: keyof WalkResult) => results.reduce((total, result) => total + result[name], 0);
  for (const name of ['kills', 'faults', 'duplicates', 'superseded'] as const)
    expect(sum(name), name).toBeGreaterThan(0);
});
