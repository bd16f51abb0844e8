import { randomUUID } from 'node:crypto';

export interface QueuedMessage {
  messageId: string;
  body: string;
  /** How often it was handed out. */
  receives: number;
  /** Milliseconds since 1970. */
  sentAt: number;
  visibleAt: number;
}

/** An SQS batch as Lambda hands it to a function. */
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
  /** How long a message that was handed out stays hidden at first; see `visibilityMs`. */
  visibilityMs: number;
  /** Milliseconds since 1970. */
  now: () => number;
}

/** The work queue with its redrive policy: delays, hidden messages and receives count as in SQS. */
export class WorkQueue {
  readonly deadLetters: QueuedMessage[] = [];
  readonly #options: WorkQueueOptions;
  /** How long a message that was handed out stays hidden. */
  visibilityMs: number;
  /** How often a message was handed out that had been before. */
  redeliveries = 0;
  #messages: QueuedMessage[] = [];

  constructor(options: WorkQueueOptions) {
    this.#options = options;
    this.visibilityMs = options.visibilityMs;
  }

  get isEmpty(): boolean {
    return this.#messages.length === 0;
  }

  /** When the next message can be had; `undefined` if there is none. */
  get nextVisibleAt(): number | undefined {
    return this.isEmpty ? undefined : Math.min(...this.#messages.map(({ visibleAt }) => visibleAt));
  }

  /** @param delaySeconds how long it is held back */
  send(body: string, messageId: string = randomUUID(), delaySeconds = 0): void {
    const sentAt = this.#options.now();
    this.#messages.push({ messageId, body, receives: 0, sentAt, visibleAt: sentAt + delaySeconds * 1000 });
  }

  /** Puts dead letters back, as new messages. */
  redrive(): void {
    for (const { body } of this.deadLetters.splice(0)) this.send(body);
  }

  clear(): void {
    this.#messages = [];
    this.deadLetters.length = 0;
    this.redeliveries = 0;
    this.visibilityMs = this.#options.visibilityMs;
  }

  /** Hands out up to `batchSize` messages; one that was handed out too often goes to the dead letters instead. */
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
    // Behind those that wait already.
    this.#messages = [...this.#messages.filter((message) => !batch.includes(message)), ...batch];
    // A later receive of the same message has a count of its own.
    return batch.map((message) => ({ ...message }));
  }

  /** Deletes a message, unless it was handed out again meanwhile: its receipt handle is then an old one. */
  delete({ messageId, receives }: QueuedMessage): void {
    this.#messages = this.#messages.filter(
      (message) => message.messageId !== messageId || message.receives !== receives,
    );
  }

  /**
   * Hands out a batch, and deletes the messages that were dealt with.
   *
   * @param handle gets the batch and answers which messages failed; if it throws, all of them did
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

export function toEvent(batch: QueuedMessage[]): QueueEvent {
  return {
    Records: batch.map(({ messageId, body, receives, sentAt }) => ({
      messageId,
      body,
      eventSource: 'aws:sqs',
      attributes: { ApproximateReceiveCount: String(receives), SentTimestamp: String(sentAt) },
    })),
  };
}
