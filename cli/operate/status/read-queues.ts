import { GetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { CouldNotTellError } from '../../endings.ts';
import { type Answer, ask } from '../ask.ts';
import { CLIENT_OPTIONS } from '../client-options.ts';
import { DeadLetterQueue, describeCall } from '../dead-letter-queue.ts';
import { unknown } from '../finding.ts';
import { readDeadLetter } from '../read-dead-letter.ts';
import type { DeadLetterCount } from './status-report.ts';

/** A queue to look at. */
export interface NamedQueue {
  readonly name: string;
  readonly url: string;
  readonly isDeadLetters: boolean;
}

export interface Depth {
  readonly visible: number;
  readonly inFlight: number;
  readonly delayed: number;
}

const DEPTHS = [
  'ApproximateNumberOfMessages',
  'ApproximateNumberOfMessagesNotVisible',
  'ApproximateNumberOfMessagesDelayed',
] as const;

export async function readDepth({ name, url }: NamedQueue, stop: AbortSignal): Promise<Answer<Depth>> {
  const sqs = new SQSClient(CLIENT_OPTIONS);
  try {
    return await ask(name, describeCall('GetQueueAttributes', url), async () => {
      const input = { QueueUrl: url, AttributeNames: [...DEPTHS] };
      const { Attributes = {} } = await sqs.send(new GetQueueAttributesCommand(input), { abortSignal: stop });
      const [visible = 0, inFlight = 0, delayed = 0] = DEPTHS.map((attribute) =>
        Number(Attributes[attribute] ?? 0),
      );
      return { visible, inFlight, delayed };
    });
  } finally {
    sqs.destroy();
  }
}

/** Messages that are read to count their errors. */
const MAX_READ = 100;
const SECONDS_PER_MESSAGE = 0.1;

/**
 * Counts dead letters by error, or by kind if the message has none. Receives them, and makes them visible again at once.
 *
 * @param now milliseconds since 1970
 */
export async function countDeadLetters(
  { name, url }: NamedQueue,
  now: () => number,
  stop: AbortSignal,
): Promise<Answer<DeadLetterCount[]>> {
  const sqs = new SQSClient(CLIENT_OPTIONS);
  const queue = new DeadLetterQueue(sqs, { work: '', deadLetter: url }, now);
  try {
    const { messages } = await queue.receiveAll(SECONDS_PER_MESSAGE, stop, MAX_READ);
    await queue.release(messages);
    const counts = new Map<string, number>();
    for (const { message } of messages) {
      const { kind, reason = kind } = readDeadLetter(message);
      // EventBridge: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html
      const code = message.MessageAttributes?.ERROR_CODE?.StringValue;
      const label = code === undefined ? reason : `${reason} (${code})`;
      counts.set(label, (counts.get(label) ?? 0) + 1);
    }
    return { value: [...counts].map(([reason, count]) => ({ reason, messages: count })) };
  } catch (error) {
    if (!(error instanceof CouldNotTellError) || error.concernsEveryCall) throw error;
    return { finding: unknown(name, error.message) };
  } finally {
    sqs.destroy();
  }
}
