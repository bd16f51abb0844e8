import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { DEFAULT_REDACTION } from '../../lambda/select/parse-redaction.ts';
import {
  lockState,
  parseState,
  type RunArguments,
  replaceState,
  requireSame,
} from '../operate/backfill/local/state-file.ts';
import { callersFolder } from '../package.ts';
import type { EventOptions } from './event-maker.ts';
import type { FilterOptions } from './input-filter.ts';

/** Between two writes of the file. A crash repeats the files that were finished since. */
const SAVE_EVERY_MS = 5_000;

/** Remembers which inputs are done, so that the same command goes on where it was. */
export class NormalizeState {
  readonly #name: string;
  readonly #path: string;
  readonly #arguments: RunArguments;
  /** Stored bytes by name. An input that has grown is read again. */
  readonly #done: Map<string, number>;
  readonly #unlock: () => Promise<void>;
  readonly #now: () => number;
  #savedAt: number;

  private constructor(
    name: string,
    path: string,
    given: RunArguments,
    unlock: () => Promise<void>,
    now: () => number,
  ) {
    this.#name = name;
    this.#path = path;
    this.#arguments = given;
    this.#unlock = unlock;
    this.#now = now;
    this.#savedAt = now();
    this.#done = new Map(existsSync(path) ? readDone(name, path, given) : []);
  }

  /**
   * Locks the file, and reads it if there is one.
   *
   * @param onCompromised called if another run took the lock, for example while this machine slept
   * @throws UsageError if it is of a run with other options, or another run uses it
   */
  static async open(
    name: string,
    given: RunArguments,
    onCompromised: () => void,
    now: () => number = () => performance.now(),
  ): Promise<NormalizeState> {
    const path = resolve(callersFolder(), name);
    const unlock = await lockState(name, path, onCompromised);
    try {
      return new NormalizeState(name, path, given, unlock, now);
    } catch (error) {
      await unlock();
      throw error;
    }
  }

  isDone(id: string, bytes: number): boolean {
    return this.#done.get(id) === bytes;
  }

  finish(id: string, bytes: number): void {
    this.#done.set(id, bytes);
    if (this.#now() - this.#savedAt >= SAVE_EVERY_MS) this.save();
  }

  /** @throws Error if the file cannot be written; the earlier one then stays */
  save(): void {
    const state = { version: 1, arguments: this.#arguments, done: Object.fromEntries(this.#done) };
    replaceState(this.#name, this.#path, state);
    this.#savedAt = this.#now();
  }

  async close(): Promise<void> {
    // It fails only if the lock is lost, which the caller knows.
    await this.#unlock().catch(() => {});
  }
}

function readDone(name: string, path: string, given: RunArguments): [string, number][] {
  const state = parseState(name, path, 'done');
  requireSame(name, state.arguments, given);
  return Object.entries(state.done as Record<string, number>);
}

/** Everything that decides which events go where, files by their content. A key is not in it. */
export function argumentsOf(
  options: EventOptions & FilterOptions & { gzip?: boolean },
  out: string,
): RunArguments {
  const { profile, labels, accounts, rules, redact, redactKeyFile, pretty, gzip, since, until } = options;
  const time = (ms: number | undefined) => (ms === undefined ? null : new Date(ms).toISOString());
  const list = (values: readonly string[] | undefined) => values?.join(',') ?? null;
  return {
    ...{ out, gzip: `${gzip ?? false}`, pretty: `${pretty ?? false}`, profile: profile ?? null },
    ...{ labels: labels ?? null, accounts: digestOf(accounts), rules: digestOf(rules) },
    redact: redact === DEFAULT_REDACTION ? redact : digestOf(redact),
    'redact-key-file': redactKeyFile ?? null,
    ...{ since: time(since), until: time(until), exclude: list(options.exclude) },
    ...{ account: list(options.account), region: list(options.region), kind: list(options.kind) },
  };
}

function digestOf(file: string | undefined): string | null {
  if (file === undefined) return null;
  const text = readFileSync(resolve(callersFolder(), file));
  return `${file} ${createHash('sha256').update(text).digest('hex').slice(0, 12)}`;
}
