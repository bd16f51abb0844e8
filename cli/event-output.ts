import { createHash } from 'node:crypto';
import {
  closeSync,
  existsSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { Packing } from '../lambda/contract.ts';
import { asLine } from '../lambda/deliver/encode-event.ts';
import { describeError } from './endings.ts';

export interface EventOutputOptions {
  packing: Packing;
  /** Counts events that are equal byte for byte, at about 50 bytes of memory per event. */
  findDuplicates: boolean;
  /** Whether to wait until the lock of a run that was killed counts no longer. @default false */
  waitForLock?: boolean;
  /** Gets the first write error, such as a full disk. Later records are dropped. */
  onError: (error: Error) => void;
}

/** The file of delivered events: one per line, with any packing. */
export class EventOutput {
  /** As the caller would write it. */
  readonly name: string;
  /** Whether there is a file of an earlier run. */
  readonly replacesEarlier: boolean;
  events = 0;
  /** Events equal to an earlier one; 0 without `findDuplicates`. */
  duplicates = 0;
  /** Events by `event.action`. */
  readonly actions = new Map<string, number>();
  readonly #options: EventOutputOptions;
  readonly #path: string;
  readonly #descriptor: number;
  readonly #unlock: () => Promise<void>;
  readonly #seen = new Set<string>();
  #hasFailed = false;

  private constructor(path: string, name: string, options: EventOutputOptions, unlock: () => Promise<void>) {
    this.name = name;
    this.#options = options;
    this.#unlock = unlock;
    this.#path = path;
    this.replacesEarlier = statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
    this.#descriptor = openSync(path, 'a');
  }

  static pathOf(folder: string, startFolder: string): string {
    return resolve(startFolder, folder, FILE);
  }

  /**
   * Opens `events.ndjson` in a folder, which is created if missing.
   *
   * @param folder      as the caller wrote it
   * @param startFolder where a relative name starts
   * @throws Error if the folder cannot be written to, or another run is writing to it
   */
  static async open(folder: string, startFolder: string, options: EventOutputOptions): Promise<EventOutput> {
    const name = join(folder, FILE);
    const path = EventOutput.pathOf(folder, startFolder);
    let unlock: (() => Promise<void>) | undefined;
    try {
      makeFolder(dirname(path));
      // A run that was killed leaves a lock, which counts no longer after ten seconds. A run that slept keeps going.
      const retries = options.waitForLock ? { retries: 12, factor: 1, minTimeout: 1_000 } : 0;
      // Loaded only here: most commands need no lock.
      const { default: lockfile } = await import('proper-lockfile');
      unlock = await lockfile.lock(path, {
        realpath: false,
        stale: 10_000,
        retries,
        onCompromised: () => {},
      });
      return new EventOutput(path, name, options, unlock);
    } catch (error) {
      await unlock?.();
      const isLocked = (error as NodeJS.ErrnoException).code === 'ELOCKED';
      throw new Error(
        isLocked
          ? `another run is writing to ${name}. Wait for it, or choose another folder with --out.`
          : `cannot write to ${name}: ${describeError(error)}. Choose another folder with --out.`,
      );
    }
  }

  /** Removes the events of an earlier run. Until then, a run that cannot start leaves them. */
  start(): void {
    if (this.replacesEarlier) ftruncateSync(this.#descriptor);
  }

  /** Keeps the events of an earlier run, without a last line that it did not finish. */
  resume(): void {
    ftruncateSync(this.#descriptor, endOfLines(this.#path));
  }

  /** Makes the events survive a power cut. */
  flush(): void {
    fsyncSync(this.#descriptor);
  }

  /** Writes synchronously: a slow disk slows the run down instead of filling memory. */
  write(record: Buffer): void {
    if (this.#hasFailed) return;
    const { packing, onError } = this.#options;
    const lines = toLines(record, packing);
    try {
      writeFileSync(this.#descriptor, lines);
    } catch (error) {
      this.#hasFailed = true;
      onError(new Error(`cannot write to ${this.name}: ${describeError(error)}`));
      return;
    }
    for (const line of lines.toString().split('\n')) if (line !== '') this.#count(line);
  }

  async close(): Promise<void> {
    closeSync(this.#descriptor);
    await this.#unlock();
  }

  #count(line: string): void {
    // A record in profile `raw` has its name at the top.
    const { event, eventName } = JSON.parse(line);
    const action = String(event?.action ?? event?.kind ?? eventName ?? 'none');
    this.actions.set(action, (this.actions.get(action) ?? 0) + 1);
    this.events++;
    if (!this.#options.findDuplicates) return;
    const digest = createHash('sha256').update(line).digest('base64');
    if (this.#seen.has(digest)) this.duplicates++;
    this.#seen.add(digest);
  }
}

const TAIL_BYTES = 65_536;

/** Returns where the last complete line of a file ends. */
function endOfLines(path: string): number {
  const descriptor = openSync(path, 'r');
  try {
    const tail = Buffer.alloc(TAIL_BYTES);
    for (let end = fstatSync(descriptor).size; end > 0; end = Math.max(0, end - TAIL_BYTES)) {
      const start = Math.max(0, end - TAIL_BYTES);
      const length = readSync(descriptor, tail, 0, end - start, start);
      const newline = tail.subarray(0, length).lastIndexOf('\n');
      if (newline >= 0) return start + newline + 1;
    }
    return 0;
  } finally {
    closeSync(descriptor);
  }
}

const FILE = 'events.ndjson';

/** An event in profile `raw` has the record's own line breaks if it is alone in its Firehose record. */
function toLines(record: Buffer, packing: Packing): Buffer | string {
  if (packing === 'single') return `${asLine(record.toString('utf8'))}\n`;
  return packing === 'gzip' ? gunzipSync(record) : record;
}

/** Creates a folder and its parents. Node's own `recursive` never returns below `/proc`, where `mkdir` fails with ENOENT. */
export function makeFolder(path: string): void {
  if (existsSync(path)) return;
  makeFolder(dirname(path));
  try {
    mkdirSync(path);
  } catch (error) {
    // Another thread may have created it meanwhile.
    if (!statSync(path, { throwIfNoEntry: false })?.isDirectory()) throw error;
  }
}
