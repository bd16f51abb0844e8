import { type BatchJob, batchJobOf, readTask } from './batch-operations.ts';
import { memberAt, textAt } from './json-member.ts';
import type { Notification } from './notification.ts';
import { parseNotification } from './parse-notification.ts';
import { OutsideScopeError, type TrailScope } from './trail-scope.ts';
import { UnknownNotificationError } from './unknown-notification.ts';

/** Unit of acknowledgement: an SQS message, an S3 Batch Operations task, or an entire direct invocation. */
export interface WorkItem {
  /** Set for an SQS message: its id in `batchItemFailures`. */
  messageId?: string | undefined;
  /** How often SQS has delivered the message, including this time. */
  receives?: number | undefined;
  notification?: Notification;
  /** Set for a task of S3 Batch Operations. */
  taskId?: string | undefined;
  /** Why the item could not be parsed, is out of scope, or has a cursor that could not be moved on. */
  error?: Error;
  /** Whether another message for the same work arrived first. This one is acknowledged unread. */
  isSuperseded?: boolean;
}

export interface ParsedEvent {
  /** Whether the response lists the failed items. Any other event fails as a unit. */
  isQueue: boolean;
  /** Set if the response needs one result per item. */
  job?: BatchJob;
  items: WorkItem[];
}

/**
 * Parses an event of any sender: a batch of SQS messages or S3 Batch Operations tasks (one item each), or one
 * notification.
 *
 * Never throws: an item that cannot be parsed has an error and does not affect the others.
 *
 * @param scope objects to read. @default - all but digests
 */
export function parseEvent(event: unknown, scope: TrailScope = {}): ParsedEvent {
  // EventBridge Pipes delivers queue messages as an array.
  const records = Array.isArray(event) ? event : memberAt(event, 'Records');
  if (Array.isArray(records) && records.length > 0 && records.every(isMessage))
    return { isQueue: true, items: records.map((record) => parseMessage(record, scope)) };
  const job = batchJobOf(event);
  if (job) {
    const { tasks, ...batch } = job;
    const items = tasks.map((task) => ({
      taskId: textAt(task, 'taskId') ?? '',
      ...toItem(() => readTask(task, scope)),
    }));
    return { isQueue: false, job: batch, items };
  }
  return { isQueue: false, items: [toItem(() => parseNotification(event, scope))] };
}

function parseMessage(record: unknown, scope: TrailScope): WorkItem {
  const item = toItem(() => parseNotification(memberAt(record, 'body'), scope));
  const sentTimestamp = numberAt(record, 'SentTimestamp');
  if (item.notification && sentTimestamp !== undefined) setFirstSeen(item.notification, sentTimestamp);
  return {
    messageId: textAt(record, 'messageId'),
    receives: numberAt(record, 'ApproximateReceiveCount'),
    ...item,
  };
}

/** Reads a numeric SQS attribute, which is text. */
function numberAt(record: unknown, attribute: string): number | undefined {
  const text = textAt(record, 'attributes', attribute);
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}

/**
 * Sets when the objects of a message were first seen. Resets the times of a redriven resume message, because they
 * include its wait in the dead-letter queue.
 */
function setFirstSeen(notification: Notification, sentTimestamp: number): void {
  const { refs, cursor } = notification;
  const sentAt = notification.sentAt ?? memberAt(cursor, 'backfill', 'sentAt');
  if (typeof sentAt === 'number' && sentTimestamp - sentAt > REDRIVE_AFTER_MS) notification.isRedriven = true;
  for (const ref of refs) {
    if (notification.isRedriven)
      Object.assign(ref, { refusals: undefined, refusedSince: undefined, firstSeen: undefined });
    ref.firstSeen ??= sentTimestamp;
  }
}

/** Far more than the clock skew between Lambda and SQS. A message takes hours to reach the dead-letter queue. */
const REDRIVE_AFTER_MS = 3_600_000;

function isMessage(record: unknown): boolean {
  return textAt(record, 'eventSource') === 'aws:sqs';
}

function toItem(read: () => Notification): WorkItem {
  try {
    return { notification: read() };
  } catch (error) {
    if (error instanceof UnknownNotificationError || error instanceof OutsideScopeError) return { error };
    throw error;
  }
}
