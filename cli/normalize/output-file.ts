import { createWriteStream, existsSync, renameSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Writable } from 'node:stream';
import { finished, pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { describeError } from '../endings.ts';
import { makeFolder } from '../event-output.ts';

/** Where the events of one log file go. It can be sent to another thread. */
export interface OutputPlace {
  /** Absolute. */
  readonly path: string;
  readonly gzip: boolean;
}

/** A file that gets its name only when it is complete. */
export class OutputFile {
  readonly #path: string;
  readonly #source: Writable;
  readonly #written: Promise<void>;
  #error: Error | undefined;

  /** @throws Error if its folder cannot be created */
  constructor({ path, gzip }: OutputPlace) {
    this.#path = path;
    try {
      makeFolder(dirname(path));
    } catch (error) {
      throw this.#explain(error, '. Choose another folder with --out.');
    }
    const file = createWriteStream(partOf(path), { flush: true });
    const compressor = gzip ? createGzip() : undefined;
    this.#source = compressor ?? file;
    // The next write, or the end, throws it.
    this.#written = (compressor ? pipeline(compressor, file) : finished(file)).catch((error) => {
      this.#error = this.#explain(error);
    });
  }

  /**
   * Resolves when the memory of the bytes may be reused.
   *
   * @throws Error if the file cannot be written
   */
  async write(bytes: Uint8Array): Promise<void> {
    await new Promise<void>((resolve) => this.#source.write(bytes, () => resolve()));
    if (this.#error) throw this.#error;
  }

  /**
   * Ends the file and replaces an earlier one. Its bytes survive a power cut.
   *
   * @throws Error if the file cannot be written
   */
  async finish(): Promise<void> {
    this.#source.end();
    await this.#written;
    if (this.#error) throw this.#error;
    try {
      renameSync(partOf(this.#path), this.#path);
    } catch (error) {
      throw this.#explain(error);
    }
  }

  /** Removes an incomplete file. An earlier complete one stays. */
  async discard(): Promise<void> {
    this.#source.end();
    await this.#written;
    removePart({ path: this.#path });
  }

  /** The path is in the message, because an error loses its other members on the way to another thread. */
  #explain(error: unknown, advice = ''): Error {
    return new Error(`cannot write ${this.#path}: ${describeError(error)}${advice}`);
  }
}

/** Removes an incomplete file that nothing writes any more, if there is one. */
export function removePart({ path }: Pick<OutputPlace, 'path'>): void {
  const part = partOf(path);
  if (existsSync(part)) rmSync(part);
}

function partOf(path: string): string {
  return `${path}.part`;
}
