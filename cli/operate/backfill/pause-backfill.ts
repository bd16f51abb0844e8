import { SQSClient } from '@aws-sdk/client-sqs';
import type { Clock } from '../../../lambda/clock.ts';
import { CouldNotTellError, UsageError } from '../../endings.ts';
import { formatCount, formatDuration } from '../../format.ts';
import { commandLine } from '../../package.ts';
import { CLIENT_OPTIONS } from '../client-options.ts';
import { formatTime } from '../verify-summary.ts';
import { type QueueState, readOldestAge, readQueue } from './backfill-queue.ts';
import { EventSource } from './event-source.ts';
import { findBackfill } from './find-backfill.ts';

export interface PauseOptions {
  stack: string;
  until?: number;
  json?: boolean;
}

/** The age of the oldest message is known to some minutes, and the rest of it takes time to process. */
const SAFETY_SECONDS = 6 * 3600;

/**
 * Disables the event source mapping of the backfill queue.
 *
 * @throws UsageError if the queue would delete messages before `until`
 */
export async function pauseBackfill(options: PauseOptions, stop: AbortSignal, clock: Clock): Promise<void> {
  const { stack, until, json = false } = options;
  const nowMs = clock.now();
  if (until !== undefined && until <= nowMs) throw new UsageError('--until is in the past');
  const { queueUrl, mapping } = await findBackfill(stack, stop);
  const sqs = new SQSClient(CLIENT_OPTIONS);
  const source = new EventSource(mapping, clock);
  try {
    const queue = await readQueue(sqs, queueUrl, stop);
    const ageSeconds = isEmpty(queue) ? 0 : await readOldestAge(queueUrl, nowMs, stop);
    const resumeBy = resumeTime(queue, ageSeconds, nowMs);
    if (until !== undefined) checkUntil(until, resumeBy);
    await source.set(false, stop);
    report(queue, ageSeconds, resumeBy, json);
  } finally {
    source.close();
    sqs.destroy();
  }
}

/**
 * Returns until when no message expires, in milliseconds since 1970. A requeued message starts anew, but one that
 * waits does not.
 *
 * @returns `undefined` if the age of the oldest one is unknown
 */
export function resumeTime(
  { retentionSeconds }: Pick<QueueState, 'retentionSeconds'>,
  ageSeconds: number | undefined,
  nowMs: number,
): number | undefined {
  if (ageSeconds === undefined) return undefined;
  return nowMs + Math.max(0, retentionSeconds - ageSeconds - SAFETY_SECONDS) * 1000;
}

/** @throws UsageError, CouldNotTellError */
function checkUntil(until: number, resumeBy: number | undefined): void {
  if (resumeBy === undefined)
    throw new CouldNotTellError(
      'CloudWatch does not know the age of the oldest message yet. Try again in some minutes, or pause without --until.',
    );
  if (until > resumeBy)
    throw new UsageError(
      `the queue would delete messages before ${formatTime(until)}. A pause is safe until ${formatTime(resumeBy)}. For longer, use \`${commandLine('backfill stop')}\`.`,
    );
}

function isEmpty({ visible, inFlight, delayed }: QueueState): boolean {
  return visible + inFlight + delayed === 0;
}

function report(
  queue: QueueState,
  ageSeconds: number | undefined,
  resumeBy: number | undefined,
  isJson: boolean,
): void {
  const { visible, inFlight, delayed, retentionSeconds } = queue;
  const by = resumeBy === undefined ? undefined : formatTime(resumeBy);
  if (isJson) {
    const result = { paused: true, resumeBy: by ?? null, visible, inFlight, delayed };
    console.log(
      JSON.stringify({ ...result, oldestSeconds: ageSeconds ?? null, retentionSeconds }, undefined, 2),
    );
  }
  const messages = formatCount(visible + inFlight + delayed, 'message');
  const age = ageSeconds === undefined ? 'of unknown age' : `the oldest for ${formatDuration(ageSeconds)}`;
  const deadline =
    by === undefined
      ? `Resume soon: the queue keeps messages for ${formatDuration(retentionSeconds)} only.`
      : `Resume by ${by}: then the first message expires.`;
  console.error(`✔ paused, with ${messages} on the queue, ${age}. ${deadline}`);
  console.error(`To resume: ${commandLine('backfill resume')}`);
}

/** Enables the event source mapping of the backfill queue. */
export async function resumeBackfill(options: PauseOptions, stop: AbortSignal, clock: Clock): Promise<void> {
  const { stack, json = false } = options;
  const { mapping } = await findBackfill(stack, stop);
  const source = new EventSource(mapping, clock);
  try {
    await source.set(true, stop);
  } finally {
    source.close();
  }
  if (json) console.log(JSON.stringify({ paused: false }, undefined, 2));
  console.error('✔ resumed');
}
