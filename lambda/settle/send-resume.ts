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
 * Puts the rest of log objects on the work queue, where `trigger/` reads it like any other notification.
 *
 * One message for all, as far as they fit: with one for each, a send that fails half-way would leave some objects
 * requeued and some not, and the item that is then redelivered would deliver the former twice.
 *
 * A call whose outcome is unknown is not repeated: the message may be there. One that SQS throttled, or that never
 * reached it, is repeated as long as there is time.
 *
 * @param delaySeconds how long the queue holds the message back
 * @param claim        identifies the hand-over; `undefined` if what is handed over has no id
 * @throws CallError
 */
export async function sendResume(
  { sqs, workQueueUrl, deadline, clock, random }: ResumeOptions,
  refs: LogObjectRef[],
  delaySeconds: number,
  claim: Claim | undefined,
): Promise<void> {
  for (const body of formatResumes(refs, clock.now(), claim)) {
    const input = { QueueUrl: workQueueUrl, MessageBody: body, DelaySeconds: delaySeconds };
    for (let attempt = 0; ; attempt++) {
      const error = await send(input);
      if (!error) break;
      const waitMs = random() * Math.min(MAX_WAIT_MS, FIRST_WAIT_MS * 2 ** attempt);
      if (!isRefusedUnsent(error) || waitMs > deadline.requeueMs()) throw error;
      await clock.sleep(waitMs);
    }
  }

  async function send(input: SendMessageCommand['input']): Promise<CallError | undefined> {
    const timeoutMs = deadline.requeueMs();
    if (timeoutMs <= 0) return new CallError(SEND_MESSAGE, 'TimeoutError', ': no time left', true);
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
