import type { Message } from '@aws-sdk/client-sqs';
import { isObject } from '../../lambda/trigger/json-member.ts';
import type { LogObjectRef } from '../../lambda/trigger/log-object-ref.ts';
import { parseNotification } from '../../lambda/trigger/parse-notification.ts';
import { OutsideScopeError } from '../../lambda/trigger/trail-scope.ts';
import { UnknownNotificationError } from '../../lambda/trigger/unknown-notification.ts';

export type DeadLetterKind = 'resume message' | 'notification' | 'unknown';

/** A message of the dead-letter queue, as the function would read it. */
export interface DeadLetter {
  readonly message: Message;
  readonly kind: DeadLetterKind;
  /** None in a notification of nothing to read, and in an unknown message. */
  readonly objects: readonly LogObjectRef[];
  /** Why the function cannot read it. */
  readonly reason?: string;
}

/** Parses a message with the function's own parser. Never throws on its content. */
export function readDeadLetter(message: Message): DeadLetter {
  const { Body = '' } = message;
  try {
    const { refs } = parseNotification(Body);
    return { message, kind: isResume(Body) ? 'resume message' : 'notification', objects: refs };
  } catch (error) {
    const isExpected = error instanceof UnknownNotificationError || error instanceof OutsideScopeError;
    if (!isExpected) throw error;
    return { message, kind: 'unknown', objects: [], reason: error.message };
  }
}

/** Whether the body is a resume message or an operator's request; see `resume-message.ts`. */
function isResume(body: string): boolean {
  if (!body.trimStart().startsWith('{')) return false;
  const parsed: unknown = JSON.parse(body);
  return isObject(parsed) && (Array.isArray(parsed.resume) || typeof parsed.bucket === 'string');
}
