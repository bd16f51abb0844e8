import { existsSync } from 'node:fs';
import { CouldNotTellError } from '../endings.ts';
import { formatCount } from '../format.ts';
import type { Input } from '../input.ts';
import { Progress } from '../progress.ts';
import { chooseJobs } from './choose-jobs.ts';
import type { EventMaker, EventOptions } from './event-maker.ts';
import type { FilterOptions } from './input-filter.ts';
import { normalizeInputs } from './normalize-inputs.ts';
import { outputPlaces } from './output-names.ts';
import { argumentsOf, NormalizeState } from './run-state.ts';
import type { Tally } from './tally.ts';
import type { Task } from './task-groups.ts';

/** Options of `normalize` as Commander parses them. */
export interface NormalizeOptions extends EventOptions, FilterOptions {
  jobs?: number;
  out?: string;
  gzip?: boolean;
  state?: string;
  printDuckdb?: boolean;
}

/** What all tasks of a run share. */
export interface Run {
  readonly options: NormalizeOptions;
  readonly maker: EventMaker;
  readonly tally: Tally;
  /** Lines to print first. */
  readonly notes: readonly string[];
}

/** Writes a file for each input, and remembers it in the state if there is one. */
export async function runIntoFolder(tasks: Task[], out: string, run: Run, stop: AbortSignal): Promise<void> {
  const { options, tally } = run;
  const places = outputPlaces(
    tasks.map(({ input }) => input),
    out,
    options.gzip ?? false,
  );
  const placed = tasks.map((task, index) => ({ ...task, out: places[index] }));
  if (options.state === undefined) return await runTasks(placed, run, stop);
  const lost = new AbortController();
  const state = await NormalizeState.open(options.state, argumentsOf(options, out), () => lost.abort());
  try {
    const open = placed.filter(
      ({ input, out: place }) =>
        !existsSync(place?.path ?? '') ||
        input.bytes === undefined ||
        !state.isDone(idOf(input), input.bytes),
    );
    tally.filesDone = placed.length - open.length;
    await runTasks(open, run, AbortSignal.any([stop, lost.signal]), ({ name, input }) => {
      if (input.bytes === undefined || lost.signal.aborted) return;
      if (!tally.unreadable.has(name)) state.finish(idOf(input), input.bytes);
    });
    if (lost.signal.aborted)
      throw new CouldNotTellError(`another run took over ${options.state}: this one ends`);
    state.save();
  } catch (error) {
    if (!lost.signal.aborted) saveIfPossible(state);
    throw error;
  } finally {
    await state.close();
  }
}

/** The caller reports another error, which may be the reason why this cannot be written either. */
function saveIfPossible(state: NormalizeState): void {
  try {
    state.save();
  } catch {}
}

/** Identifies an input in the state. A replaced object is another one. */
function idOf({ name, path, s3Object }: Input): string {
  return path ?? (s3Object ? `${name} ${s3Object.etag}` : name);
}

export async function runTasks(
  tasks: readonly Task[],
  { options, maker, tally, notes }: Run,
  stop: AbortSignal,
  onEnd: (task: Task) => void = () => {},
): Promise<void> {
  const inputs = tasks.map(({ input }) => input);
  const progress = new Progress({ totalBytes: totalOf(inputs) });
  for (const note of notes) progress.note(note);
  try {
    await normalizeInputs({
      ...{ tasks, options, maker, stop, onEnd, write: printBytes },
      jobs: chooseJobs(options, inputs),
      onStart: () => {
        tally.files++;
      },
      onCounts(counts, name, order) {
        tally.add(counts, name, order, stop);
        progress.update(tally.bytes, formatCount(tally.records, 'record'));
      },
    });
  } finally {
    progress.stop();
  }
}

/** @returns stored bytes; `undefined` if any input is a pipe */
function totalOf(inputs: readonly Input[]): number | undefined {
  return inputs.reduce<number | undefined>(
    (sum, { bytes }) => (sum === undefined || bytes === undefined ? undefined : sum + bytes),
    0,
  );
}

/** Resolves when the bytes are written and their memory may be reused. A closed pipe ends the process. */
async function printBytes(bytes: Uint8Array): Promise<void> {
  await new Promise<void>((resolve) => process.stdout.write(bytes, () => resolve()));
}
