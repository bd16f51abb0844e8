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
export function newPutRecordBatch(deliveryStreamName: string, encoded: EncodedBody): PutRecordBatchCommand {
  const command = new PutRecordBatchCommand({ DeliveryStreamName: deliveryStreamName, Records: NO_RECORDS });
  command.middlewareStack.add(
    (next) => (args) => {
      const request = args.request as { body: unknown; headers: Record<string, string> };
      request.body = encoded.body;
      request.headers['x-amz-content-sha256'] = encoded.sha256;
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
 * Its buffer is one of a pool: whoever sends it says `detachBuffer` where a socket may go on reading, and whoever made it says
 * `release` when it is done with.
 *
 * https://docs.aws.amazon.com/firehose/latest/APIReference/API_PutRecordBatch.html#API_PutRecordBatch_RequestSyntax
 */
export class BatchBody {
  readonly #buffer = bodies.take();
  /** Bytes of the buffer that are written, and of those, how many are in the hash. */
  #length = 0;
  #hashedBytes = 0;
  readonly #hash = createHash('sha256');
  readonly #records: WrittenRecord[] = [];
  #dataBytes = 0;
  #encoded: EncodedBody | undefined;
  #mayGoBack = true;

  constructor(deliveryStreamName: string) {
    const head = `{"DeliveryStreamName":${JSON.stringify(deliveryStreamName)},"Records":[`;
    this.#reserve(Buffer.byteLength(head));
    this.#length += this.#buffer.write(head);
  }

  get records(): number {
    return this.#records.length;
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
  add(data: Uint8Array): void {
    const bytes = Buffer.from(data.buffer, data.byteOffset, data.length);
    this.#open(Math.ceil(data.length / 3) * 4);
    const start = this.#length;
    for (let from = 0; from < bytes.length; from += SLICE_BYTES) {
      this.#write(bytes.toString('base64', from, Math.min(bytes.length, from + SLICE_BYTES)));
      if (this.#length - this.#hashedBytes >= SLICE_BYTES) this.#updateHash();
    }
    this.#close(start, data.length);
  }

  /** Adds a record of another body that is not released, for another try. */
  addFrom(other: BatchBody, index: number): void {
    const record = other.#records[index];
    if (!record) throw new RangeError(`the body has ${other.records} records, and ${index} is asked for`);
    this.#open(record.base64.length);
    const start = this.#length;
    this.#length += record.base64.copy(this.#buffer, start);
    this.#close(start, record.dataBytes);
  }

  /** Ends the body. Nothing can be added any more. */
  end(): EncodedBody {
    this.#encoded ??= this.#encode();
    return this.#encoded;
  }

  /** Somebody may go on reading what `end` gave: the buffer is never filled again. */
  detachBuffer(): void {
    this.#mayGoBack = false;
  }

  /** The body is done with: its buffer is filled again. */
  release(): void {
    if (this.#mayGoBack) bodies.giveBack(this.#buffer);
    this.#mayGoBack = false;
    this.#records.length = 0;
  }

  #encode(): EncodedBody {
    this.#write(CLOSE_BODY);
    this.#updateHash();
    return { body: this.#buffer.subarray(0, this.#length), sha256: this.#hash.digest('hex') };
  }

  #open(base64Bytes: number): void {
    if (this.#encoded) throw new Error('the body has ended');
    this.#reserve(COMMA.length + OPEN_RECORD.length + base64Bytes + CLOSE_RECORD.length);
    if (this.records > 0) this.#write(COMMA);
    this.#write(OPEN_RECORD);
  }

  #close(start: number, dataBytes: number): void {
    this.#records.push({ base64: this.#buffer.subarray(start, this.#length), dataBytes });
    this.#dataBytes += dataBytes;
    this.#write(CLOSE_RECORD);
  }

  /** A Buffer silently leaves out what it has no room for. */
  #reserve(bytes: number): void {
    if (this.#length + bytes + CLOSE_BODY.length > this.#buffer.length) {
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

/** A record where it stands in the body. */
interface WrittenRecord {
  base64: Buffer;
  dataBytes: number;
}

const OPEN_RECORD = '{"Data":"';
const CLOSE_RECORD = '"}';
const COMMA = ',';
const CLOSE_BODY = ']}';

/** A stream's name has 64 characters at the most, so this is more than enough for what stands before the records. */
const MAX_HEAD_BYTES = 1_024;

/** Base64 makes 4 bytes of 3, and rounds each record up. */
const MAX_BODY_BYTES =
  MAX_HEAD_BYTES +
  Math.ceil(MAX_BATCH_BYTES / 3) * 4 +
  MAX_BATCH_RECORDS * (4 + COMMA.length + OPEN_RECORD.length + CLOSE_RECORD.length) +
  CLOSE_BODY.length;

export const bodies = new BufferPool(MAX_BODY_BYTES);

/**
 * In slices: base64 of a whole record would be a string of more than a megabyte, and each of those makes V8 collect
 * garbage of the old generation. A multiple of three bytes has no padding.
 */
const SLICE_BYTES = 24_576;
