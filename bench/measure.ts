import { spawnSync } from 'node:child_process';

/** One thing to measure: does its work once and says how many events that were. */
export interface Stage {
  name: string;
  run(): Promise<number> | number;
}

/** Events of one sample: enough that a stage meets its own garbage. */
const MIN_EVENTS = 15_000;

/** Off the clock before each sample, for the garbage of the stage before: the floor leaves a parsed file behind. */
const SETTLE_MS = 60;

/** CPU time (user and system, all threads) of one event, in microseconds. */
export type Microseconds = number;

/**
 * Runs the stages in turn, round after round, in this process, and takes the median of each: what slows the
 * machine down for a moment slows all of them.
 *
 * @param warmUp rounds that do not count
 */
export async function measureAlternating(
  stages: Stage[],
  rounds: number,
  warmUp: number,
): Promise<Map<string, Microseconds>> {
  const samples = new Map(stages.map(({ name }) => [name, [] as number[]]));
  for (let round = -warmUp; round < rounds; round++) {
    for (const { name, run } of stages) {
      const settled = performance.now() + SETTLE_MS;
      while (performance.now() < settled) await run();
      const microseconds = await measureEvents(run, MIN_EVENTS);
      if (round >= 0) samples.get(name)?.push(microseconds);
    }
  }
  return new Map([...samples].map(([name, values]) => [name, median(values)]));
}

/** Runs until there were so many events. @returns what one cost */
export async function measureEvents(run: Stage['run'], minEvents: number): Promise<Microseconds> {
  const before = cpuMicroseconds();
  let events = 0;
  while (events < minEvents) events += await run();
  return (cpuMicroseconds() - before) / events;
}

export function cpuMicroseconds(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}

export function median(values: number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

/**
 * CPU seconds (user and system) of a shell command with all of its processes, by bash's own `time`.
 *
 * @throws Error with what the command wrote, where it fails
 */
export function measureCommand(command: string): number {
  const script = `set -o pipefail; TIMEFORMAT='%U %S'; time { ${command}; } > /dev/null`;
  const { status, stderr } = spawnSync('bash', ['-c', script], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${command}\n${stderr}`);
  const [user = Number.NaN, system = Number.NaN] = (stderr.trim().split('\n').at(-1) ?? '')
    .split(' ')
    .map(Number);
  return user + system;
}
