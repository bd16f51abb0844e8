import type { Input } from '../input.ts';
import { mapConcurrently } from '../operate/concurrently.ts';
import type { BatchThreads } from './batch-detour.ts';
import { isLarge, totalOf } from './choose-jobs.ts';
import type { Chunk } from './chunk.ts';
import type { EventMaker, EventOptions } from './event-maker.ts';
import { FileWorker } from './file-worker.ts';
import { type LogFile, normalizeFile, type OnChunk } from './normalize-file.ts';
import { OrderedOutput } from './ordered-output.ts';

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
 * Normalizes all inputs until `stop`, and writes their events in the order of the inputs.
 *
 * @throws Error if a thread ends, for example because it ran out of memory
 */
export async function normalizeInputs(run: NormalizeRun): Promise<void> {
  const { tasks, jobs, options, stop } = run;
  const workers = jobs === 1 ? [] : Array.from({ length: jobs }, () => new FileWorker(options));
  const idle = [...workers];
  stop.addEventListener('abort', () => {
    for (const worker of workers) worker.stopReading();
  });
  const output = new OrderedOutput(run.write);
  const totalBytes = totalOf(tasks.map(({ input }) => input));
  try {
    await mapConcurrently([...tasks.entries()], jobs, async ([order, task]) => {
      if (!stop.aborted) {
        run.onStart();
        const onChunk: OnChunk = async (chunk) => {
          run.onChunk(chunk, task.name, order);
          await output.write(order, chunk.lines);
          return !stop.aborted;
        };
        const isRead = isLarge(task.input, jobs, totalBytes)
          ? await normalizeLarge(task, workers, run.maker, onChunk)
          : await normalizeSmall(task, idle, run.maker, onChunk);
        if (isRead) run.onEnd(task);
      }
      await output.finish(order);
    });
  } finally {
    await Promise.all(workers.map((worker) => worker.close()));
  }
}

/** Pipes are read here: another thread cannot open them. */
async function normalizeSmall(
  { input: { path, s3Object, open }, name, filter, out }: Task,
  idle: FileWorker[],
  maker: EventMaker,
  onChunk: OnChunk,
): Promise<boolean> {
  const file = { name, filter, out };
  const source = path ?? s3Object;
  const worker = source === undefined ? undefined : idle.pop();
  if (!worker || source === undefined) return await normalizeFile(file, open, maker, onChunk);
  const isRead = await worker.normalize(file, source, onChunk);
  idle.push(worker);
  return isRead;
}

/** Reads the file here, and lets all threads normalize its records. */
function normalizeLarge(
  { input: { open }, name, filter, out }: Task,
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
  return normalizeFile({ name, filter, out }, open, maker, onChunk, threads);
}
