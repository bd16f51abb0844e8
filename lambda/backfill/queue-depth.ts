import { GetQueueAttributesCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { toCallError } from '../aws/call-error.ts';
import { withFreshCredentials } from '../aws/fresh-credentials.ts';

/**
 * Counts the messages that wait or are being processed, approximately. Delayed ones are not counted: those are mostly
 * cursors that wait for a turn.
 *
 * @throws CallError
 */
export async function countMessages(
  sqs: SQSClient,
  queueUrl: string,
  abortSignal: AbortSignal,
): Promise<number> {
  const command = new GetQueueAttributesCommand({ QueueUrl: queueUrl, AttributeNames: [WAITING, IN_FLIGHT] });
  try {
    const { Attributes = {} } = await withFreshCredentials(sqs, () => sqs.send(command, { abortSignal }));
    return Number(Attributes[WAITING] ?? 0) + Number(Attributes[IN_FLIGHT] ?? 0);
  } catch (error) {
    throw toCallError('SQS GetQueueAttributes', error);
  }
}

const WAITING = 'ApproximateNumberOfMessages';
const IN_FLIGHT = 'ApproximateNumberOfMessagesNotVisible';
