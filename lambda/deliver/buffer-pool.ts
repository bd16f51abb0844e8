/**
 * Reuses fixed-size buffers. An unreferenced 1 MB buffer stays in memory until V8 collects the old
 * generation, and allocating many triggers that collection often.
 *
 * Keeps as many buffers as were ever in use at once, across invocations. The window of calls limits them.
 */
export class BufferPool {
  readonly #bytes: number;
  readonly #free: Buffer[] = [];
  readonly #inUse = new WeakSet<ArrayBufferLike>();

  /** @param bytes length of each buffer */
  constructor(bytes: number) {
    this.#bytes = bytes;
  }

  /** @returns a buffer with arbitrary content */
  take(): Buffer {
    const buffer = this.#free.pop() ?? Buffer.allocUnsafeSlow(this.#bytes);
    this.#inUse.add(buffer.buffer);
    return buffer;
  }

  /** Frees a buffer that `take` returned, given any part of it. Ignores any other buffer. */
  giveBack({ buffer }: Buffer): void {
    if (this.#inUse.delete(buffer)) this.#free.push(Buffer.from(buffer));
  }
}
