import { randomUUID } from 'node:crypto';

export interface QueuedMessage {
  messageId: string;
  body: string;
  receives: number;
}

/** An SQS batch as Lambda hands it to a function. */
export interface QueueEvent {
  Records: { messageId: string; body: string; eventSource: 'aws:sqs' }[];
}

/**
 * The work queue with its redrive policy, without the clock: a message that failed is there again at once, and
 * after `maxReceives` tries it is in the dead-letter queue.
 */
export class WorkQueue {
  readonly deadLetters: QueuedMessage[] = [];
  readonly #maxReceives: number;
  readonly #waiting: QueuedMessage[] = [];

  constructor(maxReceives: number) {
    this.#maxReceives = maxReceives;
  }

  get isEmpty(): boolean {
    return this.#waiting.length === 0;
  }

  send(body: string, messageId: string = randomUUID()): void {
    this.#waiting.push({ messageId, body, receives: 0 });
  }

  clear(): void {
    this.#waiting.length = 0;
    this.deadLetters.length = 0;
  }

  /**
   * Takes up to `batchSize` messages out, has them handled, and puts back those that were not dealt with.
   *
   * @param handle gets the batch and answers which messages failed; where it throws, all of them did
   */
  async receive(
    batchSize: number,
    handle: (event: QueueEvent) => Promise<{ itemIdentifier: string }[]>,
  ): Promise<void> {
    const batch = this.#waiting.splice(0, batchSize);
    const Records = batch.map(({ messageId, body }) => ({
      messageId,
      body,
      eventSource: 'aws:sqs' as const,
    }));
    const failures = await handle({ Records }).catch(() =>
      Records.map(({ messageId: itemIdentifier }) => ({ itemIdentifier })),
    );
    const failed = new Set(failures.map(({ itemIdentifier }) => itemIdentifier));
    for (const message of batch) {
      if (!failed.has(message.messageId)) continue;
      message.receives++;
      (message.receives >= this.#maxReceives ? this.deadLetters : this.#waiting).push(message);
    }
  }
}
