import { createGunzip } from 'node:zlib';
import { LogObjectError, type LogObjectErrorCode } from './log-object-error.ts';

/** 256 KiB of output a call: 16 KiB, zlib's own default, doubles the CPU time of inflating. */
const OUTPUT_BYTES = 262_144;

/**
 * Input handed to zlib at once. Deflate grows 1,032 times at the most, so a bomb holds 32 MiB of output here;
 * and it is what has to be read again byte by byte behind an error.
 */
export const MAX_SLICE_BYTES = 32_768;

/** Pieces no longer than that. */
export async function* slices(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const piece of bytes) {
    for (let at = 0; at < piece.length; at += MAX_SLICE_BYTES) yield piece.subarray(at, at + MAX_SLICE_BYTES);
  }
}

/** Node's gunzip, driven slice by slice, so that at an error it is known how far it had come. */
export class Inflater {
  readonly #gunzip = createGunzip({ chunkSize: OUTPUT_BYTES });
  #writtenBytes = 0;
  #outputs: Uint8Array[] = [];
  #reject: (error: Error) => void = () => {};

  constructor() {
    this.#gunzip.on('data', (output: Uint8Array) => this.#outputs.push(output));
    // A write that meets an error never calls back: the event alone tells.
    this.#gunzip.on('error', (error) => this.#reject(this.#toLogObjectError(error)));
  }

  /**
   * @returns what the slice inflates to, in order
   * @throws LogObjectError with the stored byte at which the failing zlib call began: for a slice of one byte, that one
   */
  write(slice: Uint8Array): Promise<Uint8Array[]> {
    this.#writtenBytes += slice.length;
    // Zero bytes behind a member end the stream for zlib; `end` reports them.
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
   * Ends the input; all output has been given by then.
   *
   * @throws LogObjectError `truncated-gzip`, or `bytes-after-gzip` (zero bytes, which zlib passes over)
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

  /** Frees zlib's memory at once. */
  close(): void {
    this.#gunzip.destroy();
  }

  #toLogObjectError(error: Error & { code?: string }): Error {
    const rule = ZLIB_ERRORS.find(({ message }) => message.test(error.message));
    return rule ? new LogObjectError(rule.code, this.#gunzip.bytesWritten, rule.meaning) : error;
  }
}

const AFTER_GZIP = 'the gzip data end before the object does';

/** @param byte the first that belongs to no member */
export function bytesAfterGzip(byte: number): LogObjectError {
  return new LogObjectError('bytes-after-gzip', byte, AFTER_GZIP);
}

/** By zlib's own words (https://github.com/madler/zlib/blob/master/inflate.c): its error codes do not tell. */
const ZLIB_ERRORS: { message: RegExp; code: LogObjectErrorCode; meaning: string }[] = [
  { message: /unexpected end/, code: 'truncated-gzip', meaning: 'the object ends inside its gzip data' },
  // The first header is right, or nobody would inflate. Another one stands there if the object has several members.
  { message: /incorrect header check/, code: 'bytes-after-gzip', meaning: AFTER_GZIP },
  {
    message: /incorrect (data|length) check/,
    code: 'bad-checksum',
    meaning: 'the gzip checksum does not fit',
  },
  { message: /./, code: 'corrupt-gzip', meaning: 'the gzip data cannot be inflated' },
];
