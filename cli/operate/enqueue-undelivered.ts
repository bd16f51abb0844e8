import type { Undelivered } from '../../digest/judge-delivery.ts';
import type { LogObjectRef } from '../../lambda/trigger/log-object-ref.ts';
import { toRemaining, toResumePoint } from '../../lambda/trigger/remaining-records.ts';
import { formatCount } from '../format.ts';
import { formatMessages, sendMessages } from './replay-objects.ts';

/**
 * Puts messages for objects without complete receipts on the work queue, if asked to. Where the receipts tell which
 * records are missing, only those are delivered again.
 *
 * @param now milliseconds since 1970
 */
export async function enqueueUndelivered(
  undelivered: readonly Undelivered[],
  { queue, yes, now }: { queue: string; yes: boolean; now: number },
  stop: AbortSignal,
): Promise<void> {
  const bodies = formatMessages(undelivered.map(toRef), now);
  const what = `${formatCount(undelivered.length, 'object')} in ${formatCount(bodies.length, 'message')}`;
  if (!yes) console.error(`would send ${what}. To send, add --yes.`);
  else await sendMessages(queue, bodies, what, stop);
}

function toRef({ object: { bucket, key, etag }, missing }: Undelivered): LogObjectRef {
  const ref = { bucket, key, nextRecord: 0, attempt: 0 };
  if (!missing) return ref;
  // The indexes count in this object only.
  return { ...ref, etag: `"${etag}"`, ...toResumePoint(toRemaining([...missing.ranges], missing.total)) };
}
