import { SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { Deadline } from './deadline.ts';
import type { LogObjectRef } from './trigger/log-object-ref.ts';

/**
 * Puts the rest of log objects on the work queue, where `trigger/` reads it like any other notification:
 * `{ bucket, key, versionId, nextRecord, attempt }`, or `{ resume: [ … ] }` with several of these.
 *
 * One message for all, as far as they fit: were it one for each, a send that fails half-way would leave some
 * handed on and some not, and the item that then comes again as a whole would deliver the former twice.
 *
 * @param delaySeconds how long the queue holds it back
 * @throws whatever SQS answers, after the SDK's own retries
 */
export async function sendResume(
  sqs: SQSClient,
  workQueueUrl: string,
  deadline: Deadline,
  refs: LogObjectRef[],
  delaySeconds: number,
): Promise<void> {
  for (let at = 0; at < refs.length; at += MAX_REFS_IN_MESSAGE) {
    const [first, ...more] = refs.slice(at, at + MAX_REFS_IN_MESSAGE);
    const body = more.length === 0 ? first : { resume: [first, ...more] };
    await sqs.send(
      new SendMessageCommand({
        QueueUrl: workQueueUrl,
        MessageBody: JSON.stringify(body),
        DelaySeconds: delaySeconds,
      }),
      { abortSignal: AbortSignal.timeout(Math.max(1, Math.ceil(deadline.handingOnMs()))) },
    );
  }
}

/**
 * A message has 1 MiB at the most, an object's key 1,024 bytes:
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html
 */
const MAX_REFS_IN_MESSAGE = 700;
