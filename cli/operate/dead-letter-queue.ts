import {
  ChangeMessageVisibilityBatchCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  type Message,
  ReceiveMessageCommand,
  SendMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import { toCallError } from '../../lambda/aws/call-error.ts';
import { mapConcurrently } from './concurrently.ts';
import { adviceFor, explainError } from './explain-error.ts';
import type { Queues } from './find-queues.ts';

// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html
/** Messages per receive and per batch. */
const BATCH_SIZE = 10;
const MAX_VISIBILITY_SECONDS = 43_200;

/** Long polling asks all of SQS's servers, so that an empty answer means an empty queue. */
const WAIT_SECONDS = 1;

/** How long messages stay hidden if this process is killed: this, and the time that each message takes. */
const BASE_VISIBILITY_SECONDS = 60;

const BATCHES_IN_FLIGHT = 4;

/** A message is not sent if it may become visible before it is deleted. */
const MARGIN_MS = 10_000;

/** A received message, hidden from other readers. */
export interface HiddenMessage {
  readonly message: Message;
  /** Milliseconds since 1970. */
  readonly visibleAt: number;
}

export interface Received {
  readonly messages: HiddenMessage[];
  /** Whether the queue was read to its end. If not, it fills faster than it is read. */
  readonly isComplete: boolean;
  /** Messages that another reader holds, roughly. */
  readonly heldElsewhere: number;
}

/** Reads the dead-letter queue, and sends its messages to the work queue. Errors are one line with the missing permission. */
export class DeadLetterQueue {
  readonly #sqs: SQSClient;
  readonly #queues: Queues;
  readonly #now: () => number;

  /** @param now milliseconds since 1970 */
  constructor(sqs: SQSClient, queues: Queues, now: () => number) {
    this.#sqs = sqs;
    this.#queues = queues;
    this.#now = now;
  }

  /**
   * Receives every message once. They stay hidden until they are released or moved. A queue that keeps filling ends at
   * twice its depth: SQS counts roughly, and repeats messages.
   *
   * @param secondsPerMessage how long each message delays the last one's release
   * @param maxMessages ends the read earlier
   * @param baseSeconds how long messages stay hidden beyond that, if this process is killed
   */
  async receiveAll(
    secondsPerMessage: number,
    stop: AbortSignal,
    maxMessages = Number.POSITIVE_INFINITY,
    baseSeconds = BASE_VISIBILITY_SECONDS,
  ): Promise<Received> {
    const { visible, heldElsewhere } = await this.#depth(stop);
    const limit = Math.min(2 * visible + BATCH_SIZE, maxMessages);
    const seconds = Math.ceil(baseSeconds + secondsPerMessage * visible);
    const byId = new Map<string | undefined, HiddenMessage>();
    let isComplete = false;
    try {
      for (let received = 0; received < limit && !isComplete; ) {
        const batch = await this.#receive(Math.min(seconds, MAX_VISIBILITY_SECONDS), stop);
        // The handle of the last receive is the valid one.
        for (const hidden of batch) byId.set(hidden.message.MessageId, hidden);
        received += batch.length;
        isComplete = batch.length === 0;
      }
    } catch (error) {
      await this.release([...byId.values()]).catch(() => {});
      throw error;
    }
    return { messages: [...byId.values()], isComplete, heldElsewhere };
  }

  async #depth(stop: AbortSignal) {
    const names = ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'] as const;
    const input = { QueueUrl: this.#queues.deadLetter, AttributeNames: [...names] };
    const { Attributes = {} } = await this.#call('GetQueueAttributes', this.#queues.deadLetter, () =>
      this.#sqs.send(new GetQueueAttributesCommand(input), { abortSignal: stop }),
    );
    const [visible, heldElsewhere] = names.map((name) => Number(Attributes[name] ?? 0));
    return { visible: visible ?? 0, heldElsewhere: heldElsewhere ?? 0 };
  }

  async #receive(VisibilityTimeout: number, stop: AbortSignal): Promise<HiddenMessage[]> {
    const startedAt = this.#now();
    const input = {
      QueueUrl: this.#queues.deadLetter,
      MaxNumberOfMessages: BATCH_SIZE,
      WaitTimeSeconds: WAIT_SECONDS,
      VisibilityTimeout,
      MessageAttributeNames: ['All'],
      MessageSystemAttributeNames: ['All' as const],
    };
    const { Messages = [] } = await this.#call('ReceiveMessage', this.#queues.deadLetter, () =>
      this.#sqs.send(new ReceiveMessageCommand(input), { abortSignal: stop }),
    );
    return Messages.map((message) => ({ message, visibleAt: startedAt + VisibilityTimeout * 1000 }));
  }

  /** Makes messages visible again. One that already is, or that another reader received meanwhile, stays unchanged. */
  async release(messages: readonly HiddenMessage[]): Promise<void> {
    const batches = Array.from({ length: Math.ceil(messages.length / BATCH_SIZE) }, (_, i) =>
      messages.slice(i * BATCH_SIZE, (i + 1) * BATCH_SIZE),
    );
    await mapConcurrently(batches, BATCHES_IN_FLIGHT, (batch) => {
      const Entries = batch.map(({ message }, i) => ({
        Id: `${i}`,
        ReceiptHandle: message.ReceiptHandle,
        VisibilityTimeout: 0,
      }));
      const input = { QueueUrl: this.#queues.deadLetter, Entries };
      return this.#call('ChangeMessageVisibility', this.#queues.deadLetter, () =>
        this.#sqs.send(new ChangeMessageVisibilityBatchCommand(input)),
      );
    });
  }

  /**
   * Sends a message to the work queue, unchanged.
   *
   * @returns why it was not sent; `undefined` if it was
   * @throws CouldNotTellError if no message can be sent, for lack of a permission for example
   */
  async send({ message, visibleAt }: HiddenMessage): Promise<string | undefined> {
    if (this.#now() > visibleAt - MARGIN_MS) return 'not moved: too slow. Run the command again.';
    const { Body, MessageAttributes } = message;
    const input = { QueueUrl: this.#queues.work, MessageBody: Body, MessageAttributes };
    const reason = await this.#attempt('SendMessage', this.#queues.work, () =>
      this.#sqs.send(new SendMessageCommand(input)),
    );
    return reason && `not moved: ${reason}`;
  }

  /** Deletes a message. Returns and throws like `send`. */
  delete({ message: { ReceiptHandle } }: HiddenMessage): Promise<string | undefined> {
    return this.#attempt('DeleteMessage', this.#queues.deadLetter, () =>
      this.#sqs.send(new DeleteMessageCommand({ QueueUrl: this.#queues.deadLetter, ReceiptHandle })),
    );
  }

  /** @returns why a call failed that may work for another message */
  async #attempt(
    operation: string,
    queue: string,
    call: () => Promise<unknown>,
  ): Promise<string | undefined> {
    try {
      await call();
      return undefined;
    } catch (error) {
      const described = describeCall(operation, queue);
      if (adviceFor(described, error) !== undefined) throw explainError(described, error);
      return toCallError(described.name, error).message;
    }
  }

  async #call<Output>(operation: string, queue: string, call: () => Promise<Output>): Promise<Output> {
    try {
      return await call();
    } catch (error) {
      throw explainError(describeCall(operation, queue), error);
    }
  }
}

/** Describes a call of SQS for its error. */
export function describeCall(operation: string, queue: string) {
  return { name: `SQS ${operation}`, action: `sqs:${operation}`, target: queue, regionOf: 'queue' };
}
