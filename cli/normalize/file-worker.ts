import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import { isCheckout } from '../package.ts';
import type { Batch, BatchAnswer } from './batch.ts';
import { ThreadError } from './batch-detour.ts';
import type { EventOptions } from './event-maker.ts';
import type { FilePart, FileToRead, FromWorker, ToWorker } from './worker-messages.ts';

/** Next to this file, from the sources as well as compiled. */
const SCRIPT = new URL(`./worker${extname(import.meta.url)}`, import.meta.url);

/** Events live shortly. A larger young generation only delays their collection. */
const MEMORY = { maxYoungGenerationSizeMb: 16 };

/** Starts the thread. From the sources, tsx must be registered in each thread: Node 20 does not pass it on. */
function startWorker(options: EventOptions): Worker {
  if (!isCheckout) return new Worker(SCRIPT, { workerData: options, resourceLimits: MEMORY });
  const tsx = import.meta.resolve('tsx/esm/api');
  // Without the timer, a thread may end while tsx compiles in its own: nothing else keeps it alive then.
  const code = `const timer = setInterval(() => {}, 60_000);
import('${tsx}').then(({ register }) => { register(); return import('${SCRIPT}'); }).finally(() => clearInterval(timer));`;
  return new Worker(code, { eval: true, workerData: options, resourceLimits: MEMORY });
}

/** Gets parts of files, and the events of all of them. */
export type OnParts = (parts: readonly FilePart[], lines: Uint8Array) => Promise<void>;

interface Waiting {
  resolve(answer: BatchAnswer): void;
  reject(error: Error): void;
}

/** One thread that normalizes files, and batches of other files meanwhile. */
export class FileWorker {
  readonly #worker: Worker;
  /** Batches that it has not answered. */
  readonly #batches: Waiting[] = [];
  /** Why the thread has ended. It answers nothing afterwards. */
  #end: ThreadError | undefined;

  constructor(options: EventOptions) {
    this.#worker = startWorker(options);
    const end = (error: Error) => {
      this.#end ??= new ThreadError(error.message);
      for (const { reject } of this.#batches.splice(0)) reject(this.#end);
    };
    this.#worker
      .on('message', (message: FromWorker) => {
        if (message.type === 'batch') this.#batches.shift()?.resolve(message.answer);
      })
      .on('error', end)
      .on('exit', () => end(new Error('a thread ended')));
  }

  /** Batches that it has to normalize. */
  get waitingBatches(): number {
    return this.#batches.length;
  }

  /** @throws ThreadError if the thread ends */
  normalizeBatch(batch: Batch): Promise<BatchAnswer> {
    if (this.#end) return Promise.reject(this.#end);
    const answer = new Promise<BatchAnswer>((resolve, reject) => this.#batches.push({ resolve, reject }));
    this.#send({ type: 'batch', batch }, [batch.bytes.buffer, ...(batch.memory ? [batch.memory] : [])]);
    return answer;
  }

  /**
   * Normalizes files, one after the other. Await it before the next ones.
   *
   * @param onParts gets what was read, in order. Its memory is reused when it resolves
   * @throws Error if the thread ends, for example because it ran out of memory
   */
  async normalize(files: FileToRead[], onParts: OnParts): Promise<void> {
    if (this.#end) throw this.#end;
    const worker = this.#worker;
    let handled = Promise.resolve();
    await new Promise<void>((resolve, reject) => {
      const settle = (end: () => void) => {
        worker.off('message', onMessage).off('error', onError).off('exit', onExit);
        end();
      };
      const onError = (error: Error) => settle(() => reject(error));
      const onExit = () =>
        settle(() => reject(new Error(`the thread that read ${files[0]?.file.name} ended`)));
      const onMessage = (message: FromWorker) => {
        if (message.type === 'batch') return;
        if (message.type === 'done') {
          handled.then(() => settle(resolve), onError);
          return;
        }
        handled = handled.then(async () => {
          const { parts, lines } = message;
          await onParts(parts, lines);
          this.#send({ type: 'read-on', memory: lines.buffer }, [lines.buffer]);
        });
        handled.catch(onError);
      };
      worker.on('message', onMessage).on('error', onError).on('exit', onExit);
      this.#send({ type: 'read', files });
    });
  }

  /** Ends the reading of files early. */
  stopReading(): void {
    this.#send({ type: 'stop' });
  }

  async close(): Promise<void> {
    await this.#worker.terminate();
  }

  #send(message: ToWorker, transfer: ArrayBuffer[] = []): void {
    this.#worker.postMessage(message, transfer);
  }
}
