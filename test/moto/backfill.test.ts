import { PutObjectCommand } from '@aws-sdk/client-s3';
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  type Message,
  ReceiveMessageCommand,
  SendMessageCommand,
} from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { formatCursor, newCursor, ORDERS, type Order } from '../../lambda/backfill/cursor.ts';
import type { LogLine } from '../../lambda/backfill/log-lines.ts';
import { createHandler } from '../../lambda/handler.ts';
import { parseNotification } from '../../lambda/trigger/parse-notification.ts';
import { PLENTY_OF_TIME } from '../run-locally.ts';
import { type Clients, createBucket, createClients } from './create-pipeline.ts';
import { AWS_VARIABLES, type MotoServer, startMoto } from './moto-server.ts';

const python = inject('python');

const BUCKET = 'backfill-trail-bucket';
const CLAIMS = 'backfill-claim-bucket';
const PREFIX = 'team é+1/AWSLogs/111122223333/CloudTrail/eu-west-3/';

describe.skipIf(python.missing)('a backfill with the S3 and SQS of moto', () => {
  let moto: MotoServer;
  let clients: Clients;

  beforeAll(async () => {
    moto = await startMoto(python.bin ?? '');
    clients = createClients(moto.url);
    for (const bucket of [BUCKET, CLAIMS]) await createBucket(clients, bucket);
    for (const [key, storageClass] of objects())
      await clients.s3.send(
        new PutObjectCommand({ Bucket: BUCKET, Key: key, Body: 'x', StorageClass: storageClass }),
      );
  });
  afterAll(() => moto?.close());

  it.each(ORDERS)('walks each object in range once, %s', async (order) => {
    const { enqueued, lines } = await walk(order);
    const wanted = objects().flatMap(([key, storageClass]) =>
      key.includes('/2026/01/') && storageClass === 'STANDARD' ? [key] : [],
    );
    expect(enqueued.sort()).toEqual(wanted.sort());
    const done = lines.flatMap((line) => ('backfillDone' in line ? [line.backfillDone] : []));
    expect(done).toMatchObject([{ listed: 1_103, enqueued: wanted.length, archived: 2 }]);
    const named = lines.flatMap((line) => ('backfillArchived' in line ? line.backfillArchived.objects : []));
    expect(named).toHaveLength(2);
  });

  async function walk(order: Order) {
    const { QueueUrl } = await clients.sqs.send(new CreateQueueCommand({ QueueName: `backfill-${order}` }));
    Object.assign(process.env, AWS_VARIABLES, { AWS_ENDPOINT_URL: moto.url });
    const lines: LogLine[] = [];
    const environment = { DELIVERY_STREAM_NAME: 'none', BACKFILL: 'true', CLAIM_BUCKET_NAME: CLAIMS };
    const handler = createHandler({ ...environment, WORK_QUEUE_URL: QueueUrl }, () => undefined, {
      log: (line) => lines.push(line),
    });
    const range = { job: order, bucket: BUCKET, prefix: PREFIX, from: '2026-01-01', until: '2026-02-01' };
    const body = formatCursor(newCursor({ ...range, order }));
    // Sent twice: the second one has no effect.
    for (let i = 0; i < 2; i++)
      await clients.sqs.send(
        new SendMessageCommand({ QueueUrl, MessageBody: body.replace(/"handOver":"\w{8}/, `$&${i}`) }),
      );
    const enqueued: string[] = [];
    for (let messages = await receive(QueueUrl); messages.length > 0; messages = await receive(QueueUrl))
      for (const { MessageId = '', Body = '', ReceiptHandle } of messages) {
        const { refs, cursor } = parseNotification(Body);
        enqueued.push(...refs.map(({ key }) => key));
        const event = { Records: [{ eventSource: 'aws:sqs', messageId: MessageId, body: Body }] };
        if (cursor) expect(await handler(event, PLENTY_OF_TIME)).toEqual({ batchItemFailures: [] });
        await clients.sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
      }
    return { enqueued, lines };
  }

  async function receive(QueueUrl: string | undefined): Promise<Message[]> {
    const input = { QueueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 0 };
    return (await clients.sqs.send(new ReceiveMessageCommand(input))).Messages ?? [];
  }
});

/** Objects before, in and after January 2026: of one full page, and in archive classes. */
function objects(): [key: string, storageClass: 'STANDARD' | 'GLACIER' | 'DEEP_ARCHIVE'][] {
  const keyAt = (day: string, n: number) =>
    `${PREFIX}${day}/a_${day.replaceAll('/', '')}T1200Z_${n}~é+&.json.gz`;
  return [
    [keyAt('2025/12/31', 0), 'STANDARD'],
    [keyAt('2026/02/01', 0), 'STANDARD'],
    [keyAt('2026/01/01', 0), 'GLACIER'],
    [keyAt('2026/01/31', 0), 'DEEP_ARCHIVE'],
    [keyAt('2026/01/31', 1), 'STANDARD'],
    ...Array.from({ length: 1_100 }, (_, n) => [keyAt('2026/01/15', n), 'STANDARD'] as [string, 'STANDARD']),
  ];
}
