import { createHash } from 'node:crypto';
import { PutRecordBatchCommand } from '@aws-sdk/client-firehose';
import { BufferPool } from './buffer-pool.ts';
import { MAX_BATCH_BYTES, MAX_BATCH_RECORDS } from './limits.ts';

/**
 * PutRecordBatch as the SDK's own command, but for the bytes of its body, which are put together here. The SDK
 * encodes each record to base64 in a loop of JavaScript, then copies and measures the text several times: half
 * of what sending costs. It is still the SDK that signs, sends, and reads the answer.
 *
 * @param encoded what a `BatchBody` for the same stream gave
 */
export function newPutRecordBatch(
  deliveryStreamName: string,
  { body, sha256 }: EncodedBody,
): PutRecordBatchCommand {
  const command = new PutRecordBatchCommand({ DeliveryStreamName: deliveryStreamName, Records: NO_RECORDS });
  command.middlewareStack.add(
    (next) => (args) => {
      const request = args.request as { body: unknown; headers: Record<string, string> };
      request.body = body;
      request.headers['x-amz-content-sha256'] = sha256;
      return next(args);
    },
    // Behind the serializer, and before anything that measures, hashes or signs the body.
    { step: 'build', priority: 'high', name: 'putRecordBatchBody' },
  );
  return command;
}

/** Enough for the SDK to be content with its input. */
const NO_RECORDS = [{ Data: new Uint8Array(0) }];

export interface EncodedBody {
  body: Buffer;
  /** Its SHA-256 in hexadecimal digits, for the signature. */
  sha256: string;
}

/**
 * The body of a PutRecordBatch call, written and hashed as its records come, while each is still in the CPU's cache.
 * The records themselves need not be kept, not even for another try.
 *
 *   {"DeliveryStreamName":"…","Records":[{"Data":"<base64>"},{"Data":"<base64>"}]}
 *
 * https://docs.aws.amazon.com/firehose/latest/APIReference/API_PutRecordBatch.html#API_PutRecordBatch_RequestSyntax
 */
export class BatchBody {
  readonly #buffer = bodies.take();
  readonly #hash = createHash('sha256');
  /** The base64 text of each record, where it stands. */
  readonly #texts: Buffer[] = [];
  #length = 0;
  #hashedBytes = 0;
  #dataBytes = 0;
  #encoded: EncodedBody | undefined;
  #isKept = false;

  constructor(deliveryStreamName: string) {
    const head = `{"DeliveryStreamName":${JSON.stringify(deliveryStreamName)},"Records":[`;
    this.#reserve(Buffer.byteLength(head));
    this.#length += this.#buffer.write(head);
  }

  get records(): number {
    return this.#texts.length;
  }

  /** Data of all records, before base64. */
  get dataBytes(): number {
    return this.#dataBytes;
  }

  /**
   * Adds a record.
   *
   * @param data before base64; done with when this returns
   * @throws RangeError where the call would be larger than Firehose lets it be
   */
  add({ buffer, byteOffset, length }: Uint8Array): void {
    const data = Buffer.from(buffer, byteOffset, length);
    this.#addText(Math.ceil(length / 3) * 4, () => {
      for (let from = 0; from < length; from += SLICE_BYTES) {
        this.#write(data.toString('base64', from, Math.min(length, from + SLICE_BYTES)));
        if (this.#length - this.#hashedBytes >= SLICE_BYTES) this.#updateHash();
      }
    });
    this.#dataBytes += length;
  }

  /** Adds a record of another body, for another try. */
  addFrom(other: BatchBody, index: number): void {
    const text = other.#texts[index];
    if (!text) throw new RangeError(`the body has ${other.records} records, and ${index} is asked for`);
    this.#addText(text.length, () => {
      this.#length += text.copy(this.#buffer, this.#length);
    });
  }

  /** Ends the body. Nothing can be added any more. */
  end(): EncodedBody {
    this.#encoded ??= this.#encode();
    return this.#encoded;
  }

  /** Somebody may go on reading what `end` gave: the buffer is never filled again. */
  keep(): void {
    this.#isKept = true;
  }

  /** To be called once, when the body is done with: its buffer is filled again. */
  release(): void {
    if (!this.#isKept) bodies.giveBack(this.#buffer);
  }

  #encode(): EncodedBody {
    this.#write(TAIL);
    this.#updateHash();
    return { body: this.#buffer.subarray(0, this.#length), sha256: this.#hash.digest('hex') };
  }

  #addText(length: number, write: () => void): void {
    this.#reserve(WRAPPING.length + length);
    this.#write(this.records === 0 ? '{"Data":"' : ',{"Data":"');
    const start = this.#length;
    write();
    this.#texts.push(this.#buffer.subarray(start, this.#length));
    this.#write('"}');
  }

  /** A Buffer silently leaves out what it has no room for. */
  #reserve(bytes: number): void {
    if (this.#length + bytes + TAIL.length > this.#buffer.length) {
      throw new RangeError('a PutRecordBatch call holds no more than this');
    }
  }

  #write(ascii: string): void {
    this.#length += this.#buffer.write(ascii, this.#length, 'latin1');
  }

  #updateHash(): void {
    this.#hash.update(this.#buffer.subarray(this.#hashedBytes, this.#length));
    this.#hashedBytes = this.#length;
  }
}

const WRAPPING = ',{"Data":""}';
const TAIL = ']}';

/** A stream's name has 64 characters at the most, so this is more than enough for what stands before the records. */
const MAX_HEAD_BYTES = 1_024;

/** Base64 makes 4 bytes of 3, and rounds each record up. */
const MAX_BODY_BYTES =
  MAX_HEAD_BYTES +
  Math.ceil(MAX_BATCH_BYTES / 3) * 4 +
  MAX_BATCH_RECORDS * (4 + WRAPPING.length) +
  TAIL.length;

export const bodies = new BufferPool(MAX_BODY_BYTES);

/**
 * In slices: base64 of a whole record would be a string of more than a megabyte, and each of those makes V8 collect
 * garbage of the old generation. A multiple of three bytes has no padding.
 */
const SLICE_BYTES = 24_576;
