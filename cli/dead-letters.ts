import type { InvocationReport } from '../lambda/settle/report.ts';
import { nameObject } from '../lambda/trigger/log-object-ref.ts';
import { parseNotification } from '../lambda/trigger/parse-notification.ts';
import type { QueuedMessage } from '../local/work-queue.ts';
import { renderTable } from './table.ts';

/** @returns a table of what ended in the dead-letter queue: object, lowest undelivered record, last error */
export function describeDeadLetters(deadLetters: QueuedMessage[], reports: InvocationReport[]): string[] {
  if (deadLetters.length === 0) return [];
  const rows = deadLetters.flatMap((letter) => rowsOf(letter, reports));
  return [
    '',
    `  dead-letter queue (${deadLetters.length})`,
    ...renderTable(['object', 'record', 'reason'], rows),
  ];
}

function rowsOf({ body, messageId }: QueuedMessage, reports: InvocationReport[]): string[][] {
  const errors = reports.flatMap((report) => report.errors);
  try {
    return parseNotification(body).refs.map((ref) => {
      const object = nameObject(ref);
      const last = errors.findLast((error) => error.object === object);
      return [object, String(last?.nextRecord ?? ref.nextRecord), last?.error ?? ''];
    });
  } catch {
    const last = errors.findLast((error) => error.messageId === messageId && error.object === undefined);
    return [[`message ${messageId}`, '', last?.error ?? 'unrecognized notification']];
  }
}
