import { expect, it } from 'vitest';
import { VirtualClock } from '../../local/virtual-clock.ts';
import { useLocalAccount } from '../run-locally.ts';
import { type ScheduleResult, simulate } from './simulate.ts';

const firstSeed = Number(process.env.SIMULATION_SEED ?? 1);

/**
 * Faults that schedules do not draw. Corruption in transit is only detected at the end of the object, and a schedule
 * can stop earlier. `test/lambda/read/open-object.test.ts` covers both.
 */
const NOT_DRAWN = new Set(['s3.corrupt', 's3.ignoreConditions']);

/**
 * Runs every other seed. Two test files run in parallel.
 *
 * @param offset 0 or 1
 * @param defaultSchedules of both files, if SIMULATION_SCHEDULES does not set them
 */
export function runSchedules(offset: number, defaultSchedules: number): void {
  const schedules = Number(process.env.SIMULATION_SCHEDULES ?? defaultSchedules) / 2;
  const clock = new VirtualClock();
  const local = useLocalAccount(clock);

  it(`delivers every record unaltered, with bounded duplicates, under ${schedules} fault schedules`, async () => {
    const total: ScheduleResult = {
      faults: {},
      invocations: 0,
      delivered: 0,
      duplicates: 0,
      resumes: 0,
      superseded: 0,
      deadLetters: 0,
    };
    for (let i = 0; i < schedules; i++) {
      const seed = firstSeed + offset + 2 * i;
      const result = await simulate(seed, local, clock).catch((error: Error) => {
        throw new Error(`SIMULATION_SEED=${seed} SIMULATION_SCHEDULES=2: ${error.message}`, { cause: error });
      });
      add(total, result);
    }
    console.log(`${schedules} schedules from seed ${firstSeed}, every other one\n${describe(total)}`);
    if (schedules < 150) return;
    const notInjected = Object.keys(total.faults).filter(
      (kind) => total.faults[kind] === 0 && !NOT_DRAWN.has(kind),
    );
    // A few hundred schedules can miss a rare kind, thousands cannot.
    expect(notInjected.length, notInjected.join()).toBeLessThanOrEqual(schedules < 1_000 ? 4 : 0);
    expect(total.delivered).toBeGreaterThan(20 * schedules);
    expect(total.superseded).toBeGreaterThan(0);
    expect(total.resumes).toBeGreaterThan(schedules / 10);
    expect(total.deadLetters).toBeGreaterThan(schedules / 10);
  }, 3_600_000);
}

function add(total: ScheduleResult, { faults, ...counts }: ScheduleResult): void {
  for (const [kind, count] of Object.entries(faults)) total.faults[kind] = (total.faults[kind] ?? 0) + count;
  for (const name of Object.keys(counts) as (keyof typeof counts)[]) total[name] += counts[name];
}

function describe({ faults, ...counts }: ScheduleResult): string {
  const rows = Object.entries({ ...counts, ...faults }).map(
    ([name, count]) => `${String(count).padStart(9)}  ${name}`,
  );
  return rows.join('\n');
}
