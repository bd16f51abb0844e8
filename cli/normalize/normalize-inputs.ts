import type { Input } from '../input.ts';
import { mapConcurrently } from '../operate/concurrently.ts';
import type { BatchThreads } from './batch-detour.ts';
import { isLarge, totalOf } from './choose-jobs.ts';
import type { Chunk } from './chunk.ts';
import type { EventMaker, EventOptions } from './event-maker.ts';
import { FileWorker } from './file-worker.ts';
import { type LogFile, normalizeFile, type OnChunk } from './normalize-file.ts';
import { OrderedOutput } from './ordered-output.ts';
import { removePart } from './output-file.ts';

/** An input, and what of it to read. */
export interface Task extends LogFile {
  readonly input: Input;
}

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
  /** The input was read to its end, and its own output is complete. */
  onEnd(task: Task): void;
  onChunk(chunk: Chunk, name: string, order: number): void;
}

/**
 * Normalizes all inputs until `stop`, and writes their events in the order of the inputs. If it ends early, what is
 * written is the start of the whole output.
 *
 * @throws Error if the output cannot be written, or a thread ends, for example because it ran out of memory. No file is
 *   being read or written any more
 */
export async function normalizeInputs(run: NormalizeRun): Promise<void> {
  const { tasks, jobs, options } = run;
  const workers = jobs === 1 ? [] : Array.from({ length: jobs }, () => new FileWorker(options));
  const idle = [...workers];
  const output = new OrderedOutput(run.write);
  const failure = new AbortController();
  const end = AbortSignal.any([run.stop, failure.signal]);
  end.addEventListener('abort', () => {
    for (const worker of workers) worker.stopReading();
    output.stop();
  });
  const totalBytes = totalOf(tasks.map(({ input }) => input));
  try {
    await mapConcurrently([...tasks.entries()], jobs, async ([order, task]) => {
      if (end.aborted) return;
      run.onStart();
      const onChunk: OnChunk = async (chunk) => {
        run.onChunk(chunk, task.name, order);
        await output.write(order, chunk.lines);
        return !end.aborted;
      };
      try {
        const isRead = isLarge(task.input, jobs, totalBytes)
          ? await normalizeLarge(task, workers, run.maker, onChunk)
          : await normalizeSmall(task, idle, run.maker, onChunk);
        if (!isRead) return;
        run.onEnd(task);
        await output.finish(order);
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

/** Pipes are read here: another thread cannot open them. */
async function normalizeSmall(
  { input: { path, s3Object, open }, name, time, filter, out }: Task,
  idle: FileWorker[],
  maker: EventMaker,
  onChunk: OnChunk,
): Promise<boolean> {
  const file = { name, time, filter, out };
  const source = path ?? s3Object;
  const worker = source === undefined ? undefined : idle.pop();
  if (!worker || source === undefined) return await normalizeFile(file, open, maker, onChunk);
  try {
    const isRead = await worker.normalize(file, source, onChunk);
    idle.push(worker);
    return isRead;
  } catch (error) {
    // The thread that wrote it has ended.
    if (out) removePart(out);
    throw error;
  }
}

/** Reads the file here, and lets all threads normalize its records. */
function normalizeLarge(
  { input: { open }, name, time, filter, out }: Task,
  workers: readonly FileWorker[],
  maker: EventMaker,
  onChunk: OnChunk,
): Promise<boolean> {
  const threads: BatchThreads = {
    maxInFlight: workers.length + EXTRA_BATCHES,
    send: (batch) =>
      workers
        .reduce((best, worker) => (worker.waitingBatches < best.waitingBatches ? worker : best))
        .normalizeBatch(batch),
  };
  return normalizeFile({ name, time, filter, out }, open, maker, onChunk, threads);
}
