import { WORK_QUEUE } from '../lambda/contract.ts';
import type { HandlerAnswer, InvocationContext } from '../lambda/handler.ts';
import type { FirehoseFaultHook, S3FaultHook, SqsFaultHook } from './faults.ts';
import { startFirehose } from './firehose/endpoint.ts';
import { startS3 } from './s3/endpoint.ts';
import { startSqs } from './sqs/endpoint.ts';
import { createSkippingClock, type LocalClock } from './virtual-clock.ts';
import { type QueueEvent, WorkQueue } from './work-queue.ts';

export const STREAM = 'cloudtrail-events';
export const QUEUE = 'cloudtrail-work';
export const CLAIM_BUCKET = 'cloudtrail-claims';

/** Names of one account's resources. */
export interface AccountNames {
  stream: string;
  queue: string;
  claimBucket: string;
}

const NAMES: AccountNames = { stream: STREAM, queue: QUEUE, claimBucket: CLAIM_BUCKET };

/** What each endpoint is told to do wrong. */
export interface AccountFaults {
  s3?: S3FaultHook;
  firehose?: FirehoseFaultHook;
  sqs?: SqsFaultHook;
}

export type Handler = (event: unknown, context: InvocationContext) => Promise<HandlerAnswer>;

/** Lambda's tries of an asynchronous event: the first and two more, after one and two minutes. */
const ASYNC_TRIES = 3;
const ASYNC_WAIT_MS = 60_000;

/** Six times the default timeout of the function. */
const VISIBILITY_MS = 1_800_000;

/** No message lives for so long unless it circles. */
const CIRCLE_MS = 90 * 86_400_000;

/**
 * What a handler finds around it in AWS, on loopback: S3, Firehose, the work queue, and what Lambda does.
 *
 * @param clock delays and hidden messages are skipped on it; give it to the handler, too
 */
export async function startLocalAccount(
  onRecord: (data: Buffer) => void,
  clock: LocalClock = createSkippingClock(),
) {
  let names = NAMES;
  const onStreamRecord = (stream: string, data: Buffer) => {
    if (stream === names.stream) onRecord(data);
  };
  const [s3, firehose, sqs] = await Promise.all([
    startS3({ buckets: [CLAIM_BUCKET] }),
    startFirehose({ streams: [STREAM], keepRecords: false, onRecord: onStreamRecord }),
    startSqs({ queues: [QUEUE] }),
  ]);
  const options = { maxReceives: WORK_QUEUE.maxReceives, visibilityMs: VISIBILITY_MS, now: clock.now };
  const workQueue = new WorkQueue(options);

  /**
   * Invokes as the event's sender does, and then as long as the queue holds anything: until nothing is left to be done.
   *
   * @returns what a sender that waits for an answer got
   */
  async function deliver(
    handler: Handler,
    event: unknown,
    startContext: () => InvocationContext,
  ): Promise<HandlerAnswer> {
    const messages = messagesOf(event);
    for (const { body, messageId } of messages) workQueue.send(body, messageId);
    const answer = messages.length > 0 ? undefined : await invokeAsynchronously(handler, event, startContext);
    collectResumes();
    const startedAt = clock.now();
    for (let next = workQueue.nextVisibleAt; next !== undefined; next = workQueue.nextVisibleAt) {
      if (next - startedAt > CIRCLE_MS) throw new Error('messages circle');
      clock.skip(Math.max(0, next - clock.now()));
      await workQueue.receive(
        WORK_QUEUE.batchSize,
        async (batch) => (await handler(batch, startContext()))?.batchItemFailures ?? [],
      );
      collectResumes();
    }
    return answer;
  }

  async function invokeAsynchronously(
    handler: Handler,
    event: unknown,
    startContext: () => InvocationContext,
  ): Promise<HandlerAnswer> {
    for (let tries = 1; tries <= ASYNC_TRIES; tries++) {
      try {
        return await handler(event, startContext());
      } catch (error) {
        if (tries === ASYNC_TRIES) workQueue.send(onFailureRecord(event, error));
        else clock.skip(tries * ASYNC_WAIT_MS);
      }
    }
    return undefined;
  }

  function collectResumes(): void {
    for (const { body, messageId, delaySeconds } of sqs.drain(names.queue))
      workQueue.send(body, messageId, delaySeconds);
  }

  const environmentOf = ({ stream, queue, claimBucket }: AccountNames) => ({
    AWS_ENDPOINT_URL_S3: s3.url,
    AWS_ENDPOINT_URL_FIREHOSE: firehose.url,
    AWS_ENDPOINT_URL_SQS: sqs.url,
    AWS_REGION: 'eu-west-3',
    AWS_ACCESS_KEY_ID: 'AKIAIOSFODNN7EXAMPLE',
    AWS_SECRET_ACCESS_KEY: 'local',
    DELIVERY_STREAM_NAME: stream,
    WORK_QUEUE_URL: sqs.queueUrl(queue),
    CLAIM_BUCKET_NAME: claimBucket,
    // The SDK says on Node 20 that its releases of 2027 will want more; the lock holds one that does not.
    AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
  });

  return {
    s3,
    firehose,
    sqs,
    clock,
    workQueue,
    deliver,
    collectResumes,
    get environment() {
      return environmentOf(names);
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
    /**
     * Forgets every object, record and message, and obeys these faults from now on.
     *
     * @param newNames of the stream, the queue and the claim bucket: what is late for the old ones finds nothing
     */
    reset(faults: AccountFaults = {}, newNames: AccountNames = NAMES): void {
      names = newNames;
      s3.reset(faults.s3, [names.claimBucket]);
      firehose.reset(faults.firehose, [names.stream]);
      sqs.reset(faults.sqs, [names.queue]);
      workQueue.clear();
    },
    /** What AWS does to idle connections while a container is frozen. */
    freeze(): void {
      for (const service of [s3, firehose, sqs]) service.dropConnections();
    },
    /** The containers of all handlers so far are gone, with their idle connections. */
    endContainers(): void {
      for (const service of [s3, firehose, sqs]) service.closeIdleConnections();
    },
    close: () => Promise.all([s3.close(), firehose.close(), sqs.close()]),
  };
}

/** The messages of a batch, as the event source mapping or EventBridge Pipes hands them over; none of any other event. */
function messagesOf(event: unknown): QueueEvent['Records'] {
  const records = Array.isArray(event) ? event : (event as Partial<QueueEvent> | null)?.Records;
  const areMessages = Array.isArray(records) && records.every((record) => record?.eventSource === 'aws:sqs');
  return areMessages ? records : [];
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
