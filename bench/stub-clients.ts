import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import { FirehoseClient, type PutRecordBatchCommand } from '@aws-sdk/client-firehose';
import type { S3Client } from '@aws-sdk/client-s3';

/** S3 and Firehose without a network: what is left is the cost of this project, and of the SDK where it is asked for. */

/** Gives the bytes of a file, or bytes in memory, as the body of any object. */
export function stubS3(source: string | Buffer): S3Client {
  const send = async () => ({
    Body: typeof source === 'string' ? createReadStream(source) : Readable.from([source]),
  });
  return { send } as unknown as S3Client;
}

/** Takes every record of every call at once. */
export function stubFirehose(): FirehoseClient {
  const send = async ({ input }: PutRecordBatchCommand) => ({
    RequestResponses: input.Records?.map(() => ({ RecordId: 'taken' })),
  });
  return { send } as unknown as FirehoseClient;
}

/** The SDK's own client, with all that it does up to the socket: base64, JSON, SHA-256, signature. */
export function stubbedSdkFirehose(): FirehoseClient {
  const answers = new Map<number, Buffer>();
  return new FirehoseClient({
    region: 'eu-west-1',
    endpoint: 'http://127.0.0.1:9',
    credentials: { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'bench' },
    maxAttempts: 1,
    requestHandler: {
      async handle({ body }: { body: string | Uint8Array }) {
        const records = Buffer.from(body).toString('latin1').split('"Data":').length - 1;
        const answer = answers.get(records) ?? answerFor(records);
        answers.set(records, answer);
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

function answerFor(records: number): Buffer {
  const RequestResponses = Array.from({ length: records }, () => ({ RecordId: 'taken' }));
  return Buffer.from(JSON.stringify({ FailedPutCount: 0, Encrypted: false, RequestResponses }));
}
