import { createHash } from 'node:crypto';
import { PutRecordBatchCommand } from '@aws-sdk/client-firehose';
import { BufferPool } from './buffer-pool.ts';
import { MAX_BATCH_BYTES, MAX_BATCH_RECORDS } from './limits.ts';

/**
 * Creates the SDK's PutRecordBatch command with a body that is encoded here. The SDK encodes each record to
 * base64 in a JavaScript loop, then copies and measures the text several times: half the cost of sending. The
 * SDK still signs, sends, and reads the answer.
 *
 * @param encoded result of a `BatchBody` for the same stream
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
    // After the serializer, and before any step that measures, hashes or signs the body.
    { step: 'build', priority: 'high', name: 'putRecordBatchBody' },
  );
  return command;
}

/** Satisfies the SDK's validation of its input. */
const NO_RECORDS = [{ Data: new Uint8Array(0) }];

export interface EncodedBody {
  body: Buffer;
  /** SHA-256 of the body in hexadecimal digits, for the signature. */
  sha256: string;
}

/**
 * The body of a PutRecordBatch call. Writes and hashes each record while it is still in the CPU cache. The
 * caller need not keep the records, even for another attempt.
 *
 *   {"DeliveryStreamName":"…","Records":[{"Data":"<base64>"},{"Data":"<base64>"}]}
 *
 * Its buffer comes from a pool. The sender calls `detachBuffer` if a socket may still be reading; the creator
 * calls `release` after the last use.
 *
 * https://docs.aws.amazon.com/firehose/latest/APIReference/API_PutRecordBatch.html#API_PutRecordBatch_RequestSyntax
 */
export class BatchBody {
  readonly #buffer = bodies.take();
  /** Bytes written to the buffer, and how many of them are hashed. */
  #length = 0;
  #hashedBytes = 0;
  readonly #hash = createHash('sha256');
  readonly #records: WrittenRecord[] = [];
  #dataBytes = 0;
  #encoded: EncodedBody | undefined;
  #isReusable = true;

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
   * @param data before base64; no longer needed after the call
   * @throws RangeError if the body would exceed its maximum length
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

  /** Adds a record of another body, which must not be released yet, for another attempt. */
  addFrom(other: BatchBody, index: number): void {
    const record = other.#records[index];
    if (!record) throw new RangeError(`no record ${index}: the other body has ${other.records} records`);
    this.#open(record.base64.length);
    const start = this.#length;
    this.#length += record.base64.copy(this.#buffer, start);
    this.#close(start, record.dataBytes);
  }

  /** Ends the body. No record can be added afterwards. */
  end(): EncodedBody {
    this.#encoded ??= this.#encode();
    return this.#encoded;
  }

  /** Prevents reuse of the buffer, because the result of `end` may still be read. */
  detachBuffer(): void {
    this.#isReusable = false;
  }

  /** Returns the buffer to the pool. The body must not be used afterwards. */
  release(): void {
    if (this.#isReusable) bodies.giveBack(this.#buffer);
    this.#isReusable = false;
    this.#records.length = 0;
  }

  #encode(): EncodedBody {
    this.#write(CLOSE_BODY);
    this.#updateHash();
    return { body: this.#buffer.subarray(0, this.#length), sha256: this.#hash.digest('hex') };
  }

  #open(base64Bytes: number): void {
    if (this.#encoded) throw new Error('cannot add a record: the body has ended');
    this.#reserve(COMMA.length + OPEN_RECORD.length + base64Bytes + CLOSE_RECORD.length);
    if (this.records > 0) this.#write(COMMA);
    this.#write(OPEN_RECORD);
  }

  #close(start: number, dataBytes: number): void {
    this.#records.push({ base64: this.#buffer.subarray(start, this.#length), dataBytes });
    this.#dataBytes += dataBytes;
    this.#write(CLOSE_RECORD);
  }

  /** Throws if the bytes do not fit. `Buffer.write` would silently omit the rest. */
  #reserve(bytes: number): void {
    if (this.#length + bytes + CLOSE_BODY.length > this.#buffer.length) {
      throw new RangeError(`a PutRecordBatch body has at most ${this.#buffer.length} bytes`);
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

/** A record inside the body. */
interface WrittenRecord {
  base64: Buffer;
  dataBytes: number;
}

const OPEN_RECORD = '{"Data":"';
const CLOSE_RECORD = '"}';
const COMMA = ',';
const CLOSE_BODY = ']}';

/** More than enough for the text before the records: a stream's name has at most 64 characters. */
const MAX_HEAD_BYTES = 1_024;

/** Base64 turns 3 bytes into 4, and rounds each record up. */
const MAX_BODY_BYTES =
  MAX_HEAD_BYTES +
  Math.ceil(MAX_BATCH_BYTES / 3) * 4 +
  MAX_BATCH_RECORDS * (4 + COMMA.length + OPEN_RECORD.length + CLOSE_RECORD.length) +
  CLOSE_BODY.length;

export const bodies = new BufferPool(MAX_BODY_BYTES);

/**
 * Data is encoded in slices, because base64 of an entire record can exceed a megabyte, and each string of
 * that size makes V8 collect the old generation. A multiple of three bytes has no padding.
 */
const SLICE_BYTES = 24_576;
