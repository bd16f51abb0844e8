import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { FirehoseClient } from '@aws-sdk/client-firehose';
import type { S3Client } from '@aws-sdk/client-s3';

/** S3 and Firehose without a network, to measure only this project and, if requested, the SDK. */

/**
 * Reads a file in the chunks that the function's S3 client gets: TLS returns 16 KiB at a time, each in a new buffer,
 * and at most one waits to be read.
 */
export function readLikeResponse(file: string): Readable {
  return createReadStream(file, { highWaterMark: 16_384 });
}

/** Returns an S3 client that answers every request with the bytes of a file or a buffer. */
export function stubS3(source: string | Buffer): S3Client {
  const send = async () => ({
    Body: typeof source === 'string' ? readLikeResponse(source) : Readable.from([source]),
  });
  return { send } as unknown as S3Client;
}

/**
 * Returns the SDK's client with all its work down to the socket: base64, JSON, SHA-256, signature.
 *
 * @param answerMs delay of each answer; a long delay keeps the maximum number of calls in flight
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

/** Jumps from quote to quote, which makes counting cheap. */
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
  const RequestResponses = Array.from({ length: records }, () => ({ RecordId: 'accepted' }));
  return Buffer.from(JSON.stringify({ FailedPutCount: 0, Encrypted: false, RequestResponses }));
}
