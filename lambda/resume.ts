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
  for (const body of bodiesOf(refs)) {
    await sqs.send(
      new SendMessageCommand({ QueueUrl: workQueueUrl, MessageBody: body, DelaySeconds: delaySeconds }),
      { abortSignal: AbortSignal.timeout(Math.max(1, Math.ceil(deadline.handingOnMs()))) },
    );
  }
}

/**
 * A message has 1 MiB at the most:
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html
 */
const MAX_BODY_BYTES = 1_000_000;

function bodiesOf(refs: LogObjectRef[]): string[] {
  const [only] = refs;
  if (only && refs.length === 1) return [toAscii(JSON.stringify(only))];
  const groups: string[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const ref of refs) {
    const json = toAscii(JSON.stringify(ref));
    bytes += json.length + 1;
    if (bytes > MAX_BODY_BYTES) {
      groups.push([]);
      bytes = json.length;
    }
    groups.at(-1)?.push(json);
  }
  return groups.map((group) => `{"resume":[${group.join(',')}]}`);
}

/** SQS refuses characters that XML does not have, and a key may hold them. */
function toAscii(json: string): string {
  return json.replace(/[^ -~]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
