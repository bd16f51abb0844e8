import { randomUUID } from 'node:crypto';

export interface QueuedMessage {
  messageId: string;
  body: string;
  /** How often it was received. */
  receives: number;
  /** Milliseconds since 1970. */
  sentAt: number;
  visibleAt: number;
}

/** An SQS batch in the form that Lambda passes to a function. */
export interface QueueEvent {
  Records: {
    messageId: string;
    body: string;
    eventSource: 'aws:sqs';
    attributes: { ApproximateReceiveCount: string; SentTimestamp: string };
  }[];
}

export interface WorkQueueOptions {
  maxReceives: number;
  /** Initial visibility timeout. */
  visibilityMs: number;
  /** Milliseconds since 1970. */
  now: () => number;
}

/** The work queue and its redrive policy, with the delays, visibility timeouts and receive counts of SQS. */
export class WorkQueue {
  readonly deadLetters: QueuedMessage[] = [];
  readonly #options: WorkQueueOptions;
  /** Visibility timeout: how long a received message stays hidden. */
  visibilityMs: number;
  /** Receives of messages that had been received before. */
  redeliveries = 0;
  #messages: QueuedMessage[] = [];

  constructor(options: WorkQueueOptions) {
    this.#options = options;
    this.visibilityMs = options.visibilityMs;
  }

  get isEmpty(): boolean {
    return this.#messages.length === 0;
  }

  /** When the next message becomes visible; `undefined` if the queue is empty. */
  get nextVisibleAt(): number | undefined {
    return this.isEmpty ? undefined : Math.min(...this.#messages.map(({ visibleAt }) => visibleAt));
  }

  /** @param delaySeconds how long the message stays hidden */
  send(body: string, messageId: string = randomUUID(), delaySeconds = 0): void {
    const sentAt = this.#options.now();
    this.#messages.push({ messageId, body, receives: 0, sentAt, visibleAt: sentAt + delaySeconds * 1000 });
  }

  /** Sends the dead letters back to the queue as new messages. */
  redrive(): void {
    for (const { body } of this.deadLetters.splice(0)) this.send(body);
  }

  clear(): void {
    this.#messages = [];
    this.deadLetters.length = 0;
    this.redeliveries = 0;
    this.visibilityMs = this.#options.visibilityMs;
  }

  /** Receives up to `batchSize` messages. Moves a message past `maxReceives` to the dead letters instead. */
  take(batchSize: number): QueuedMessage[] {
    const { maxReceives, now } = this.#options;
    const dead = this.#messages.filter(
      ({ visibleAt, receives }) => visibleAt <= now() && receives >= maxReceives,
    );
    this.#remove(dead);
    this.deadLetters.push(...dead);
    const batch = this.#messages.filter(({ visibleAt }) => visibleAt <= now()).slice(0, batchSize);
    for (const message of batch) {
      message.receives++;
      if (message.receives > 1) this.redeliveries++;
      message.visibleAt = now() + this.visibilityMs;
    }
    // Received messages go to the end of the queue.
    this.#messages = [...this.#messages.filter((message) => !batch.includes(message)), ...batch];
    // Copies, because a later receive changes the count.
    return batch.map((message) => ({ ...message }));
  }

  /** Deletes a message unless it was received again meanwhile, which invalidates the earlier receipt handle. */
  delete({ messageId, receives }: QueuedMessage): void {
    this.#messages = this.#messages.filter(
      (message) => message.messageId !== messageId || message.receives !== receives,
    );
  }

  /**
   * Passes a batch to `handle` and deletes the messages that did not fail.
   *
   * @param handle processes the batch and returns the failed messages; if it throws, all failed
   */
  async receive(
    batchSize: number,
    handle: (event: QueueEvent) => Promise<{ itemIdentifier: string }[]>,
  ): Promise<void> {
    const batch = this.take(batchSize);
    if (batch.length === 0) return;
    const failures = await handle(toEvent(batch)).catch(() =>
      batch.map(({ messageId: itemIdentifier }) => ({ itemIdentifier })),
    );
    const failed = new Set(failures.map(({ itemIdentifier }) => itemIdentifier));
    for (const message of batch) if (!failed.has(message.messageId)) this.delete(message);
  }

  #remove(messages: QueuedMessage[]): void {
    this.#messages = this.#messages.filter((message) => !messages.includes(message));
  }
}

export function toEvent(batch: Omit<QueuedMessage, 'visibleAt'>[]): QueueEvent {
  return {
    Records: batch.map(({ messageId, body, receives, sentAt }) => ({
      messageId,
      body,
      eventSource: 'aws:sqs',
      attributes: { ApproximateReceiveCount: String(receives), SentTimestamp: String(sentAt) },
    })),
  };
}
