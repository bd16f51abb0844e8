import { memberAt, textAt } from './json-member.ts';
import type { Notification } from './notification.ts';
import { parseNotification } from './parse-notification.ts';
import { UnknownNotificationError } from './unknown-notification.ts';

/** What is acknowledged as one: an SQS message, or a whole direct invocation. */
export interface WorkItem {
  /** Set for an SQS message: what `batchItemFailures` names it by. */
  messageId?: string | undefined;
  notification?: Notification;
  /** Why the item could not be understood. */
  error?: UnknownNotificationError;
}

export interface ParsedEvent {
  /** Whether the answer has to list the items that failed; any other event fails as a whole. */
  isQueue: boolean;
  items: WorkItem[];
}

/**
 * Takes whatever invokes the function: an SQS batch, each message an item of its own, or one notification.
 *
 * Never throws: what cannot be understood is an item with an error, and the rest of the batch goes on.
 */
export function parseEvent(event: unknown): ParsedEvent {
  const records = memberAt(event, 'Records');
  if (Array.isArray(records) && records.length > 0 && records.every(isMessage)) {
    return {
      isQueue: true,
      items: records.map((record) => ({
        messageId: textAt(record, 'messageId'),
        ...understand(memberAt(record, 'body')),
      })),
    };
  }
  return { isQueue: false, items: [understand(event)] };
}

function isMessage(record: unknown): boolean {
  return textAt(record, 'eventSource') === 'aws:sqs';
}

function understand(body: unknown): WorkItem {
  try {
    return { notification: parseNotification(body) };
  } catch (error) {
    if (error instanceof UnknownNotificationError) return { error };
    throw error;
  }
}
