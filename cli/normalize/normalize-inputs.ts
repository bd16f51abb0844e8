import { mapConcurrently } from '../operate/concurrently.ts';
import type { BatchThreads } from './batch-detour.ts';
import { type Counts, NO_LINES, noCounts } from './chunk.ts';
import type { EventMaker, EventOptions } from './event-maker.ts';
import { FileWorker, type OnParts } from './file-worker.ts';
import { normalizeFile } from './normalize-file.ts';
import { OrderedOutput } from './ordered-output.ts';
import { removePart } from './output-file.ts';
import { groupTasks, type Task, type TaskGroup } from './task-groups.ts';

/** Batches in flight beside one for each thread: one to cut, and one that is done before its turn. */
const EXTRA_BATCHES = 2;

export interface NormalizeRun {
  readonly tasks: readonly Task[];
  /** Threads, and files that are read at the same time. With 1, this thread reads them. */
  readonly jobs: number;
  readonly options: EventOptions;
  readonly maker: EventMaker;
  readonly stop: AbortSignal;
  /** Resolves when more can be written. */
  write(bytes: Uint8Array): Promise<void>;
  onStart(): void;
  /** @param order position of the input */
  onCounts(counts: Counts, name: string, order: number): void;
  /** The input was read to its end, and its own output is complete. */
  onEnd(task: Task): void;
}

/**
 * Normalizes all inputs until `stop`, and writes their events in the order of the inputs. If it ends early, what is
 * written is the start of the whole output.
 *
 * @throws Error if the output cannot be written, or a thread ends, for example because it ran out of memory. No file is
 *   being read or written any more
 */
export async function normalizeInputs(run: NormalizeRun): Promise<void> {
  const { tasks, jobs, options, maker } = run;
  const workers = jobs === 1 ? [] : Array.from({ length: jobs }, () => new FileWorker(options));
  const idle = [...workers];
  const output = new OrderedOutput(run.write);
  const failure = new AbortController();
  const end = AbortSignal.any([run.stop, failure.signal]);
  end.addEventListener('abort', () => {
    for (const worker of workers) worker.stopReading();
    output.stop();
  });
  try {
    await mapConcurrently([...groupTasks(tasks, jobs).entries()], jobs, async ([turn, group]) => {
      if (end.aborted) return;
      const receive = receiver(run, group, (lines) => output.write(turn, lines));
      const worker = group.place === 'one thread' ? idle.pop() : undefined;
      try {
        if (worker) {
          await readInThread(worker, group, receive.onParts);
          idle.push(worker);
        } else {
          const threads = group.place === 'all threads' ? batchThreads(workers) : undefined;
          await readHere(group, maker, receive.onParts, end, threads);
        }
        if (receive.isRead()) output.finish(turn);
      } catch (error) {
        // The other files are still to be closed.
        failure.abort(error);
      }
    });
  } finally {
    await Promise.all(workers.map((worker) => worker.close()));
  }
  failure.signal.throwIfAborted();
}

/** Counts the parts of a group, and passes its events on. */
function receiver(run: NormalizeRun, { tasks, first }: TaskGroup, write: NormalizeRun['write']) {
  let started = 0;
  let read = 0;
  const onParts: OnParts = async (parts, lines) => {
    for (const { file, counts } of parts) {
      for (; started <= file; started++) run.onStart();
      run.onCounts(counts, tasks[file]?.name ?? '', first + file);
    }
    await write(lines);
    for (const { file, isRead } of parts) {
      const task = tasks[file];
      if (!isRead || !task) continue;
      read++;
      run.onEnd(task);
    }
  };
  return { onParts, isRead: () => read === tasks.length };
}

async function readInThread(worker: FileWorker, { tasks }: TaskGroup, onParts: OnParts): Promise<void> {
  const files = tasks.flatMap(({ input: { path, s3Object }, name, time, filter, out }) => {
    const source = path ?? s3Object;
    return source === undefined ? [] : [{ file: { name, time, filter, out }, source }];
  });
  try {
    await worker.normalize(files, onParts);
  } catch (error) {
    // The thread that wrote one of them has ended.
    for (const { out } of tasks) if (out) removePart(out);
    throw error;
  }
}

async function readHere(
  { tasks }: TaskGroup,
  maker: EventMaker,
  onParts: OnParts,
  end: AbortSignal,
  threads: BatchThreads | undefined,
): Promise<void> {
  for (const [file, { input, name, time, filter, out }] of tasks.entries()) {
    await onParts([{ file, counts: noCounts() }], NO_LINES);
    const isRead = await normalizeFile(
      { name, time, filter, out },
      input.open,
      maker,
      async ({ lines, ...counts }) => {
        await onParts([{ file, counts }], lines);
        return !end.aborted;
      },
      threads,
    );
    await onParts([{ file, counts: noCounts(), isRead }], NO_LINES);
  }
}

/** Lets all threads normalize the records of a file that is read here. */
function batchThreads(workers: readonly FileWorker[]): BatchThreads {
  return {
    maxInFlight: workers.length + EXTRA_BATCHES,
    send: (batch) =>
      workers
        .reduce((best, worker) => (worker.waitingBatches < best.waitingBatches ? worker : best))
        .normalizeBatch(batch),
  };
}
