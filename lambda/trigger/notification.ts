import type { JsonObject } from './json-member.ts';
import { type LogObjectRef, nameObject } from './log-object-ref.ts';
import { isLogName } from './trail-kinds.ts';
import { type OutOfScope, OutsideScopeError, outOfScope, type TrailScope } from './trail-scope.ts';
import { UnknownNotificationError } from './unknown-notification.ts';

/** Contents of a notification. */
export interface Notification {
  /** Log objects to read, in the order of the notification. */
  refs: LogObjectRef[];
  /** Number of skipped entries, by reason. */
  skipped: SkipCounts;
  /** In a resume message: its claim; see `settle/claims.ts`. */
  claim?: Claim;
  /** In a resume message: when it was sent, in milliseconds since 1970. */
  sentAt?: number;
  /** Whether an operator sent the message again, so its times include a wait in the dead-letter queue. */
  isRedriven?: boolean;
  /** A message with the cursor of a backfill, as received; see `backfill/cursor.ts`. */
  cursor?: JsonObject;
}

/** Identifies one of several resume messages for the same work. Only the first one received is processed. */
export interface Claim {
  /** Id of the message whose work was requeued. */
  parent: string;
  /** Id of this resume message. */
  handOver: string;
}

export type SkipReason = OutOfScope | 'other' | 'notCreated' | 'testEvent' | 'empty';
export type SkipCounts = Record<SkipReason, number>;

/** One object as a notification names it. Missing members are `undefined`. */
type NamedObject = { bucket: string | undefined; key: string | undefined } & Partial<
  Omit<LogObjectRef, 'bucket' | 'key'>
>;

/** Collects the contents of one notification. */
export class NotificationBuilder {
  #depth = 0;
  readonly #scope: TrailScope;
  readonly notification: Notification = { refs: [], skipped: noSkips() };

  constructor(scope: TrailScope) {
    this.#scope = scope;
  }

  /**
   * Adds an object named by a sender, or counts it as skipped.
   *
   * @throws UnknownNotificationError if the bucket or the key is missing
   */
  add(object: NamedObject): void {
    const ref = toRef(object);
    const reason = isLogName(ref.key) ? outOfScope(ref, this.#scope) : 'other';
    if (reason === undefined) this.notification.refs.push(ref);
    else this.skip(reason);
  }

  /**
   * Adds an object that an operator or this function requested, regardless of its file extension.
   *
   * @throws UnknownNotificationError if the bucket or the key is missing; OutsideScopeError if the object is out of
   *   scope
   */
  addRequested(object: NamedObject): void {
    const ref = toRef(object);
    const reason = outOfScope(ref, this.#scope);
    if (reason !== undefined)
      throw new OutsideScopeError(`${nameObject(ref)} is out of scope: ${SCOPE_REASONS[reason]}`);
    this.notification.refs.push(ref);
  }

  /** @throws UnknownNotificationError if the notification has another cursor, because only one can be acknowledged */
  addCursor(message: JsonObject): void {
    if (this.notification.cursor) throw new UnknownNotificationError('more than one backfill cursor');
    this.notification.cursor = message;
  }

  /**
   * Reads a notification inside another one.
   *
   * @throws UnknownNotificationError if notifications are nested deeper than any sender nests them
   */
  readNested(read: () => void): void {
    if (this.#depth === MAX_DEPTH) throw new UnknownNotificationError('notifications nested too deeply');
    this.#depth++;
    read();
    this.#depth--;
  }

  skip(reason: SkipReason): void {
    this.notification.skipped[reason]++;
  }
}

const SCOPE_REASONS: Record<OutOfScope, string> = {
  digest: 'a digest file',
  kind: 'a kind that the settings exclude',
  outside: 'another bucket, folder or account',
};

/** @throws UnknownNotificationError */
function toRef({ bucket, key, nextRecord = 0, attempt = 0, ...more }: NamedObject): LogObjectRef {
  if (bucket === undefined || key === undefined)
    throw new UnknownNotificationError('an object without bucket or key');
  return { bucket, key, nextRecord, attempt, ...more };
}

/** Ample: the deepest known nesting is a list of SQS messages, SNS envelope, on-failure record, S3 event. */
const MAX_DEPTH = 16;

export function noSkips(): SkipCounts {
  return { digest: 0, other: 0, kind: 0, outside: 0, notCreated: 0, testEvent: 0, empty: 0 };
}
