import { PutRecordBatchCommand } from '@aws-sdk/client-firehose';

/**
 * PutRecordBatch as the SDK's own command, but for the bytes of its body, which are put together here. The SDK
 * encodes each record to base64 in a loop of JavaScript, then copies and measures the text several times: half
 * of what sending costs. It is still the SDK that signs, sends, and reads the answer.
 *
 * @param records data of each record, before base64
 */
export function newPutRecordBatch(deliveryStreamName: string, records: Uint8Array[]): PutRecordBatchCommand {
  const command = new PutRecordBatchCommand({ DeliveryStreamName: deliveryStreamName, Records: NO_RECORDS });
  const body = encodeBody(deliveryStreamName, records);
  command.middlewareStack.add(
    (next) => (args) => {
      Object.assign(args.request as { body: unknown }, { body });
      return next(args);
    },
    // Behind the serializer, and before anything that measures, hashes or signs the body.
    { step: 'build', priority: 'high', name: 'putRecordBatchBody' },
  );
  return command;
}

/** Enough for the SDK to be content with its input. */
const NO_RECORDS = [{ Data: new Uint8Array(0) }];

/** https://docs.aws.amazon.com/firehose/latest/APIReference/API_PutRecordBatch.html#API_PutRecordBatch_RequestSyntax */
export function encodeBody(deliveryStreamName: string, records: Uint8Array[]): Buffer {
  const head = `{"DeliveryStreamName":${JSON.stringify(deliveryStreamName)},"Records":[`;
  const base64Bytes = records.reduce((sum, { length }) => sum + Math.ceil(length / 3) * 4, 0);
  const body = Buffer.allocUnsafe(
    Buffer.byteLength(head) + base64Bytes + records.length * WRAPPING.length + TAIL.length,
  );
  let at = body.write(head);
  for (const [i, record] of records.entries()) {
    at += body.write(i === 0 ? '{"Data":"' : ',{"Data":"', at, 'latin1');
    at = writeBase64(record, body, at);
    at += body.write('"}', at, 'latin1');
  }
  at += body.write(TAIL, at, 'latin1');
  return body.subarray(0, at);
}

const WRAPPING = ',{"Data":""}';
const TAIL = ']}';

/**
 * In slices: base64 of a whole record would be a string of more than a megabyte, and each of those makes V8 collect
 * garbage of the old generation. A multiple of three bytes has no padding.
 */
const SLICE_BYTES = 24_576;

/** @returns where to go on */
function writeBase64({ buffer, byteOffset, length }: Uint8Array, body: Buffer, at: number): number {
  const data = Buffer.from(buffer, byteOffset, length);
  let end = at;
  for (let from = 0; from < length; from += SLICE_BYTES) {
    end += body.write(data.toString('base64', from, Math.min(length, from + SLICE_BYTES)), end, 'latin1');
  }
  return end;
}
