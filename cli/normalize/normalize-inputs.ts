import type { Input } from '../inputs.ts';
import { mapConcurrently } from '../operate/concurrently.ts';
import type { EventMaker, EventOptions } from './event-maker.ts';
import { FileWorker } from './file-worker.ts';
import { type Chunk, type LogFile, normalizeFile, type OnChunk } from './normalize-file.ts';
import { OrderedOutput } from './ordered-output.ts';

/** An input, and what of it to read. */
export interface Task extends LogFile {
  readonly input: Input;
}

export interface NormalizeRun {
  readonly tasks: readonly Task[];
  /** Files that are read at the same time. With 1, this thread reads them. */
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
  const output = new OrderedOutput(run.write);
  try {
    await mapConcurrently([...tasks.entries()], jobs, async ([order, task]) => {
      if (!stop.aborted) {
        run.onStart();
        const onChunk: OnChunk = async (chunk) => {
          run.onChunk(chunk, task.name, order);
          await output.write(order, chunk.lines);
          return !stop.aborted;
        };
        const worker = idle.pop();
        const isRead = await normalizeInput(task, worker, run.maker, onChunk);
        if (worker) idle.push(worker);
        if (isRead) run.onEnd(task);
      }
      await output.finish(order);
    });
  } finally {
    await Promise.all(workers.map((worker) => worker.close()));
  }
}

/** Pipes are read here: another thread cannot open them. */
function normalizeInput(
  { input: { path, open }, name, filter, out }: Task,
  worker: FileWorker | undefined,
  maker: EventMaker,
  onChunk: OnChunk,
): Promise<boolean> {
  const file = { name, filter, out };
  return worker && path !== undefined
    ? worker.normalize(file, path, onChunk)
    : normalizeFile(file, open, maker, onChunk);
}
