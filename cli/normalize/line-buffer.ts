/** It doubles as needed: most log files are small, and a large one needs about 1 MiB. */
const INITIAL_BYTES = 64 * 1024;

const NEWLINE = 0x0a;

/** A UTF-16 unit takes at most 3 bytes in UTF-8. */
const MAX_BYTES_PER_UNIT = 3;

/** Collects lines as UTF-8, one after the other in one buffer. */
export class LineBuffer {
  #buffer: Buffer<ArrayBuffer>;
  #length = 0;

  /** @param memory to use first. @default - new memory */
  constructor(memory?: ArrayBuffer) {
    this.#buffer = memory ? Buffer.from(memory) : Buffer.allocUnsafeSlow(INITIAL_BYTES);
  }

  /** Adds a line without its newline. Bytes are copied. */
  add(line: string | Uint8Array): void {
    this.#makeRoom(typeof line === 'string' ? line.length * MAX_BYTES_PER_UNIT : line.length);
    if (typeof line === 'string') {
      this.#length += this.#buffer.write(line, this.#length);
    } else {
      this.#buffer.set(line, this.#length);
      this.#length += line.length;
    }
    this.#buffer[this.#length++] = NEWLINE;
  }

  /** Empties the buffer. @returns the lines, whose memory the next line overwrites */
  take(): Uint8Array<ArrayBuffer> {
    const lines = this.#buffer.subarray(0, this.#length);
    this.#length = 0;
    return lines;
  }

  #makeRoom(bytes: number): void {
    const needed = this.#length + bytes + 1;
    if (needed <= this.#buffer.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(needed, this.#buffer.length * 2));
    this.#buffer.copy(larger, 0, 0, this.#length);
    this.#buffer = larger;
  }
}

/** Buffers of files that were read. Thousands of small files would each grow one, which V8 collects with its whole heap. */
const free: LineBuffer[] = [];

/** Lends a buffer for one file. */
export async function withLineBuffer<Result>(use: (lines: LineBuffer) => Promise<Result>): Promise<Result> {
  const lines = free.pop() ?? new LineBuffer();
  try {
    return await use(lines);
  } finally {
    // Of a file that could not be read, lines may be left.
    lines.take();
    free.push(lines);
  }
}
