import { WORK_QUEUE } from '../lambda/contract.ts';
import type { HandlerAnswer, InvocationContext } from '../lambda/handler.ts';
import type { FirehoseFaultHook, S3FaultHook, SqsFaultHook } from './faults.ts';
import { startFirehose } from './firehose/endpoint.ts';
import { startS3 } from './s3/endpoint.ts';
import { startSecretsManager } from './secretsmanager/endpoint.ts';
import { startSqs } from './sqs/endpoint.ts';
import { createSkippingClock, type LocalClock } from './virtual-clock.ts';
import { type QueueEvent, WorkQueue } from './work-queue.ts';

export const STREAM = 'cloudtrail-events';
export const QUEUE = 'cloudtrail-work';
export const CLAIM_BUCKET = 'cloudtrail-claims';
/** Secret with the key of the marks that replace secrets. */
export const REDACT_KEY_ARN = 'arn:aws:secretsmanager:eu-west-3:111122223333:secret:redact-key-AbCdEf';

/** Suffixes of the other queues: for a backfill, and for dead letters of `pollQueues`. */
const BACKFILL = '-backfill';
const DEAD = '-dead';

/** Returns the default names, with this many streams of events. */
export function namesFor(streams: number): AccountNames {
  const more = Array.from({ length: streams - 1 }, (_, i) => `${STREAM}-${i + 2}`);
  return { streams: [STREAM, ...more], queue: QUEUE, claimBucket: CLAIM_BUCKET };
}

/** Names of one account's resources. */
export interface AccountNames {
  /** Streams of events, at least one. */
  streams: readonly string[];
  queue: string;
  claimBucket: string;
  /** Stream for receipts. @default - no receipts */
  receiptStream?: string;
}

const NAMES = namesFor(1);

/** The fault hook of each endpoint. */
export interface AccountFaults {
  s3?: S3FaultHook;
  firehose?: FirehoseFaultHook;
  sqs?: SqsFaultHook;
}

export type Handler = (event: unknown, context: InvocationContext) => Promise<HandlerAnswer>;

/** Lambda's attempts at an asynchronous event: the first, and two retries after one and two minutes. */
const ASYNC_ATTEMPTS = 3;
const ASYNC_WAIT_MS = 60_000;

/** Six times the function's default timeout. */
const VISIBILITY_MS = 1_800_000;

/** If the queue is not empty after this time, messages are requeued endlessly. */
const MAX_QUEUE_MS = 90 * 86_400_000;

/**
 * Starts the AWS account that a handler needs, on loopback: S3, Firehose, SQS, Secrets Manager, and Lambda's queue
 * polling and retries.
 *
 * @param onRecord receives each record that Firehose accepts for a stream of events
 * @param clock skips delays and visibility timeouts; pass the same clock to the handler
 * @param onReceipts receives each record for the stream of receipts
 */
