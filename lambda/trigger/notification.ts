import { classifyKey, type KeyClass } from './classify-key.ts';
import type { LogObjectRef } from './log-object-ref.ts';
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

export type SkipReason = Exclude<KeyClass, 'log' | 'insight'> | 'notCreated' | 'testEvent' | 'empty';
export type SkipCounts = Record<SkipReason, number>;

/** What a notification says of one object; `undefined` where it does not. */
type NamedObject = { bucket: string | undefined; key: string | undefined } & Partial<
  Omit<LogObjectRef, 'bucket' | 'key'>
>;

/** Collects what one notification names. */
export class NotificationBuilder {
  #bodies = 0;
  readonly notification: Notification = { refs: [], skipped: noSkips() };

  /** @throws UnknownNotificationError where the bucket or the key is missing */
  add({ bucket, key, nextRecord = 0, attempt = 0, ...more }: NamedObject): void {
    if (bucket === undefined || key === undefined) {
      throw new UnknownNotificationError('an object without bucket or key');
    }
    const keyClass = classifyKey(key);
    if (keyClass === 'digest' || keyClass === 'other') this.skip(keyClass);
    else this.notification.refs.push({ bucket, key, nextRecord, attempt, ...more });
  }

  /** @throws UnknownNotificationError where notifications stand inside each other as no sender nests them */
  goDeeper(): void {
    if (++this.#bodies > MAX_BODIES)
      throw new UnknownNotificationError('too many notifications inside each other');
  }

  skip(reason: SkipReason): void {
    this.notification.skipped[reason]++;
  }
}

/** A topic hands on a thousand records at the most, each with one body; nesting alone never comes near. */
const MAX_BODIES = 2_000;

export function noSkips(): SkipCounts {
  return { digest: 0, other: 0, notCreated: 0, testEvent: 0, empty: 0 };
}
