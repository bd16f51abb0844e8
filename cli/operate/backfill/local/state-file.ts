import {
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { isObject } from '../../../../lambda/trigger/json-member.ts';
import type { LogObjectRef } from '../../../../lambda/trigger/log-object-ref.ts';
import { describeError, UsageError } from '../../../endings.ts';

/** What a run was asked to do. A state file belongs to exactly one combination. */
export type RunArguments = Readonly<Record<string, string | null>>;

/** How far a run got. */
export interface RunState {
  readonly version: 1;
  readonly arguments: RunArguments;
  /** Every object up to this key is delivered, in `pending`, in `failed`, or not read. */
  after: string;
  /** Whether there is nothing after it. */
  isListed: boolean;
  /** Objects to read, or to read on: the same references as in the function's resume messages. */
  pending: LogObjectRef[];
  failed: FailedObject[];
  readonly counts: RunCounts;
  /** The first keys of those not read. */
  readonly archived: string[];
}

export interface FailedObject {
  readonly ref: LogObjectRef;
  readonly error: string;
}

export interface RunCounts {
  /** Objects delivered to their end. */
  objects: number;
  /** Their stored bytes. */
  storedBytes: number;
  /** Events that the stream accepted. */
  events: number;
  filtered: number;
  /** Bytes that the stream accepted. */
  sentBytes: number;
  /** Objects that are not read because they are in an archive storage class. */
  archived: number;
  /** Objects that are not read because their names have no time. */
  undated: number;
}

/** A lock of a killed run is ignored after this time. A run renews its lock every second. */
const STALE_MS = 5_000;

/** The file that makes a run resumable. It is replaced in one step, so that it is never torn. */
export class StateFile {
  readonly name: string;
  readonly state: RunState;
  /** Whether an earlier run delivered something. */
  readonly isResumed: boolean;
  readonly #path: string;
  readonly #unlock: () => Promise<void>;

  private constructor(name: string, path: string, given: RunArguments, unlock: () => Promise<void>) {
    this.name = name;
    this.#path = path;
    this.#unlock = unlock;
    const earlier = existsSync(path) ? readState(name, path, given) : undefined;
    this.isResumed = earlier !== undefined;
    this.state = earlier ?? newState(given);
  }

  /**
   * Locks the file, and reads it if there is one.
   *
   * @param name          as the caller wrote it
   * @param onCompromised called if another run took the lock, for example while this machine slept
   * @throws UsageError if it is of a run with other arguments, or another run uses it
   */
  static async open(
    name: string,
    path: string,
    given: RunArguments,
    onCompromised: () => void,
  ): Promise<StateFile> {
    const unlock = await lockState(name, path, onCompromised);
    try {
      return new StateFile(name, path, given, unlock);
    } catch (error) {
      await unlock();
      throw error;
    }
  }

  /** @throws Error if the file cannot be written; the earlier one then stays */
  save(): void {
    replaceState(this.name, this.#path, this.state);
  }

  /** Removes the file of a run that delivered nothing. */
  remove(): void {
    rmSync(this.#path, { force: true });
  }

  async close(): Promise<void> {
    // It fails only if the lock is lost, which the caller knows.
    await this.#unlock().catch(() => {});
  }
}

/**
 * Locks a state file.
 *
 * @returns what releases it; fails only if the lock is lost
 * @throws UsageError if another run uses it, or its folder cannot be written to
 */
export async function lockState(
  name: string,
  path: string,
  onCompromised: () => void,
): Promise<() => Promise<void>> {
  const options = { realpath: false, stale: STALE_MS, update: 1_000, onCompromised };
  // Waits until the lock of a run that was killed is stale.
  const retries = { retries: 8, factor: 1, minTimeout: 1_000 };
  try {
    const { default: lockfile } = await import('proper-lockfile');
    return await lockfile.lock(path, { ...options, retries });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ELOCKED')
      throw new UsageError(`another run uses ${name}. Wait for it, or name another file with --state.`);
    throw new UsageError(`cannot write ${name}: ${describeError(error)}. Name another file with --state.`);
  }
}

/**
 * Writes a state file in one step.
 *
 * @throws Error if it cannot be written; the earlier one then stays
 */
export function replaceState(name: string, path: string, state: object): void {
  const next = `${path}.next`;
  try {
    writeFileSync(next, `${JSON.stringify(state)}\n`, { flush: true });
    renameSync(next, path);
    syncFolder(dirname(path));
  } catch (error) {
    throw new Error(`cannot write ${name}: ${describeError(error)}`);
  }
}

/** Makes the new name of the file survive a power cut. */
function syncFolder(path: string): void {
  const folder = openSync(path, 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}

function newState(given: RunArguments): RunState {
  const counts = {
    objects: 0,
    storedBytes: 0,
    events: 0,
    filtered: 0,
    sentBytes: 0,
    archived: 0,
    undated: 0,
  };
  const lists = { pending: [], failed: [], archived: [] };
  return { version: 1, arguments: given, after: '', isListed: false, ...lists, counts };
}

/**
 * @returns `undefined` for the file of a run that delivered nothing
 * @throws UsageError unless the file is a state of a run with the same arguments
 */
function readState(name: string, path: string, given: RunArguments): RunState | undefined {
  const state = parseState(name, path, 'pending') as unknown as RunState;
  if (state.counts.sentBytes === 0) return undefined;
  requireSame(name, state.arguments, given);
  return state;
}

/**
 * @param member what only the states of the command have
 * @throws UsageError unless the file is one of them
 */
export function parseState(
  name: string,
  path: string,
  member: 'pending' | 'done',
): JsonMembers & { arguments: RunArguments } {
  let state: unknown;
  try {
    state = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw new UsageError(`cannot read ${name}: ${describeError(error)}`);
  }
  if (!isObject(state) || state.version !== 1 || !isObject(state.arguments) || !(member in state))
    throw new UsageError(`${name} is not a state file of this command. Name another file with --state.`);
  return state as JsonMembers & { arguments: RunArguments };
}

type JsonMembers = Record<string, unknown>;

/** @throws UsageError if a run was asked for something else */
export function requireSame(name: string, before: RunArguments, given: RunArguments): void {
  const changed = Object.keys(given).find((key) => given[key] !== before[key]);
  if (changed !== undefined)
    throw new UsageError(
      `${name} is of a run with another ${changed} (${before[changed] ?? 'none'}, now ${given[changed] ?? 'none'}). Name another file with --state.`,
    );
}
