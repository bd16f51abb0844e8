import { Token } from 'aws-cdk-lib';
import {
  MAX_EVENT_BYTES,
  MAX_EVENTS_PER_RECORD,
  MAX_STREAMS,
  MIN_EVENT_BYTES,
} from '../../lambda/deliver/limits.ts';
import type { PipelineSettings } from './settings.ts';

/** @returns one message for each number that is out of range */
export function checkRanges(settings: PipelineSettings): string[] {
  const problems: string[] = [];
  for (const [name, [min, max]] of Object.entries(RANGES)) {
    const given = settings[name as keyof PipelineSettings];
    if (typeof given !== 'number' || Token.isUnresolved(given)) continue;
    if (!Number.isInteger(given) || given < min || given > max)
      problems.push(
        `${name} must be an integer from ${min} to ${max} (got ${given}). Use a value in this range or remove ${name}.`,
      );
  }
  const { logRetentionDays, noDeliveryMinutes = 60 } = settings;
  if (logRetentionDays !== undefined && !LOG_RETENTION_DAYS.includes(logRetentionDays))
    problems.push(
      `logRetentionDays must be one of ${LOG_RETENTION_DAYS.join(', ')} (got ${logRetentionDays}). Use one of these or remove logRetentionDays.`,
    );
  if (noDeliveryMinutes % 5 !== 0)
    problems.push(
      `noDeliveryMinutes must be a multiple of 5 (got ${noDeliveryMinutes}). Use a multiple of 5, or 0 to disable the alarm.`,
    );
  return problems;
}

/** Smallest and largest value. */
const RANGES: Partial<Record<keyof PipelineSettings, [number, number]>> = {
  streams: [1, MAX_STREAMS],
  maxEventBytes: [MIN_EVENT_BYTES, MAX_EVENT_BYTES],
  maxEventsPerRecord: [1, MAX_EVENTS_PER_RECORD],
  // At most two weeks, the retention of the dead-letter queue.
  giveUpAfterHours: [1, 336],
  // 10,240 MiB is Lambda's limit. Below 512 MiB, a third of a CPU is too little for inflating and packing at
  // once.
  memoryMiB: [512, 10_240],
  // The function stops 10 s before its timeout. Lambda's limit is 900 s.
  timeoutSeconds: [30, 900],
  // https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html
  maxConcurrency: [2, 1000],
  streamBytesPerSecond: [131_072, 1_000_000_000],
  reservedConcurrency: [2, 1000],
  backfillMaxConcurrency: [2, 1000],
  backfillBytesPerSecond: [131_072, 1_000_000_000],
  trailRetentionDays: [0, 36_500],
  eventsRetentionDays: [0, 36_500],
  // https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock-managing.html#object-lock-managing-retention-limits
  trailObjectLockDays: [1, 36_500],
  maxDropShare: [1, 99],
  noDeliveryMinutes: [0, 1440],
};

/** https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html */
const LOG_RETENTION_DAYS = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
];
