import { SendMessageBatchCommand, SQSClient } from '@aws-sdk/client-sqs';
import { isAbort, toCallError } from '../../../lambda/aws/call-error.ts';
import { type BackfillCursor, formatCursor } from '../../../lambda/backfill/cursor.ts';
import { CLIENT_OPTIONS } from '../client-options.ts';
import { describeCall } from '../dead-letter-queue.ts';
import { adviceFor } from '../explain-error.ts';

// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html
const BATCH_SIZE = 10;

export interface SentCursors {
  readonly sent: readonly BackfillCursor[];
  readonly notSent: readonly BackfillCursor[];
  /** Why, in one line. */
  readonly error: string | undefined;
}

/** Sends cursors in order, up to the first error. Never throws. */
export async function sendCursors(
  queueUrl: string,
  cursors: readonly BackfillCursor[],
  stop: AbortSignal,
): Promise<SentCursors> {
  const sqs = new SQSClient(CLIENT_OPTIONS);
  const sent: BackfillCursor[] = [];
  try {
    for (let at = 0; at < cursors.length; at += BATCH_SIZE) {
      const batch = cursors.slice(at, at + BATCH_SIZE);
      const Entries = batch.map((cursor, i) => ({ Id: `${i}`, MessageBody: formatCursor(cursor) }));
      const { Failed = [] } = await sqs.send(new SendMessageBatchCommand({ QueueUrl: queueUrl, Entries }), {
        abortSignal: stop,
      });
      const failed = new Set(Failed.map(({ Id }) => Number(Id)));
      sent.push(...batch.filter((_, i) => !failed.has(i)));
      const [first] = Failed;
      if (first) return split(cursors, sent, `SQS SendMessageBatch: ${first.Code ?? 'Error'}`);
    }
    return split(cursors, sent, undefined);
  } catch (error) {
    return split(cursors, sent, describe(queueUrl, error));
  } finally {
    sqs.destroy();
  }
}

function split(
  cursors: readonly BackfillCursor[],
  sent: readonly BackfillCursor[],
  error: string | undefined,
): SentCursors {
  return { sent, notSent: cursors.filter((cursor) => !sent.includes(cursor)), error };
}

function describe(queueUrl: string, error: unknown): string {
  if (error instanceof Error && isAbort(error)) return 'interrupted';
  // IAM has no action of its own for batches.
  const call = { ...describeCall('SendMessage', queueUrl), name: 'SQS SendMessageBatch' };
  return adviceFor(call, error) ?? toCallError(call.name, error).message;
}
