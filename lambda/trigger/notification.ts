import { type LogObjectRef, nameObject } from './log-object-ref.ts';
import { isLogName } from './trail-kinds.ts';
import { type OutOfScope, OutsideScopeError, outOfScope, type TrailScope } from './trail-scope.ts';
import { UnknownNotificationError } from './unknown-notification.ts';

/** What a notification asks for. */
export interface Notification {
  /** Log objects to read, in the order in which they are named. */
  refs: LogObjectRef[];
  /** What it names and nobody has to read, by why. */
  skipped: SkipCounts;
  /** Of a resume message: which hand-over it is; see `settle/claims.ts`. */
  claim?: Claim;
  /** Of a resume message: when it was sent, in milliseconds since 1970. */
  sentAt?: number;
}

/** One of the hand-overs of the same work, of which only the first that is received goes on. */
export interface Claim {
  /** Id of the message that was handed over. */
  parent: string;
  /** Id of this hand-over. */
  handOver: string;
}

export type SkipReason = OutOfScope | 'other' | 'notCreated' | 'testEvent' | 'empty';
export type SkipCounts = Record<SkipReason, number>;

/** What a notification says of one object; `undefined` where it does not. */
type NamedObject = { bucket: string | undefined; key: string | undefined } & Partial<
  Omit<LogObjectRef, 'bucket' | 'key'>
>;

/** Collects what one notification names. */
export class NotificationBuilder {
  #depth = 0;
  readonly #scope: TrailScope;
  readonly notification: Notification = { refs: [], skipped: noSkips() };

  constructor(scope: TrailScope) {
    this.#scope = scope;
  }

  /**
   * Takes an object that a sender names, or passes it over.
   *
   * @throws UnknownNotificationError where the bucket or the key is missing
   */
  add(object: NamedObject): void {
    const ref = toRef(object);
    const reason = isLogName(ref.key) ? outOfScope(ref, this.#scope) : 'other';
    if (reason === undefined) this.notification.refs.push(ref);
    else this.skip(reason);
  }

  /**
   * Takes an object that a person or this function itself asks for, whatever its name ends in.
   *
   * @throws UnknownNotificationError where the bucket or the key is missing; OutsideScopeError where it is not to be read
   */
  demand(object: NamedObject): void {
    const ref = toRef(object);
    const reason = outOfScope(ref, this.#scope);
    if (reason !== undefined)
      throw new OutsideScopeError(`${nameObject(ref)} is not among what is read: ${MEANINGS[reason]}`);
    this.notification.refs.push(ref);
  }

  /**
   * Reads what stands inside of a notification.
   *
   * @throws UnknownNotificationError where notifications stand inside each other as no sender nests them
   */
  within(read: () => void): void {
    if (this.#depth === MAX_DEPTH)
      throw new UnknownNotificationError('too many notifications inside each other');
    this.#depth++;
    read();
    this.#depth--;
  }

  skip(reason: SkipReason): void {
    this.notification.skipped[reason]++;
  }
}

const MEANINGS: Record<OutOfScope, string> = {
  digest: 'a digest',
  kind: 'a kind that the settings leave out',
  outside: 'another bucket, folder or account',
};

/** @throws UnknownNotificationError */
function toRef({ bucket, key, nextRecord = 0, attempt = 0, ...more }: NamedObject): LogObjectRef {
  if (bucket === undefined || key === undefined)
    throw new UnknownNotificationError('an object without bucket or key');
  return { bucket, key, nextRecord, attempt, ...more };
}

/** Of the deepest there is: a list of SQS messages, SNS envelope, on-failure record, S3 event, and some to spare. */
const MAX_DEPTH = 16;

export function noSkips(): SkipCounts {
  return { digest: 0, other: 0, kind: 0, outside: 0, notCreated: 0, testEvent: 0, empty: 0 };
}
