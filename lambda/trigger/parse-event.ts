import { type BatchJob, batchJobOf, readTask } from './batch-operations.ts';
import { memberAt, textAt } from './json-member.ts';
import type { Notification } from './notification.ts';
import { parseNotification } from './parse-notification.ts';
import { OutsideScopeError, type TrailScope } from './trail-scope.ts';
import { UnknownNotificationError } from './unknown-notification.ts';

/** What is acknowledged as one: an SQS message, or a whole direct invocation. */
export interface WorkItem {
  /** Set for an SQS message: what `batchItemFailures` names it by. */
  messageId?: string | undefined;
  /** How often SQS has handed the message out, this time included. */
  receives?: number | undefined;
  notification?: Notification;
  /** Set for a task of S3 Batch Operations. */
  taskId?: string | undefined;
  /** Why the item could not be understood, or is not to be read. */
  error?: UnknownNotificationError | OutsideScopeError;
  /** Another hand-over of the same work was received before: there is nothing left to do. */
  isSuperseded?: boolean;
}

export interface ParsedEvent {
  /** Whether the answer has to list the items that failed; any other event fails as a whole. */
  isQueue: boolean;
  /** Set if the answer has to have a result for each item. */
  job?: BatchJob;
  items: WorkItem[];
}

/**
 * Takes whatever invokes the function: a batch of SQS messages or of S3 Batch Operations, each an item of its own, or one
 * notification.
 *
 * Never throws: what cannot be understood is an item with an error, and the rest of the batch goes on.
 *
 * @param scope what is read of what it names; everything without it
 */
export function parseEvent(event: unknown, scope: TrailScope = {}): ParsedEvent {
  // EventBridge Pipes hands over the messages of a queue as a list.
  const records = Array.isArray(event) ? event : memberAt(event, 'Records');
  if (Array.isArray(records) && records.length > 0 && records.every(isMessage))
    return { isQueue: true, items: records.map((record) => understandMessage(record, scope)) };
  const job = batchJobOf(event);
  if (job) {
    const { tasks, ...of } = job;
    const items = tasks.map((task) => ({
      taskId: textAt(task, 'taskId') ?? '',
      ...understand(() => readTask(task, scope)),
    }));
    return { isQueue: false, job: of, items };
  }
  return { isQueue: false, items: [understand(() => parseNotification(event, scope))] };
}

function understandMessage(record: unknown, scope: TrailScope): WorkItem {
  const item = understand(() => parseNotification(memberAt(record, 'body'), scope));
  const sentTimestamp = numberAt(record, 'SentTimestamp');
  if (item.notification && sentTimestamp !== undefined) dateRefs(item.notification, sentTimestamp);
  return {
    messageId: textAt(record, 'messageId'),
    receives: numberAt(record, 'ApproximateReceiveCount'),
    ...item,
  };
}

/** SQS writes its numbers as text. */
function numberAt(record: unknown, attribute: string): number | undefined {
  const text = textAt(record, 'attributes', attribute);
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}

/**
 * Says when the objects of a message were first seen. A redrive puts a resume message on the queue again, long after it
 * was written: its clocks start anew.
 */
function dateRefs({ refs, sentAt }: Notification, sentTimestamp: number): void {
  const isRedriven = sentAt !== undefined && sentTimestamp - sentAt > REDRIVE_AFTER_MS;
  for (const ref of refs) {
    if (isRedriven)
      Object.assign(ref, { refusals: undefined, refusedSince: undefined, firstSeen: undefined });
    ref.firstSeen ??= sentTimestamp;
  }
}

/** Far more than the clocks of Lambda and SQS are apart. A message needs hours to get into the dead-letter queue. */
const REDRIVE_AFTER_MS = 3_600_000;

function isMessage(record: unknown): boolean {
  return textAt(record, 'eventSource') === 'aws:sqs';
}

function understand(read: () => Notification): WorkItem {
  try {
    return { notification: read() };
  } catch (error) {
    if (error instanceof UnknownNotificationError || error instanceof OutsideScopeError) return { error };
    throw error;
  }
}
