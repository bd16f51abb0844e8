import Table from 'cli-table3';
import type { InvocationReport } from '../lambda/settle/report.ts';
import { nameObject } from '../lambda/trigger/log-object-ref.ts';
import { parseNotification } from '../lambda/trigger/parse-notification.ts';
import type { QueuedMessage } from '../local/work-queue.ts';

/** @returns a table of what ended in the dead-letter queue: object, lowest undelivered record, last error */
export function describeDeadLetters(deadLetters: QueuedMessage[], reports: InvocationReport[]): string[] {
  if (deadLetters.length === 0) return [];
  const table = new Table({
    head: ['object', 'record', 'reason'],
    chars: BLANK,
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 2 },
  });
  for (const letter of deadLetters) for (const row of rowsOf(letter, reports)) table.push(row);
  return [
    '',
    `  dead-letter queue (${deadLetters.length})`,
    ...table
      .toString()
      .split('\n')
      .map((line) => `  ${line.trimEnd()}`),
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

const BLANK = Object.fromEntries(
  [
    ...['top', 'top-mid', 'top-left', 'top-right', 'bottom', 'bottom-mid', 'bottom-left', 'bottom-right'],
    ...['left', 'left-mid', 'mid', 'mid-mid', 'right', 'right-mid', 'middle'],
  ].map((part) => [part, '']),
);
