import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readRecords } from '../lambda/read/read-records.ts';
import { parseEvent } from '../lambda/trigger/parse-event.ts';
import { isLogName } from '../lambda/trigger/trail-kinds.ts';
import type { S3Endpoint } from '../local/s3/endpoint.ts';
import { sampleBucket } from '../samples/sample-objects.ts';

const SAMPLES = fileURLToPath(new URL('../events/objects/', import.meta.url));

/** A notification is a few KB; whatever is larger is a log object. */
const MAX_EVENT_BYTES = 1024 * 1024;

/**
 * Puts the sample objects, and the log files that are named, into the local S3.
 *
 * @param names an event file, which is returned as it is; or log files, for which an S3 event is made up
 * @throws Error that names the file, where one is missing, or an event stands among several inputs
 */
export async function prepareInput(names: string[], s3: S3Endpoint): Promise<unknown> {
  await putSamples(s3);
  const events = await Promise.all(names.map(readEvent));
  const [event] = events;
  if (event !== undefined && names.length === 1) {
    putVersions(event, s3);
    return event;
  }
  const both = names.find((_, i) => events[i] !== undefined);
  if (both !== undefined) throw new Error(`${both} is an event: it goes alone`);
  return { Records: names.map((name) => putFile(name, s3)) };
}

async function putSamples(s3: S3Endpoint): Promise<void> {
  for (const entry of await readdir(SAMPLES, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const file = join(entry.parentPath, entry.name);
    s3.putObject(sampleBucket, keyOf(file), { file });
  }
}

function keyOf(file: string): string {
  return relative(SAMPLES, file).split(sep).join('/');
}

/** The event in a file, whether the handler knows it or not; `undefined` for a file that is a log object. */
async function readEvent(name: string): Promise<unknown> {
  if (!name.endsWith('.json') || (await stat(name)).size > MAX_EVENT_BYTES) return undefined;
  const bytes = await readFile(name);
  let event: unknown;
  try {
    event = JSON.parse(bytes.toString('utf8'));
  } catch {
    return undefined;
  }
  const { isQueue, job, items } = parseEvent(event);
  const namesAny = items.some(({ notification }) => (notification?.refs.length ?? 0) > 0);
  // A record that names no new object, such as one of S3's own calls, is a log object like any other record.
  const isNotification = items.every(({ error }) => !error) && (namesAny || Array.isArray(recordsOf(event)));
  if (isQueue || job || isNotification) return event;
  return (await isLogObject(bytes)) ? undefined : event;
}

function recordsOf(event: unknown): unknown {
  return (event as { Records?: unknown } | null)?.Records;
}

/** Whether a document has a form that has records, also if there are none in it. */
async function isLogObject(bytes: Buffer): Promise<boolean> {
  async function* open() {
    yield bytes;
  }
  const { unknown } = await readRecords(open, async () => true);
  return unknown === undefined;
}

/** The versions that an event names stand in the local bucket as well. */
function putVersions(event: unknown, s3: S3Endpoint): void {
  for (const { notification } of parseEvent(event).items) {
    for (const { bucket, key, versionId } of notification?.refs ?? []) {
      if (versionId !== undefined) s3.putObject(bucket, key, { file: join(SAMPLES, key) }, { versionId });
    }
  }
}

function putFile(name: string, s3: S3Endpoint): unknown {
  const key = !isLogName(name) ? `${basename(name)}.json.gz` : basename(name);
  s3.putObject(sampleBucket, key, { file: name });
  return {
    eventSource: 'aws:s3',
    eventName: 'ObjectCreated:Put',
    s3: { bucket: { name: sampleBucket }, object: { key: encodeURIComponent(key) } },
  };
}
