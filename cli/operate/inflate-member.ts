import { crc32, createInflateRaw } from 'node:zlib';
import { slices } from '../../lambda/read/inflater.ts';

/** Thrown for a file that is not exactly one gzip member. */
export class GzipError extends Error {
  override readonly name = 'GzipError';
}

/**
 * Inflates a file that is one gzip member, in constant memory. CloudTrail writes no other, so bytes after the member are
 * tampering, even if they are another member. The function's reader inflates several members as one file: its
 * `gunzip` cannot see where the first one ends.
 *
 *     1f 8b 08 FLG …   header, at least 10 bytes
 *     …                deflated data, which marks its own end
 *     CRC32 ISIZE      of the inflated data, 8 bytes
 *
 * https://www.rfc-editor.org/rfc/rfc1952#section-2.3
 *
 * @throws GzipError if it is not gzip, damaged, truncated, or has bytes after the member
 */
export async function* inflateMember(
  stored: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array, void, undefined> {
  const inflater = new RawInflater();
  let header: Uint8Array = new Uint8Array(0);
  let dataAt: number | undefined;
  let storedBytes = 0;
  let tail: Uint8Array = new Uint8Array(0);
  let [crc, inflatedBytes] = [0, 0];
  try {
    for await (const slice of slices(stored)) {
      storedBytes += slice.length;
      tail = Buffer.concat([tail, slice]).subarray(-TRAILER_BYTES);
      let data = slice;
      if (dataAt === undefined) {
        header = Buffer.concat([header, slice]);
        dataAt = endOfHeader(header);
        if (dataAt === undefined) continue;
        data = header.subarray(dataAt);
      }
      for (const inflated of await inflater.write(data)) {
        crc = crc32(inflated, crc);
        inflatedBytes += inflated.length;
        yield inflated;
      }
    }
    if (dataAt === undefined) throw new GzipError('truncated');
    await inflater.end();
  } finally {
    inflater.close();
  }
  const memberBytes = dataAt + inflater.consumedBytes + TRAILER_BYTES;
  if (storedBytes > memberBytes) throw new GzipError('bytes after the gzip data');
  if (storedBytes < memberBytes) throw new GzipError('truncated');
  const trailer = Buffer.from(tail);
  if (trailer.readUInt32LE(0) !== crc || trailer.readUInt32LE(4) !== inflatedBytes % 2 ** 32)
    throw new GzipError('the gzip checksum does not match');
}

const TRAILER_BYTES = 8;

/** Of gzip, and of deflate as its method. */
const MAGIC = [0x1f, 0x8b, 8];

const FLAGS = { headerCrc: 2, extra: 4, name: 8, comment: 16 };

/**
 * @returns the length of a member's header; `undefined` if it continues after these bytes
 * @throws GzipError if it is not gzip
 */
function endOfHeader(bytes: Uint8Array): number | undefined {
  if (!MAGIC.every((byte, at) => (bytes[at] ?? byte) === byte)) throw new GzipError('not gzip');
  if (bytes.length < 10) return undefined;
  const [, , , flags = 0] = bytes;
  let at = 10;
  if (flags & FLAGS.extra) at += 2 + (bytes[at] ?? 0) + 256 * (bytes[at + 1] ?? 0);
  for (const flag of [FLAGS.name, FLAGS.comment]) {
    if (!(flags & flag)) continue;
    const end = bytes.indexOf(0, at);
    if (end < 0) return undefined;
    at = end + 1;
  }
  if (flags & FLAGS.headerCrc) at += 2;
  return at <= bytes.length ? at : undefined;
}

/** Node's raw inflater, called slice by slice. */
class RawInflater {
  readonly #inflate = createInflateRaw({ chunkSize: 262_144 });
  readonly #outputs: Uint8Array[] = [];
  #reject: (error: Error) => void = () => {};

  constructor() {
    this.#inflate.on('data', (output: Uint8Array) => this.#outputs.push(output));
    this.#inflate.on('error', () => this.#reject(new GzipError('damaged or truncated')));
  }

  /** Bytes of deflated data, up to the end that they mark. */
  get consumedBytes(): number {
    return this.#inflate.bytesWritten;
  }

  write(slice: Uint8Array): Promise<Uint8Array[]> {
    if (this.#inflate.readableEnded) return Promise.resolve([]);
    return new Promise((resolve, reject) => {
      const takeOutputs = () => {
        this.#inflate.off('end', takeOutputs);
        resolve(this.#outputs.splice(0));
      };
      this.#reject = reject;
      // A write with bytes after the end of the data never calls back.
      this.#inflate.once('end', takeOutputs);
      this.#inflate.write(slice, takeOutputs);
    });
  }

  /** @throws GzipError if the data does not reach its end */
  async end(): Promise<void> {
    if (this.#inflate.readableEnded) return;
    await new Promise<void>((resolve, reject) => {
      this.#reject = reject;
      this.#inflate.once('end', resolve);
      this.#inflate.end();
    });
  }

  close(): void {
    this.#inflate.destroy();
  }
}
