/**
 * Buffers of one size that are filled again and again. A megabyte that nobody holds any more is memory until V8
 * collects its old generation, and allocating many makes it do so often.
 *
 * Keeps as many as were ever in use at once, which the window of calls bounds, from one invocation to the next.
 */
export class BufferPool {
  readonly #bytes: number;
  readonly #free: Buffer[] = [];
  readonly #inUse = new WeakSet<ArrayBufferLike>();

  /** @param bytes length of each buffer */
  constructor(bytes: number) {
    this.#bytes = bytes;
  }

  /** @returns a buffer, whatever is in it */
  take(): Buffer {
    const taken = this.#free.pop() ?? Buffer.allocUnsafeSlow(this.#bytes);
    this.#inUse.add(taken.buffer);
    return taken;
  }

  /** Takes back what `take` gave, or a part of it, once; any other buffer is left alone. */
  giveBack({ buffer }: Buffer): void {
    if (this.#inUse.delete(buffer)) this.#free.push(Buffer.from(buffer));
  }
}
