import { type Message, SQSClient } from '@aws-sdk/client-sqs';
import { type BackfillCursor, parseCursor } from '../../../lambda/backfill/cursor.ts';
import type { Clock } from '../../../lambda/clock.ts';
import { formatCount } from '../../format.ts';
import { CLIENT_OPTIONS } from '../client-options.ts';
import { DeadLetterQueue, type HiddenMessage } from '../dead-letter-queue.ts';
import { type QueueState, readQueue } from './backfill-queue.ts';
import { EventSource } from './event-source.ts';
import { type Backfill, findBackfill } from './find-backfill.ts';
import { concludeStop, type FoundCursor, type StopResult } from './stop-summary.ts';
import { waitOrStop } from './wait.ts';

export interface StopOptions {
  stack: string;
  job?: string;
  yes?: boolean;
  json?: boolean;
}

/**
 * How long to wait for messages that cannot be received: a cursor waits up to 15 minutes, and an invocation runs as
 * long.
 */
const MAX_WAIT_MS = 16 * 60_000;
const POLL_MS = 5_000;

/** How long received messages stay hidden if this process is killed: the wait, and some time to release them. */
const HIDDEN_SECONDS = MAX_WAIT_MS / 1000 + 120;
const SECONDS_PER_MESSAGE = 0.1;

/**
 * Takes the cursors of a backfill off its queue. What they enqueued before is still delivered. Prints what was taken
 * even if an error or Ctrl-C ends it early.
 *
 * Without `--yes`, only says how much is on the queue.
 */
export async function stopBackfill(options: StopOptions, stop: AbortSignal, clock: Clock): Promise<void> {
  const { stack, yes = false, json = false } = options;
  const backfill = await findBackfill(stack, stop);
  const sqs = new SQSClient(CLIENT_OPTIONS);
  try {
    if (!yes) return describeQueue(await readQueue(sqs, backfill.queueUrl, stop), options);
    const result: StopResult = { cursors: [], unseen: undefined, others: 0, wasPaused: false };
    try {
      await withoutPolling(backfill, result, stop, clock, () =>
        takeCursors(sqs, backfill.queueUrl, result, options, stop, clock),
      );
    } finally {
      concludeStop(result, stack, json);
    }
  } finally {
    sqs.destroy();
  }
  stop.throwIfAborted();
}

function describeQueue({ visible, inFlight, delayed }: QueueState, { job, json = false }: StopOptions): void {
  if (json) console.log(JSON.stringify({ dryRun: true, visible, inFlight, delayed }, undefined, 2));
  const messages = formatCount(visible + inFlight + delayed, 'message');
  const which = job === undefined ? 'the cursors' : `the cursors of job ${job}`;
  console.error(`✔ would look at ${messages}, and take out ${which}. To do so, add --yes.`);
}

/** Disables the event source mapping during a call, and enables it again even after an error or Ctrl-C. */
async function withoutPolling(
  { mapping }: Backfill,
  result: StopResult,
  stop: AbortSignal,
  clock: Clock,
  call: () => Promise<void>,
): Promise<void> {
  const source = new EventSource(mapping, clock);
  try {
    result.wasPaused = !(await source.isEnabled(stop));
    try {
      await source.set(false, stop);
      await source.waitUntilDisabled(stop);
      await call();
    } finally {
      if (!result.wasPaused) await source.set(true, NEVER);
    }
  } finally {
    source.close();
  }
}

const NEVER = new AbortController().signal;

/** Looks at every message, deletes the cursors among them, and makes the others visible again. */
async function takeCursors(
  sqs: SQSClient,
  queueUrl: string,
  result: StopResult,
  { job }: StopOptions,
  stop: AbortSignal,
  clock: Clock,
): Promise<void> {
  // It reads any queue.
  const queue = new DeadLetterQueue(sqs, { work: queueUrl, deadLetter: queueUrl }, () => clock.now());
  const held = new Map<string | undefined, HiddenMessage>();
  const startedAt = clock.now();
  try {
    for (;;) {
      const { messages } = await queue.receiveAll(
        SECONDS_PER_MESSAGE,
        stop,
        Number.POSITIVE_INFINITY,
        HIDDEN_SECONDS,
      );
      for (const hidden of messages) {
        held.set(hidden.message.MessageId, hidden);
        const cursor = cursorOf(hidden.message, job);
        if (cursor && (await take(queue, hidden, cursor, result))) held.delete(hidden.message.MessageId);
      }
      result.others = held.size;
      result.unseen = countUnseen(await readQueue(sqs, queueUrl, stop), held.size);
      if (result.unseen === 0 || clock.now() - startedAt >= MAX_WAIT_MS || stop.aborted) return;
      console.error(`waiting for ${formatCount(result.unseen, 'message')} in flight or delayed`);
      await waitOrStop(clock, POLL_MS, stop);
    }
  } finally {
    await queue.release([...held.values()]);
  }
}

/** @returns whether the cursor is off the queue */
async function take(
  queue: DeadLetterQueue,
  hidden: HiddenMessage,
  cursor: BackfillCursor,
  { cursors }: StopResult,
): Promise<boolean> {
  const found: FoundCursor = { cursor, failure: 'not deleted' };
  cursors.push(found);
  found.failure = await queue.delete(hidden);
  return found.failure === undefined;
}

function countUnseen({ visible, inFlight, delayed }: QueueState, held: number): number {
  return Math.max(0, visible + inFlight + delayed - held);
}

/** @returns `undefined` for any other message, and for a cursor of another job */
function cursorOf({ Body = '' }: Message, job: string | undefined): BackfillCursor | undefined {
  try {
    const cursor = parseCursor(JSON.parse(Body));
    return job === undefined || cursor?.job === job ? cursor : undefined;
  } catch {
    // Not JSON, or an invalid cursor: the function rejects it.
    return undefined;
  }
}
