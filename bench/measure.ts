import { spawnSync } from 'node:child_process';

/** Work to measure; `run` does it once and returns the number of events. */
export interface Stage {
  name: string;
  run(): Promise<number> | number;
}

/** CPU time (user and system, all threads) of one event, in microseconds. */
export type Microseconds = number;

/** Enough for V8 to compile and optimize the stage. */
const WARM_UP_EVENTS = 15_000;

/** Enough to include the stage's own garbage collection. */
const MEASURED_EVENTS = 45_000;

/** Measures a stage that has this process for itself: another one's heap and garbage would slow it down. */
export async function measureStage({ run }: Stage): Promise<Microseconds> {
  await measureEvents(run, WARM_UP_EVENTS);
  return measureEvents(run, MEASURED_EVENTS);
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
  return quantile(values, 0.5);
}

/** @param share 0 to 1: 0.25 for the first quartile */
export function quantile(values: number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.round((sorted.length - 1) * share)] ?? Number.NaN;
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
