import { createHash } from 'node:crypto';
import { gunzipSync, gzipSync } from 'node:zlib';
import type { S3Endpoint } from '../../local/s3/endpoint.ts';
import type { Random } from '../../samples/random.ts';

/** A log object of the simulation, and its expected records. */
export interface SimulatedObject {
  key: string;
  versionId?: string | undefined;
  /** The exact text of each of its records. */
  records: string[];
  /** MD5 of the stored object, as S3 documents its ETag; empty without an object. */
  etag: string;
  /** `missing` never existed; `truncated` and `corrupt` are stored that way; `replaced` is sound and replaced later. */
  state: 'sound' | 'missing' | 'truncated' | 'corrupt' | 'replaced';
}

/** Events that the simulation's rule excludes. */
export const EXCLUDED = 'noise.amazonaws.com:Skip';

/** Generates a few objects, most of them sound, and puts them into the bucket. */
export function createObjects(random: Random, s3: S3Endpoint, bucket: string): SimulatedObject[] {
  return Array.from({ length: random.int(1, 5) }, (_, i) => createObject(i, random, s3, bucket));
}

function createObject(i: number, random: Random, s3: S3Endpoint, bucket: string): SimulatedObject {
  const key = `AWSLogs/111122223333/CloudTrail/eu-west-3/2026/11/22/${i}_${random.hex(8)}.json.gz`;
  const count = random.pick([0, 1, random.int(2, 10), random.int(10, 60)]);
  const records = Array.from({ length: count }, (_, n) => recordText(i, n, random));
  const drawn = random.pickWeighted([
    { state: 'sound' as const, weight: 20 },
    { state: 'missing' as const, weight: 1 },
    { state: 'truncated' as const, weight: 1 },
    { state: 'corrupt' as const, weight: 1 },
  ]).state;
  if (drawn === 'missing') return { key, records, etag: '', state: drawn };
  const stored = store(records, drawn, random);
  const versionId = random.chance(0.2) ? `v${i}` : undefined;
  const checksum = random.pick(['crc32', 'composite', 'none'] as const);
  s3.putObject(bucket, key, stored, { checksum, ...(versionId !== undefined && { versionId }) });
  // Some bytes of a gzip header have no effect.
  const etag = createHash('md5').update(stored).digest('hex');
  return { key, versionId, records, etag, state: drawn === 'corrupt' && inflates(stored) ? 'sound' : drawn };
}

/** Replaces an object under the same key. The new records contain `"later":1`. */
export function replaceObject(object: SimulatedObject, random: Random, s3: S3Endpoint, bucket: string): void {
  const records = object.records.map((text) => text.replace('"object":', '"later":1,"object":'));
  s3.putObject(bucket, object.key, store(records, 'sound', random));
  object.state = 'replaced';
}

/** Renders a record with its number and its object's. The noise makes gzip's output long enough to truncate. */
function recordText(object: number, n: number, random: Random): string {
  const noise = random.base64(random.int(0, 400));
  if (random.chance(0.03)) return `{"object":${object},"n":${n},"malformed":}`;
  const rule = random.chance(0.1) ? ',"eventSource":"noise.amazonaws.com","eventName":"Skip"' : '';
  return `{"object":${object},"n":${n}${rule},"noise":"${noise}"}`;
}

function inflates(stored: Buffer): boolean {
  try {
    gunzipSync(stored);
    return true;
  } catch {
    return false;
  }
}

function store(records: string[], state: SimulatedObject['state'], random: Random): Buffer {
  const document = Buffer.from(`{"Records":[${records.join(',')}]}`);
  const half = random.int(0, document.length);
  const members = random.chance(0.2) ? [document.subarray(0, half), document.subarray(half)] : [document];
  const stored = Buffer.concat(members.map((member) => gzipSync(member, { level: 1 })));
  if (state === 'truncated') return stored.subarray(0, random.int(2, stored.length - 1));
  if (state === 'corrupt') {
    const at = random.int(10, stored.length - 1);
    stored[at] = (stored[at] ?? 0) ^ random.int(1, 255);
  }
  return stored;
}

/** Creates events that name the objects: from S3 directly to the function, or through the queue. */
export function createEvents(random: Random, objects: SimulatedObject[], bucket: string): unknown[] {
  const groups: SimulatedObject[][] = [];
  for (const object of objects) {
    const last = groups.at(-1);
    if (last && random.chance(0.5)) last.push(object);
    else groups.push([object]);
  }
  const notifications = groups.map((group) => ({
    Records: group.map(({ key, versionId }) => ({
      eventSource: 'aws:s3',
      eventName: 'ObjectCreated:Put',
      s3: { bucket: { name: bucket }, object: { key: encodeURIComponent(key), versionId } },
    })),
  }));
  if (random.chance(0.3)) return notifications;
  return [
    {
      Records: notifications.map((notification, i) => ({
        eventSource: 'aws:sqs',
        messageId: `message-${i}`,
        body: JSON.stringify(notification),
      })),
    },
  ];
}
