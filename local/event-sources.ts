import { WORK_QUEUE } from '../lambda/contract.ts';
import type { InvocationContext } from '../lambda/handler.ts';
import type { Handler } from './account.ts';
import type { SqsEndpoint } from './sqs/endpoint.ts';
import type { ReceivedMessage } from './sqs/hold.ts';
import type { LocalClock } from './virtual-clock.ts';
import { toEvent } from './work-queue.ts';

/** An event source mapping: a queue of the local SQS, and the function that it invokes. */
export interface EventSource {
  queue: string;
  /** Receives messages that were received `WORK_QUEUE.maxReceives` times. */
  deadLetterQueue: string;
  handler: Handler;
  /** Invocations at once, at most. */
  maxConcurrency: number;
  /** Whether the mapping is disabled. @default - always enabled */
  isPaused?: () => boolean;
}

export interface PollOptions {
  clock: LocalClock;
  /** Called for each invocation. */
  startContext: () => InvocationContext;
  /** How long a received message stays hidden. @default 1,800,000 */
  visibilityMs?: number;
  /** Once aborted, no queue is polled again. */
  stop?: AbortSignal;
}

/** Six times the function's default timeout. */
const VISIBILITY_MS = 1_800_000;

/** Milliseconds of the machine until the queues are checked again while invocations run. */
const CHECK_MS = 1;

/**
 * Invokes functions side by side, as Lambda does, until their queues are empty or paused. While no invocation runs, time
 * is skipped to the next message.
 */
export async function pollQueues(
  sqs: SqsEndpoint,
  sources: readonly EventSource[],
  { clock, startContext, visibilityMs = VISIBILITY_MS, stop }: PollOptions,
): Promise<void> {
  const running = new Map<Promise<void>, EventSource>();
  while (!stop?.aborted) {
    const isStarted = sources.map(start).some(Boolean);
    if (isStarted) continue;
    if (running.size > 0) {
      await Promise.race([...running.keys(), new Promise((resolve) => setTimeout(resolve, CHECK_MS))]);
      continue;
    }
    const times = sources
      .filter((source) => !source.isPaused?.())
      .flatMap(({ queue }) => sqs.nextVisibleAt(queue) ?? []);
    if (times.length === 0) return;
    clock.skip(Math.max(0, Math.min(...times) - clock.now()));
  }
  await Promise.all(running.keys());

  /** @returns whether there was a batch to start an invocation with */
  function start(source: EventSource): boolean {
    const { queue, deadLetterQueue, maxConcurrency } = source;
    const atOnce = [...running.values()].filter((other) => other === source).length;
    if (atOnce >= maxConcurrency || source.isPaused?.()) return false;
    sqs.moveDeadLetters(queue, deadLetterQueue, WORK_QUEUE.maxReceives);
    const batch = sqs.take(queue, WORK_QUEUE.batchSize, visibilityMs);
    if (batch.length === 0) return false;
    const done: Promise<void> = invoke(source, batch).finally(() => running.delete(done));
    running.set(done, source);
    return true;
  }

  async function invoke({ queue, handler }: EventSource, batch: ReceivedMessage[]): Promise<void> {
    const answer = await handler(toEvent(batch), startContext()).catch(() => undefined);
    if (answer === undefined) return;
    const failed = new Set(answer.batchItemFailures?.map(({ itemIdentifier }) => itemIdentifier));
    for (const message of batch) if (!failed.has(message.messageId)) sqs.delete(queue, message);
  }
}
