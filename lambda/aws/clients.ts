import { FirehoseClient } from '@aws-sdk/client-firehose';
import { S3Client } from '@aws-sdk/client-s3';
import { SQSClient } from '@aws-sdk/client-sqs';
import type { Clock } from '../clock.ts';
import { Connections } from './connections.ts';

export interface Clients {
  s3: S3Client;
  firehose: FirehoseClient;
  sqs: SQSClient;
  /** Marks the start of an invocation. */
  begin(): void;
  /** Marks its end. Lambda may then freeze the container. */
  end(): void;
}

/** Creates the clients that all invocations of a container share. */
export function createClients(clock: Clock): Clients {
  // Buffers one 16 KiB TLS record. With Node's default of 64 KiB, V8 promotes the buffers to the old generation: 30 MB
  // more at peak.
  const toS3 = new Connections(clock, 16_384);
  const toFirehose = new Connections(clock);
  const s3 = new S3Client({
    requestHandler: {
      // A stalled body is cut off after this time and continued; see `open-object.ts`.
      connectionTimeout: 5_000,
      socketTimeout: 60_000,
      httpAgent: toS3.httpAgent,
      httpsAgent: toS3.httpsAgent,
    },
  });
  // The sender has its own retries: only of rejected records, and within the remaining time.
  const firehose = new FirehoseClient({
    maxAttempts: 1,
    requestHandler: { httpAgent: toFirehose.httpAgent, httpsAgent: toFirehose.httpsAgent },
  });
  // On a dead connection, it is unknown whether SQS accepted a message. So each call opens a new one and is never
  // repeated; see `send-resume.ts`.
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
