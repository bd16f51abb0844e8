import { WORK_QUEUE } from '../lambda/contract.ts';
import type { BatchResponse, InvocationContext } from '../lambda/handler.ts';
import type { FirehoseFaultHook, S3FaultHook, SqsFaultHook } from './endpoints/faults.ts';
import { startFirehose } from './endpoints/firehose.ts';
import { startS3 } from './endpoints/s3.ts';
import { startSqs } from './endpoints/sqs.ts';
import { type QueueEvent, WorkQueue } from './work-queue.ts';

export const STREAM = 'cloudtrail-events';
export const QUEUE = 'cloudtrail-work';

/** What each endpoint is told to do wrong. */
export interface AccountFaults {
  s3?: S3FaultHook;
  firehose?: FirehoseFaultHook;
  sqs?: SqsFaultHook;
}

export type Handler = (event: unknown, context: InvocationContext) => Promise<BatchResponse | undefined>;

/** Lambda's tries of an asynchronous event: the first and two more. */
const ASYNC_TRIES = 3;

/** What a handler finds around it in AWS, on loopback: S3, Firehose, the work queue, and what Lambda does. */
export async function startLocalAccount(onRecord: (data: Buffer) => void) {
  const [s3, firehose, sqs] = await Promise.all([
    startS3(),
    startFirehose({ streams: [STREAM], keepRecords: false, onRecord: (_, data) => onRecord(data) }),
    startSqs({ queues: [QUEUE] }),
  ]);
  const workQueue = new WorkQueue(WORK_QUEUE.maxReceives);

  /** Invokes like S3 does, and then as long as the queue holds anything: until nothing is left to be done. */
  async function deliver(
    handler: Handler,
    event: unknown,
    startContext: () => InvocationContext,
  ): Promise<void> {
    if (isQueueEvent(event)) for (const { body, messageId } of event.Records) workQueue.send(body, messageId);
    else await invokeAsynchronously(handler, event, startContext);
    collectResumes();
    while (!workQueue.isEmpty) {
      await workQueue.receive(
        WORK_QUEUE.batchSize,
        async (batch) => (await handler(batch, startContext()))?.batchItemFailures ?? [],
      );
      collectResumes();
    }
  }

  async function invokeAsynchronously(
    handler: Handler,
    event: unknown,
    startContext: () => InvocationContext,
  ): Promise<void> {
    for (let tries = 1; tries <= ASYNC_TRIES; tries++) {
      try {
        await handler(event, startContext());
        return;
      } catch (error) {
        if (tries === ASYNC_TRIES) workQueue.send(onFailureRecord(event, error));
      }
    }
  }

  function collectResumes(): void {
    for (const { body } of sqs.drain(QUEUE)) workQueue.send(body);
  }

  return {
    s3,
    firehose,
    sqs,
    workQueue,
    deliver,
    environment: {
      AWS_ENDPOINT_URL_S3: s3.url,
      AWS_ENDPOINT_URL_FIREHOSE: firehose.url,
      AWS_ENDPOINT_URL_SQS: sqs.url,
      AWS_REGION: 'eu-west-3',
      AWS_ACCESS_KEY_ID: 'AKIAIOSFODNN7EXAMPLE',
      AWS_SECRET_ACCESS_KEY: 'local',
      DELIVERY_STREAM_NAME: STREAM,
      WORK_QUEUE_URL: sqs.queueUrl(QUEUE),
      // The SDK says on Node 20 that its releases of 2027 will want more; the lock holds one that does not.
      AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
    },
    /** How often each fault was felt, as `service.kind`. */
    countFaults(): Record<string, number> {
      const services = { s3, firehose, sqs };
      return Object.fromEntries(
        Object.entries(services).flatMap(([service, { faultsExercised }]) =>
          Object.entries(faultsExercised).map(([kind, count]) => [`${service}.${kind}`, count]),
        ),
      );
    },
    /** Forgets every object, record and message, and obeys these faults from now on. */
    reset(faults: AccountFaults = {}): void {
      s3.reset(faults.s3);
      firehose.reset(faults.firehose);
      sqs.reset(faults.sqs);
      workQueue.clear();
    },
    close: () => Promise.all([s3.close(), firehose.close(), sqs.close()]),
  };
}

function isQueueEvent(event: unknown): event is QueueEvent {
  const records = (event as Partial<QueueEvent> | null)?.Records;
  return (
    Array.isArray(records) &&
    records.length > 0 &&
    records.every(({ eventSource }) => eventSource === 'aws:sqs')
  );
}

/** What Lambda writes to the on-failure destination of an asynchronous invocation, as far as it matters. */
function onFailureRecord(event: unknown, error: unknown): string {
  return JSON.stringify({
    version: '1.0',
    requestContext: { condition: 'RetriesExhausted', approximateInvokeCount: ASYNC_TRIES },
    requestPayload: event,
    responseContext: { statusCode: 200, functionError: 'Unhandled' },
    responsePayload: { errorType: error instanceof Error ? error.name : 'Error' },
  });
}
