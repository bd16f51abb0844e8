import { spawnSync } from 'node:child_process';

/** Work to measure; `run` does it once and returns the number of events. */
export interface Stage {
  name: string;
  run(): Promise<number> | number;
}

/** Minimum events per sample: enough to include the stage's own garbage collection. */
const MIN_EVENTS = 15_000;

/** Untimed run before each sample, to collect the previous stage's garbage: the floor leaves a parsed file. */
const SETTLE_MS = 60;

/** CPU time (user and system, all threads) of one event, in microseconds. */
export type Microseconds = number;

/**
 * Runs the stages alternately in this process and returns the median of each. Alternating makes a slow moment of
 * the machine affect all stages.
 *
 * @param warmUp untimed rounds
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

/** Runs until `minEvents` are processed. @returns the cost per event */
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
 * Measures CPU seconds (user and system) of a shell command and all its processes, with bash's `time`.
 *
 * @throws Error with the command's stderr if it fails
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
