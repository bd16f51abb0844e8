import { classifyKey, type KeyClass } from './classify-key.ts';
import type { LogObjectRef } from './log-object-ref.ts';
import { UnknownNotificationError } from './unknown-notification.ts';

/** What a notification asks for. */
export interface Notification {
  /** Log objects to read, in the order in which they are named. */
  refs: LogObjectRef[];
  /** What it names and nobody has to read, by why. */
  skipped: SkipCounts;
}

export type SkipReason = Exclude<KeyClass, 'log' | 'insight'> | 'notCreated' | 'testEvent';
export type SkipCounts = Record<SkipReason, number>;

/** What a notification says of one object; `undefined` where it does not. */
interface NamedObject {
  bucket: string | undefined;
  key: string | undefined;
  versionId?: string | undefined;
  nextRecord?: number;
  attempt?: number;
}

/** Collects what one notification names. */
export class NotificationBuilder {
  #bodies = 0;
  readonly notification: Notification = { refs: [], skipped: noSkips() };

  /** @throws UnknownNotificationError where the bucket or the key is missing */
  add({ bucket, key, versionId, nextRecord = 0, attempt = 0 }: NamedObject): void {
    if (bucket === undefined || key === undefined) {
      throw new UnknownNotificationError('an object without bucket or key');
    }
    const keyClass = classifyKey(key);
    if (keyClass === 'digest' || keyClass === 'other') this.skip(keyClass);
    else this.notification.refs.push({ bucket, key, versionId, nextRecord, attempt });
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
  return { digest: 0, other: 0, notCreated: 0, testEvent: 0 };
}
