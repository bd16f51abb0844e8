import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { FirehoseClient } from '@aws-sdk/client-firehose';
import type { S3Client } from '@aws-sdk/client-s3';

/** S3 and Firehose without a network: what is left is the cost of this project, and of the SDK where it is asked for. */

/**
 * The bytes of a file as the function's S3 client gives those of an object: TLS hands out 16 KiB at a time, each in
 * memory of its own, and no more than that waits until it is read.
 */
export function readLikeResponse(file: string): Readable {
  return createReadStream(file, { highWaterMark: 16_384 });
}

/** Gives the bytes of a file, or bytes in memory, as the body of any object. */
export function stubS3(source: string | Buffer): S3Client {
  const send = async () => ({
    Body: typeof source === 'string' ? readLikeResponse(source) : Readable.from([source]),
  });
  return { send } as unknown as S3Client;
}

/**
 * The SDK's own client, with all that it does up to the socket: base64, JSON, SHA-256, signature.
 *
 * @param answerMs how long a call has no answer: that many calls are under way at once as may be
 */
export function stubbedSdkFirehose(answerMs = 0): FirehoseClient {
  const answers = new Map<number, Buffer>();
  return new FirehoseClient({
    region: 'eu-west-1',
    endpoint: 'http://127.0.0.1:9',
    credentials: { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'bench' },
    maxAttempts: 1,
    requestHandler: {
      async handle({ body }: { body: string | Uint8Array }) {
        const records = countRecords(Buffer.isBuffer(body) ? body : Buffer.from(body));
        const answer = answers.get(records) ?? answerFor(records);
        answers.set(records, answer);
        if (answerMs > 0) await sleep(answerMs);
        return {
          response: {
            statusCode: 200,
            headers: { 'content-type': 'application/x-amz-json-1.1' },
            body: Readable.from([answer]),
          },
        };
      },
    },
  });
}

/** Hops from quote to quote, so that counting costs next to nothing. */
function countRecords(body: Buffer): number {
  const opening = '{"Data":"';
  let count = 0;
  let at = body.indexOf(opening);
  while (at !== -1 && body[at] === 0x7b) {
    count++;
    at = body.indexOf('"', at + opening.length) + '"},'.length;
  }
  return count;
}

function answerFor(records: number): Buffer {
  const RequestResponses = Array.from({ length: records }, () => ({ RecordId: 'taken' }));
  return Buffer.from(JSON.stringify({ FailedPutCount: 0, Encrypted: false, RequestResponses }));
}
