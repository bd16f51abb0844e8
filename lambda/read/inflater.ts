import { createGunzip } from 'node:zlib';
import { LogObjectError, type LogObjectErrorCode } from './log-object-error.ts';

/** 256 KiB of output per call: 16 KiB, zlib's default, doubles the CPU time of inflating. */
const OUTPUT_BYTES = 262_144;

/**
 * Input per zlib call. Deflate expands at most 1,032 times, which limits the output of a bomb to 32 MiB per call. After
 * an error, up to this much input is reread in short steps.
 */
export const MAX_SLICE_BYTES = 32_768;

/** Splits the input into slices of at most that length. */
export async function* slices(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const piece of bytes) {
    for (let at = 0; at < piece.length; at += MAX_SLICE_BYTES) yield piece.subarray(at, at + MAX_SLICE_BYTES);
  }
}

/** Node's gunzip, called slice by slice to know the position of an error. */
export class Inflater {
  readonly #gunzip = createGunzip({ chunkSize: OUTPUT_BYTES });
  #writtenBytes = 0;
  #outputs: Uint8Array[] = [];
  #reject: (error: Error) => void = () => {};

  constructor() {
    this.#gunzip.on('data', (output: Uint8Array) => this.#outputs.push(output));
    // A write that fails never calls back. Only the event reports it.
    this.#gunzip.on('error', (error) => this.#reject(this.#toLogObjectError(error)));
  }

  /**
   * @returns the inflated slice
   * @throws LogObjectError with the stored byte at which the failing zlib call started, which is exact for a slice of
   *   one byte
   */
  write(slice: Uint8Array): Promise<Uint8Array[]> {
    this.#writtenBytes += slice.length;
    // zlib ends the stream at zero bytes after a member. `end` reports them.
    if (this.#gunzip.readableEnded) return Promise.resolve([]);
    return new Promise((resolve, reject) => {
      this.#reject = reject;
      this.#gunzip.write(slice, () => {
        const outputs = this.#outputs;
        this.#outputs = [];
        resolve(outputs);
      });
    });
  }

  /**
   * Ends the input. `write` has returned all output by then.
   *
   * @throws LogObjectError `truncated-gzip`, or `bytes-after-gzip` (zero bytes, which zlib ignores)
   */
  async end(): Promise<void> {
    if (!this.#gunzip.readableEnded) {
      await new Promise<void>((resolve, reject) => {
        this.#reject = reject;
        this.#gunzip.once('end', resolve);
        this.#gunzip.end();
      });
    }
    const readBytes = this.#gunzip.bytesWritten;
    if (readBytes === this.#writtenBytes) return;
    throw bytesAfterGzip(readBytes);
  }

  /** Frees zlib's memory immediately. */
  close(): void {
    this.#gunzip.destroy();
  }

  #toLogObjectError(error: Error & { code?: string }): Error {
    const rule = ZLIB_ERRORS.find(({ message }) => message.test(error.message));
    return rule ? new LogObjectError(rule.code, this.#gunzip.bytesWritten, rule.meaning) : error;
  }
}

const AFTER_GZIP = 'unexpected bytes after the gzip data';

/** @param byte first byte after the last member */
export function bytesAfterGzip(byte: number): LogObjectError {
  return new LogObjectError('bytes-after-gzip', byte, AFTER_GZIP);
}

/** Matches zlib's messages (https://github.com/madler/zlib/blob/master/inflate.c). Its error codes are too coarse. */
const ZLIB_ERRORS: { message: RegExp; code: LogObjectErrorCode; meaning: string }[] = [
  { message: /unexpected end/, code: 'truncated-gzip', meaning: 'the object ends inside its gzip data' },
  // The header of a later member: the first one was checked to detect gzip.
  { message: /incorrect header check/, code: 'bytes-after-gzip', meaning: AFTER_GZIP },
  {
    message: /incorrect (data|length) check/,
    code: 'bad-checksum',
    meaning: 'the gzip checksum does not match',
  },
  { message: /./, code: 'corrupt-gzip', meaning: 'the gzip data cannot be inflated' },
];
