import { readRecords } from '../lambda/read/read-records.ts';
import { parseEvent } from '../lambda/trigger/parse-event.ts';

/** An event to invoke the handler with. */
export interface ParsedNotification {
  event: unknown;
  /** Whether the handler recognizes it. */
  isKnown: boolean;
}

/**
 * Tells an event that invokes the function from a log object that is plain JSON.
 *
 * @returns `undefined` if the bytes are a log object or not JSON
 */
export async function parseNotificationFile(bytes: Buffer): Promise<ParsedNotification | undefined> {
  let event: unknown;
  try {
    event = JSON.parse(bytes.toString('utf8'));
  } catch {
    return undefined;
  }
  const { isQueue, job, items } = parseEvent(event);
  const isKnown = items.every(({ error }) => !error);
  const namesObjects = items.some(({ notification }) => (notification?.refs.length ?? 0) > 0);
  // An empty list is a log object without records.
  const records = (event as { Records?: unknown } | null)?.Records;
  const hasRecords = Array.isArray(records) && records.length > 0;
  // A CloudTrail record of one of S3's own calls parses as a notification too, but it names no new object.
  if (isQueue || job || (isKnown && (namesObjects || hasRecords))) return { event, isKnown: true };
  return (await holdsRecords(bytes)) ? undefined : { event, isKnown };
}

/** Whether the document has one of the forms of a log object, with or without records in it. */
async function holdsRecords(bytes: Buffer): Promise<boolean> {
  async function* open() {
    yield bytes;
  }
  const { unknown } = await readRecords(open, async () => true);
  return unknown === undefined;
}
