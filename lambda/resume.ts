import { SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { LogObjectRef } from './trigger/log-object-ref.ts';

/**
 * Puts the rest of a log object on the work queue: `{ bucket, key, versionId, nextRecord, attempt }`, which
 * `trigger/` reads like any other notification.
 *
 * @param delaySeconds how long the queue holds it back
 * @throws whatever SQS answers, after the SDK's own retries
 */
export async function sendResume(
  sqs: SQSClient,
  workQueueUrl: string,
  ref: LogObjectRef,
  delaySeconds: number,
): Promise<void> {
  await sqs.send(
    new SendMessageCommand({
      QueueUrl: workQueueUrl,
      MessageBody: JSON.stringify(ref),
      DelaySeconds: delaySeconds,
    }),
  );
}