export async function startLocalAccount(
  onRecord: (data: Buffer, stream: string) => void,
  clock: LocalClock = createSkippingClock(),
  onReceipts: (data: Buffer) => void = () => {},
) {
  let names = NAMES;
  const onStreamRecord = (stream: string, data: Buffer) => {
    if (names.streams.includes(stream)) onRecord(data, stream);
    if (stream === names.receiptStream) onReceipts(data);
  };
  const [s3, firehose, sqs, secrets] = await Promise.all([
    startS3({ buckets: [CLAIM_BUCKET] }),
    startFirehose({ streams: [STREAM], keepRecords: false, onRecord: onStreamRecord }),
    startSqs({ queues: queuesOf(NAMES), now: clock.now }),
    startSecretsManager({ secrets: {} }),
  ]);
  const options = { maxReceives: WORK_QUEUE.maxReceives, visibilityMs: VISIBILITY_MS, now: clock.now };
  const workQueue = new WorkQueue(options);

  /**
   * Invokes the handler as the event's sender would, then polls the queue until it is empty.
   *
   * @param stop once aborted, the queue is not polled again
   * @returns the answer to a direct invocation; `undefined` for queue messages
   * @throws Error if the queue is not empty after 90 days on the clock
   */
  async function deliver(
    handler: Handler,
    event: unknown,
    startContext: () => InvocationContext,
    stop?: AbortSignal,
  ): Promise<HandlerAnswer> {
    const messages = messagesOf(event);
    for (const { body, messageId } of messages) workQueue.send(body, messageId);
    const answer = messages.length > 0 ? undefined : await invokeAsynchronously(handler, event, startContext);
    collectResumes();
    const startedAt = clock.now();
    for (let next = workQueue.nextVisibleAt; next !== undefined; next = workQueue.nextVisibleAt) {
      if (stop?.aborted) break;
      if (next - startedAt > MAX_QUEUE_MS)
        throw new Error('the work queue is not empty after 90 days: messages are requeued endlessly');
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
    for (let attempt = 1; attempt <= ASYNC_ATTEMPTS; attempt++) {
      try {
        return await handler(event, startContext());
      } catch (error) {
        if (attempt === ASYNC_ATTEMPTS) workQueue.send(onFailureRecord(event, error));
        else clock.skip(attempt * ASYNC_WAIT_MS);
      }
    }
    return undefined;
  }

  function collectResumes(): void {
    for (const { body, messageId, delaySeconds } of sqs.drain(names.queue))
      workQueue.send(body, messageId, delaySeconds);
  }

  const environmentOf = ({ streams, queue, claimBucket, receiptStream }: AccountNames) => ({
    AWS_ENDPOINT_URL_S3: s3.url,
    AWS_ENDPOINT_URL_FIREHOSE: firehose.url,
    AWS_ENDPOINT_URL_SQS: sqs.url,
    AWS_ENDPOINT_URL_SECRETS_MANAGER: secrets.url,
    AWS_REGION: 'eu-west-3',
    AWS_ACCESS_KEY_ID: 'AKIAIOSFODNN7EXAMPLE',
    AWS_SECRET_ACCESS_KEY: 'local',
    DELIVERY_STREAM_NAME: streams.join(),
    WORK_QUEUE_URL: sqs.queueUrl(queue),
    CLAIM_BUCKET_NAME: claimBucket,
    ...(receiptStream !== undefined && { RECEIPT_STREAM_NAME: receiptStream }),
    // Silences the SDK's warning that its 2027 releases drop Node 20. The lockfile pins a release that supports it.
    AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
  });

  return {
    s3,
    firehose,
    sqs,
    secrets,
    clock,
    workQueue,
    deliver,
    collectResumes,
    get environment() {
      return environmentOf(names);
    },
    /** Environment of the backfill function, which has a queue of its own. */
    get backfillEnvironment() {
      const { queue: backfillQueue } = queuesFor(names.queue + BACKFILL);
      return { ...environmentOf(names), WORK_QUEUE_URL: sqs.queueUrl(backfillQueue), BACKFILL: 'true' };
    },
    /** The queues of both functions, for `pollQueues`. */
    get queues() {
      return { live: queuesFor(names.queue), backfill: queuesFor(names.queue + BACKFILL) };
    },
    /** Returns how often each fault took effect, by `service.kind`. */
    countFaults(): Record<string, number> {
      const services = { s3, firehose, sqs };
      return Object.fromEntries(
        Object.entries(services).flatMap(([service, { faultsExercised }]) =>
          Object.entries(faultsExercised).map(([kind, count]) => [`${service}.${kind}`, count]),
        ),
      );
    },
    /**
     * Removes all objects, records and messages, and replaces the fault hooks.
     *
     * @param newNames names for streams, queue and claim bucket; late requests to the old names fail
     */
    reset(faults: AccountFaults = {}, newNames: AccountNames = NAMES): void {
      names = newNames;
      s3.reset(faults.s3, [names.claimBucket]);
      const { streams, receiptStream } = names;
      firehose.reset(faults.firehose, [...streams, ...(receiptStream === undefined ? [] : [receiptStream])]);
      sqs.reset(faults.sqs, queuesOf(names));
      secrets.reset();
      workQueue.clear();
    },
    /** Drops connections, as AWS does while a container is frozen. */
    freeze(): void {
      for (const service of [s3, firehose, sqs]) service.dropConnections();
    },
    /** Closes idle connections, as if all containers had ended. */
    endContainers(): void {
      for (const service of [s3, firehose, sqs]) service.closeIdleConnections();
    },
    close: () => Promise.all([s3.close(), firehose.close(), sqs.close(), secrets.close()]),
  };
}

function queuesFor(queue: string) {
  return { queue, deadLetterQueue: queue + DEAD };
}

function queuesOf({ queue }: AccountNames): string[] {
  return [queue, queue + BACKFILL].flatMap((name) => Object.values(queuesFor(name)));
}

/** Returns the SQS messages in an event from the event source mapping or EventBridge Pipes. */
function messagesOf(event: unknown): QueueEvent['Records'] {
  const records = Array.isArray(event) ? event : (event as Partial<QueueEvent> | null)?.Records;
  const areMessages = Array.isArray(records) && records.every((record) => record?.eventSource === 'aws:sqs');
  return areMessages ? records : [];
}

/** Builds the relevant part of the record that Lambda sends to the on-failure destination. */
function onFailureRecord(event: unknown, error: unknown): string {
  return JSON.stringify({
    version: '1.0',
    requestContext: { condition: 'RetriesExhausted', approximateInvokeCount: ASYNC_ATTEMPTS },
    requestPayload: event,
    responseContext: { statusCode: 200, functionError: 'Unhandled' },
    responsePayload: { errorType: error instanceof Error ? error.name : 'Error' },
  });
}
