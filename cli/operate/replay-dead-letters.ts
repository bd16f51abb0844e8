import { SQSClient } from '@aws-sdk/client-sqs';
import { CLIENT_OPTIONS } from './client-options.ts';
import { DeadLetterQueue, type HiddenMessage } from './dead-letter-queue.ts';
import { findQueues } from './find-queues.ts';
import { readDeadLetter } from './read-dead-letter.ts';
import type { DeadLetterOptions, KeyMatcher } from './replay-options.ts';
import {
  isFailed,
  type Replay,
  type ReplayedLetter,
  renderJson,
  renderReplay,
  renderSummary,
} from './replay-summary.ts';

/** Seconds per message: a tenth of a receive, or a send and a delete. Generous, for slow connections. */
const SECONDS_TO_LIST = 0.1;
const SECONDS_TO_MOVE = 1;

/**
 * Lists the dead-letter queue, and moves the matching messages if asked to. Prints the result even if an error or a
 * signal ends it early.
 *
 * @param now milliseconds since 1970
 */
export async function replayDeadLetters(
  options: DeadLetterOptions,
  stop: AbortSignal,
  now: () => number,
): Promise<void> {
  const { key: matches = () => true, yes: isMoving = false, json: isJson = false } = options;
  const queues = await findQueues(options, stop);
  const sqs = new SQSClient(CLIENT_OPTIONS);
  const queue = new DeadLetterQueue(sqs, queues, now);
  try {
    const { messages, ...received } = await queue.receiveAll(
      isMoving ? SECONDS_TO_MOVE : SECONDS_TO_LIST,
      stop,
    );
    const letters = messages.map((hidden) => judge(hidden, matches, isMoving));
    try {
      await carryOut(queue, letters, stop);
    } finally {
      report({ ...received, queues, isMoving, letters }, isJson);
    }
  } finally {
    sqs.destroy();
  }
  stop.throwIfAborted();
}

interface HeldLetter extends ReplayedLetter {
  readonly hidden: HiddenMessage;
}

function judge(hidden: HiddenMessage, matches: KeyMatcher, isMoving: boolean): HeldLetter {
  const letter = readDeadLetter(hidden.message);
  const { kind, objects } = letter;
  if (kind === 'unknown') return { ...letter, hidden, fate: 'stays' };
  // A notification of nothing to read has no key.
  const isChosen = objects.length === 0 ? matches('') : objects.some(({ key }) => matches(key));
  return { ...letter, hidden, fate: isChosen ? (isMoving ? 'not moved' : 'would move') : 'no match' };
}

/** Makes what stays visible at once, then moves the rest. What it cannot move becomes visible at the end. */
async function carryOut(queue: DeadLetterQueue, letters: HeldLetter[], stop: AbortSignal): Promise<void> {
  const chosen = letters.filter(({ fate }) => fate === 'not moved');
  const others = letters.filter(({ fate }) => fate !== 'not moved');
  try {
    await queue.release(others.map(({ hidden }) => hidden));
    for (const letter of chosen) {
      if (stop.aborted) return;
      await move(queue, letter);
    }
  } finally {
    await queue.release(chosen.filter(({ fate }) => fate !== 'moved').map(({ hidden }) => hidden));
  }
}

/** Sends a message, then deletes it, even after Ctrl-C. If the process ends in between, the message is on both queues. */
async function move(queue: DeadLetterQueue, letter: HeldLetter): Promise<void> {
  letter.failure = await queue.send(letter.hidden);
  if (letter.failure !== undefined) return;
  letter.failure = 'sent, not deleted';
  const reason = await queue.delete(letter.hidden);
  if (reason === undefined) Object.assign(letter, { fate: 'moved', failure: undefined });
  else letter.failure = `sent, not deleted: ${reason}`;
}

function report(replay: Replay, isJson: boolean): void {
  if (isJson) console.log(renderJson(replay));
  else if (replay.letters.length > 0) console.log(renderReplay(replay).join('\n'));
  for (const line of renderSummary(replay)) console.error(line);
  process.exitCode = isFailed(replay) ? 1 : 0;
}
