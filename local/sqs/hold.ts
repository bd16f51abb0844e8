import { flightOf, type QueueState, type SqsMessage } from './receive.ts';

/** A message as Lambda's event source mapping receives it. */
export interface ReceivedMessage {
  messageId: string;
  body: string;
  /** How often it was received, including this time. */
  receives: number;
  /** Milliseconds since 1970. */
  sentAt: number;
}

/** Receives visible messages, and hides them for a time. */
export function take(queue: QueueState, count: number, visibilityMs: number): ReceivedMessage[] {
  const batch: ReceivedMessage[] = [];
  for (const message of queue.messages) {
    if (batch.length === count) break;
    const flight = flightOf(queue, message);
    if (flight.visibleAt > queue.now) continue;
    flight.receives += 1;
    flight.visibleAt = queue.now + visibilityMs;
    const { messageId, body } = message;
    batch.push({ messageId, body, receives: flight.receives, sentAt: flight.sentAt });
  }
  return batch;
}

/** Deletes a message, unless it was received again meanwhile. */
export function deleteReceived(queue: QueueState, { messageId, receives }: ReceivedMessage): void {
  const at = queue.messages.findIndex(
    (message) => message.messageId === messageId && flightOf(queue, message).receives === receives,
  );
  if (at >= 0) queue.messages.splice(at, 1);
}

/** Removes and returns the visible messages that were received too often. */
export function takeDeadLetters(queue: QueueState, maxReceives: number): SqsMessage[] {
  const dead = queue.messages.filter((message) => {
    const { visibleAt, receives } = flightOf(queue, message);
    return visibleAt <= queue.now && receives >= maxReceives;
  });
  for (const message of dead) queue.messages.splice(queue.messages.indexOf(message), 1);
  return dead;
}

/** Returns when the next message is visible; `undefined` for an empty queue. */
export function nextVisibleAt(queue: QueueState): number | undefined {
  let next: number | undefined;
  for (const message of queue.messages)
    next = Math.min(next ?? Number.POSITIVE_INFINITY, flightOf(queue, message).visibleAt);
  return next;
}
