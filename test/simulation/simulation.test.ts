import { expect, it } from 'vitest';
import { useLocalAccount } from '../run-locally.ts';
import { type ScheduleResult, simulate } from './simulate.ts';

const schedules = Number(process.env.SIMULATION_SCHEDULES ?? 2_000);
const firstSeed = Number(process.env.SIMULATION_SEED ?? 1);

// What the SDK would try again by itself reaches the handler instead: its own ways out are what is on trial.
process.env.AWS_MAX_ATTEMPTS = '1';
const local = useLocalAccount();

it(`${schedules} schedules of faults: nothing lost, nothing altered, nothing twice without need`, async () => {
  const total: ScheduleResult = {
    faults: {},
    invocations: 0,
    recordsDelivered: 0,
    duplicates: 0,
    resumes: 0,
    deadLetters: 0,
  };
  for (let seed = firstSeed; seed < firstSeed + schedules; seed++) {
    const result = await simulate(seed, local).catch((error: Error) => {
      throw new Error(`seed ${seed}: ${error.message}`, { cause: error });
    });
    add(total, result);
  }
  console.log(describe(total));
  expect(total.recordsDelivered).toBeGreaterThan(schedules);
}, 3_600_000);

function add(total: ScheduleResult, { faults, ...counts }: ScheduleResult): void {
  for (const [kind, count] of Object.entries(faults)) total.faults[kind] = (total.faults[kind] ?? 0) + count;
  for (const name of Object.keys(counts) as (keyof typeof counts)[]) total[name] += counts[name];
}

function describe({ faults, ...counts }: ScheduleResult): string {
  const rows = Object.entries({ ...counts, ...faults }).map(
    ([name, count]) => `${String(count).padStart(9)}  ${name}`,
  );
  return [`${schedules} schedules from seed ${firstSeed}`, ...rows].join('\n');
}
