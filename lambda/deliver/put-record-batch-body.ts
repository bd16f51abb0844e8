import { createHash, type Hash } from 'node:crypto';
import { PutRecordBatchCommand } from '@aws-sdk/client-firehose';
import { BufferPool } from './buffer-pool.ts';
import { MAX_BATCH_BYTES, MAX_BATCH_RECORDS } from './limits.ts';

/**
 * PutRecordBatch as the SDK's own command, but for the bytes of its body, which are put together here. The SDK
 * encodes each record to base64 in a loop of JavaScript, then copies and measures the text several times: half
 * of what sending costs. It is still the SDK that signs, sends, and reads the answer.
 *
 * @param encoded what `encodeBody` gave for the same stream
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
 * The body of a call, in a buffer that `bodies` takes back:
 * https://docs.aws.amazon.com/firehose/latest/APIReference/API_PutRecordBatch.html#API_PutRecordBatch_RequestSyntax
 *
 * @param records data of each record, before base64
 */
export function encodeBody(deliveryStreamName: string, records: Uint8Array[]): EncodedBody {
  const head = `{"DeliveryStreamName":${JSON.stringify(deliveryStreamName)},"Records":[`;
  const base64Bytes = records.reduce((sum, { length }) => sum + Math.ceil(length / 3) * 4, 0);
  const bytes = Buffer.byteLength(head) + base64Bytes + records.length * WRAPPING.length + TAIL.length;
  const body = bytes <= MAX_BODY_BYTES ? bodies.take() : Buffer.allocUnsafe(bytes);
  const hasher = new BodyHasher(body);
  let at = body.write(head);
  for (const [i, record] of records.entries()) {
    at += body.write(i === 0 ? '{"Data":"' : ',{"Data":"', at, 'latin1');
    at = writeBase64(record, body, at, hasher);
    at += body.write('"}', at, 'latin1');
  }
  at += body.write(TAIL, at, 'latin1');
  return { body: body.subarray(0, at), sha256: hasher.digest(at) };
}

/** Hashes a body piece by piece while it is written: a whole one has left the CPU's cache before its end is there. */
class BodyHasher {
  readonly #hash: Hash = createHash('sha256');
  readonly #body: Buffer;
  #hashedBytes = 0;

  constructor(body: Buffer) {
    this.#body = body;
  }

  /** @param end where what has been written ends */
  update(end: number): void {
    if (end - this.#hashedBytes < SLICE_BYTES) return;
    this.#hash.update(this.#body.subarray(this.#hashedBytes, end));
    this.#hashedBytes = end;
  }

  digest(end: number): string {
    return this.#hash.update(this.#body.subarray(this.#hashedBytes, end)).digest('hex');
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

/** @returns where to go on */
function writeBase64(
  { buffer, byteOffset, length }: Uint8Array,
  body: Buffer,
  at: number,
  hasher: BodyHasher,
): number {
  const data = Buffer.from(buffer, byteOffset, length);
  let end = at;
  for (let from = 0; from < length; from += SLICE_BYTES) {
    end += body.write(data.toString('base64', from, Math.min(length, from + SLICE_BYTES)), end, 'latin1');
    hasher.update(end);
  }
  return end;
}
