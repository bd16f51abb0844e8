import { SQSClient } from '@aws-sdk/client-sqs';
import type { Clock } from '../../../lambda/clock.ts';
import { CouldNotTellError } from '../../endings.ts';
import { CLIENT_OPTIONS } from '../client-options.ts';
import { readOldestAge, readQueue } from './backfill-queue.ts';
import { EventSource } from './event-source.ts';
import { findBackfill } from './find-backfill.ts';
import { resumeTime } from './pause-backfill.ts';
import { readSteps } from './read-steps.ts';
import { concludeStatus } from './status-summary.ts';

export interface StatusOptions {
  stack: string;
  job?: string;
  json?: boolean;
}

/**
 * Prints where the cursors of a backfill are, what is on its queues, and whether it is paused.
 *
 * @throws CouldNotTellError for an unknown job
 */
export async function showStatus(options: StatusOptions, stop: AbortSignal, clock: Clock): Promise<void> {
  const { stack, job, json = false } = options;
  const { queueUrl, deadLetterQueueUrl, mapping, logGroup } = await findBackfill(stack, stop);
  const nowMs = clock.now();
  const sqs = new SQSClient(CLIENT_OPTIONS);
  const source = new EventSource(mapping, clock);
  try {
    const [queue, deadLetters, ageSeconds, isEnabled, cursors] = await Promise.all([
      readQueue(sqs, queueUrl, stop),
      readQueue(sqs, deadLetterQueueUrl, stop),
      readOldestAge(queueUrl, nowMs, stop),
      source.isEnabled(stop),
      readSteps({ logGroup, job, nowMs }, stop),
    ]);
    if (job !== undefined && cursors.length === 0)
      throw new CouldNotTellError(
        `no step of job ${job} in log group ${logGroup}. Check the name; a new job logs its first step within a minute.`,
      );
    const isPaused = !isEnabled;
    const resumeBy = isPaused ? resumeTime(queue, ageSeconds, nowMs) : undefined;
    concludeStatus(
      { queue, deadLetters: deadLetters.visible, ageSeconds, isPaused, resumeBy, cursors },
      json,
    );
  } finally {
    source.close();
    sqs.destroy();
  }
}
