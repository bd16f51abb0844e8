import type { Message } from '@aws-sdk/client-sqs';
import { parseCursor } from '../../lambda/backfill/cursor.ts';
import { isObject } from '../../lambda/trigger/json-member.ts';
import type { LogObjectRef } from '../../lambda/trigger/log-object-ref.ts';
import { parseNotification } from '../../lambda/trigger/parse-notification.ts';
import { describeError } from '../endings.ts';

export type DeadLetterKind = 'resume message' | 'notification' | 'backfill cursor' | 'unknown';

/** A message of the dead-letter queue, as the function would read it. */
export interface DeadLetter {
  readonly message: Message;
  readonly kind: DeadLetterKind;
  /** None in a notification of nothing to read, in a cursor, and in an unknown message. */
  readonly objects: readonly LogObjectRef[];
  /** Why the function cannot read it. */
  readonly reason?: string;
}

/** Parses a message with the function's own parser. Never throws. */
export function readDeadLetter(message: Message): DeadLetter {
  const { Body = '' } = message;
  try {
    const { refs, cursor } = parseNotification(Body);
    if (cursor && parseCursor(cursor)) return { message, kind: 'backfill cursor', objects: [] };
    return { message, kind: isResume(Body) ? 'resume message' : 'notification', objects: refs };
  } catch (error) {
    return { message, kind: 'unknown', objects: [], reason: describeError(error) };
  }
}

/** Whether the body is a resume message or an operator's request; see `resume-message.ts`. */
function isResume(body: string): boolean {
  if (!body.trimStart().startsWith('{')) return false;
  const parsed: unknown = JSON.parse(body);
  return isObject(parsed) && (Array.isArray(parsed.resume) || typeof parsed.bucket === 'string');
}
