import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { type LogObjectRef, nameObject } from '../../lambda/trigger/log-object-ref.ts';
import { parseNotification } from '../../lambda/trigger/parse-notification.ts';
import { toRemaining, toResumePoint } from '../../lambda/trigger/remaining-records.ts';
import { formatResumes } from '../../lambda/trigger/resume-message.ts';
import { OutsideScopeError } from '../../lambda/trigger/trail-scope.ts';
import { UsageError } from '../endings.ts';
import { formatCount } from '../format.ts';
import { renderTable } from '../table.ts';
import { CLIENT_OPTIONS } from './client-options.ts';
import { countRecords } from './count-records.ts';
import { describeCall } from './dead-letter-queue.ts';
import { explainError } from './explain-error.ts';
import { findWorkQueue } from './find-queues.ts';
import type { ObjectOptions, RecordSelection } from './replay-options.ts';

/** Keeps a message below SQS's 1 MiB: a key has up to 1,024 bytes, and JSON may take six for each. */
const OBJECTS_PER_MESSAGE = 100;

/**
 * Puts messages for objects on the work queue, if asked to.
 *
 * @param now milliseconds since 1970
 */
export async function replayObjects(
  objects: readonly LogObjectRef[],
  options: ObjectOptions,
  stop: AbortSignal,
  now: () => number,
): Promise<void> {
  const { records, versionId, yes = false } = options;
  const [only, ...others] = objects;
  if (others.length > 0 && (records !== undefined || versionId !== undefined))
    throw new UsageError('--records and --version-id select from one object. Name only one.');
  for (const ref of objects) checkScope(ref);
  const queue = await findWorkQueue(options, stop);
  const chosen =
    only && others.length === 0 ? [await selectRecords({ ...only, versionId }, records, stop)] : objects;
  const bodies = formatMessages(chosen, now());
  console.log(
    [
      ...renderTable(
        ['object', 'records'],
        objects.map((ref) => [nameObject(ref), describeSelection(records)]),
      ),
      '',
    ].join('\n'),
  );
  const what = `${formatCount(objects.length, 'object')} in ${formatCount(bodies.length, 'message')}`;
  if (!yes) console.error(`✔ would send ${what}. To send, add --yes.`);
  else await sendMessages(queue, bodies, what, stop);
}

/** @throws UsageError if the function would reject the object */
function checkScope({ bucket, key }: LogObjectRef): void {
  try {
    parseNotification({ bucket, key });
  } catch (error) {
    throw error instanceof OutsideScopeError ? new UsageError(error.message) : error;
  }
}

/**
 * Limits a reference to a selection of records. The function reads every record from `nextUnread` on, and expects it
 * not to be past the end. So a selection needs the number of records, of exactly this object.
 *
 * @throws UsageError if the object has fewer records
 */
async function selectRecords(
  ref: LogObjectRef,
  selection: RecordSelection | undefined,
  stop: AbortSignal,
): Promise<LogObjectRef> {
  if (selection === undefined) return ref;
  const { records, etag } = await countRecords(ref, stop);
  const { first, last = records - 1 } = selection;
  if (first >= records || last >= records) {
    const indexes = records === 0 ? '' : `: 0-${records - 1}`;
    throw new UsageError(`${nameObject(ref)} has ${formatCount(records, 'record')}${indexes}`);
  }
  return { ...ref, etag, ...toResumePoint(toRemaining([[first, last]], records)) };
}

/**
 * Formats messages in the function's own form, and checks that its parser reads the same objects from them.
 *
 * @throws Error if it does not
 */
export function formatMessages(refs: readonly LogObjectRef[], now: number): string[] {
  const groups = Array.from({ length: Math.ceil(refs.length / OBJECTS_PER_MESSAGE) }, (_, i) =>
    refs.slice(i * OBJECTS_PER_MESSAGE, (i + 1) * OBJECTS_PER_MESSAGE),
  );
  const bodies = groups.flatMap((group) => formatResumes(group, now, undefined));
  const parsed = bodies.flatMap((body) => parseNotification(body).refs);
  if (parsed.length !== refs.length || parsed.some((ref, i) => fieldsOf(ref) !== fieldsOf(refs[i])))
    throw new Error('the function would not read the same objects from the message');
  return bodies;
}

function fieldsOf(ref: LogObjectRef | undefined): string {
  const { bucket, key, versionId, etag, nextRecord, ranges, nextUnread } = ref ?? {};
  return JSON.stringify([bucket, key, versionId, etag, nextRecord, ranges, nextUnread]);
}

function describeSelection(selection: RecordSelection | undefined): string {
  if (selection === undefined) return 'all';
  const { first, last } = selection;
  return last === undefined ? `${first} onwards` : `${first} to ${last}`;
}

/** @param what for the last line: `3 objects in 1 message` */
export async function sendMessages(
  queue: string,
  bodies: readonly string[],
  what: string,
  stop: AbortSignal,
): Promise<void> {
  const sqs = new SQSClient(CLIENT_OPTIONS);
  let sent = 0;
  try {
    for (const body of bodies) {
      stop.throwIfAborted();
      await sqs.send(new SendMessageCommand({ QueueUrl: queue, MessageBody: body }), { abortSignal: stop });
      sent++;
    }
  } catch (error) {
    if (sent > 0) console.error(`sent ${sent} of ${formatCount(bodies.length, 'message')}`);
    throw explainError(describeCall('SendMessage', queue), error);
  } finally {
    sqs.destroy();
  }
  console.error(`✔ sent ${what}`);
}
