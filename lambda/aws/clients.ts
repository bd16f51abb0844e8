import { FirehoseClient } from '@aws-sdk/client-firehose';
import { S3Client } from '@aws-sdk/client-s3';
import { SQSClient } from '@aws-sdk/client-sqs';
import type { Clock } from '../clock.ts';
import { Connections } from './connections.ts';

export interface Clients {
  s3: S3Client;
  firehose: FirehoseClient;
  sqs: SQSClient;
  /** Says that an invocation begins. */
  begin(): void;
  /** Says that it has ended, and may be followed by a freeze. */
  end(): void;
}

/** The clients of one container, which invocations share. */
export function createClients(clock: Clock): Clients {
  // Buffers one 16 KiB TLS record. With Node's default of 64 KiB, V8 promotes the buffers to the old generation: 30 MB
  // more at peak.
  const toS3 = new Connections(clock, 16_384);
  const toFirehose = new Connections(clock);
  const s3 = new S3Client({
    requestHandler: {
      // A body that stalls is cut off here and continued from there; see `open-object.ts`.
      connectionTimeout: 5_000,
      socketTimeout: 60_000,
      httpAgent: toS3.httpAgent,
      httpsAgent: toS3.httpsAgent,
    },
  });
  // The sender retries by itself: only the entries that failed, and within the time that is left.
  const firehose = new FirehoseClient({
    maxAttempts: 1,
    requestHandler: { httpAgent: toFirehose.httpAgent, httpsAgent: toFirehose.httpsAgent },
  });
  // Never a connection that may be dead: whether a message was accepted has to be known. Nor a repeated call; see
  // `send-resume.ts`.
  const sqs = new SQSClient({
    maxAttempts: 1,
    requestHandler: { httpAgent: { keepAlive: false }, httpsAgent: { keepAlive: false } },
  });
  toS3.watch(s3);
  toFirehose.watch(firehose);
  return {
    s3,
    firehose,
    sqs,
    begin() {
      for (const connections of [toS3, toFirehose]) connections.begin();
    },
    end() {
      for (const connections of [toS3, toFirehose]) connections.end();
    },
  };
}
