import { SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { CallError, isAbort, isRefusedUnsent, noAnswerError, toCallError } from '../aws/call-error.ts';
import { withFreshCredentials } from '../aws/fresh-credentials.ts';
import { type Clock, withTimeout } from '../clock.ts';
import type { Deadline } from '../deadline.ts';
import type { LogObjectRef } from '../trigger/log-object-ref.ts';
import type { Claim } from '../trigger/notification.ts';
import { formatResumes } from '../trigger/resume-message.ts';

const SEND_MESSAGE = 'SQS SendMessage';

export interface ResumeOptions {
  sqs: SQSClient;
  workQueueUrl: string;
  deadline: Deadline;
  clock: Clock;
  random: () => number;
}

/**
 * Requeues the rest of log objects on the work queue, where `trigger/` reads it like any other notification.
 *
 * One message lists all objects that fit in it. With one message per object, a send that fails halfway would
 * requeue some objects and not others, and redelivery of the item would duplicate the requeued ones.
 *
 * @param delaySeconds how long the queue delays the message
 * @param claim        identifies the resume message; `undefined` if the item has no id
 * @throws CallError
 */
export async function sendResume(
  options: ResumeOptions,
  refs: LogObjectRef[],
  delaySeconds: number,
  claim: Claim | undefined,
): Promise<void> {
  for (const body of formatResumes(refs, options.clock.now(), claim))
    await sendMessage(options, body, delaySeconds);
}

/**
 * Puts one message on the work queue.
 *
 * Does not retry a call whose outcome is unknown, because the message may have arrived. Retries a call that
 * SQS throttled or that never reached it, until time runs out.
 *
 * @param delaySeconds how long the queue delays the message
 * @throws CallError
 */
export async function sendMessage(
  { sqs, workQueueUrl, deadline, clock, random }: ResumeOptions,
  body: string,
  delaySeconds: number,
): Promise<void> {
  const input = { QueueUrl: workQueueUrl, MessageBody: body, DelaySeconds: delaySeconds };
  for (let attempt = 0; ; attempt++) {
    const error = await send();
    if (!error) return;
    const waitMs = random() * Math.min(MAX_WAIT_MS, FIRST_WAIT_MS * 2 ** attempt);
    if (!isRefusedUnsent(error) || waitMs > deadline.requeueMs()) throw error;
    await clock.sleep(waitMs);
  }

  async function send(): Promise<CallError | undefined> {
    const timeoutMs = deadline.requeueMs();
    if (timeoutMs <= 0) return new CallError(SEND_MESSAGE, 'TimeoutError', ': ran out of time', true);
    try {
      await withTimeout(clock, timeoutMs, (abortSignal) =>
        withFreshCredentials(sqs, () => sqs.send(new SendMessageCommand(input), { abortSignal })),
      );
      return undefined;
    } catch (error) {
      if (error instanceof Error && isAbort(error)) return noAnswerError(SEND_MESSAGE, timeoutMs);
      return toCallError(SEND_MESSAGE, error);
    }
  }
}

const FIRST_WAIT_MS = 50;
const MAX_WAIT_MS = 2_000;
