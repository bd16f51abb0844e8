import { gunzipSync, gzipSync } from 'node:zlib';
import type { Random } from '../../cli/corpus/random.ts';
import type { S3Endpoint } from '../../cli/endpoints/s3.ts';
import { BUCKET } from '../run-locally.ts';

/** A log object of the simulation, and what may be expected of it. */
export interface SimulatedObject {
  key: string;
  /** The exact text of each of its records. */
  records: string[];
  /** `missing` was never there; `truncated` and `corrupt` are so as stored. */
  state: 'sound' | 'missing' | 'truncated' | 'corrupt';
}

/** Makes up a few objects, most of them sound, and puts them into the bucket. */
export function createObjects(random: Random, s3: S3Endpoint): SimulatedObject[] {
  return Array.from({ length: random.int(1, 5) }, (_, i) => createObject(i, random, s3));
}

function createObject(i: number, random: Random, s3: S3Endpoint): SimulatedObject {
  const key = `AWSLogs/111122223333/CloudTrail/eu-west-3/2026/11/22/${i}_${random.hex(8)}.json.gz`;
  const count = random.pick([0, 1, random.int(2, 10), random.int(10, 60)]);
  const records = Array.from({ length: count }, (_, n) => recordText(i, n, random));
  const drawn = random.pickWeighted([
    { state: 'sound' as const, weight: 20 },
    { state: 'missing' as const, weight: 1 },
    { state: 'truncated' as const, weight: 1 },
    { state: 'corrupt' as const, weight: 1 },
  ]).state;
  if (drawn === 'missing') return { key, records, state: drawn };
  const stored = store(records, drawn, random);
  s3.putObject(BUCKET, key, stored, { checksum: random.pick(['crc32', 'composite', 'none'] as const) });
  // Some bytes of a gzip header mean nothing.
  return { key, records, state: drawn === 'corrupt' && inflates(stored) ? 'sound' : drawn };
}

/** Says which record of which object it is; noise makes gzip's output long enough to be cut in the middle. */
function recordText(object: number, n: number, random: Random): string {
  const noise = random.base64(random.int(0, 400));
  return random.chance(0.03)
    ? `{"object":${object},"n":${n},"malformed":}`
    : `{"object":${object},"n":${n},"noise":"${noise}"}`;
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

/** The trigger's events that name the objects: S3 straight to the function, or through the queue. */
export function createEvents(random: Random, objects: SimulatedObject[]): unknown[] {
  const groups: SimulatedObject[][] = [];
  for (const object of objects) {
    const last = groups.at(-1);
    if (last && random.chance(0.5)) last.push(object);
    else groups.push([object]);
  }
  const notifications = groups.map((group) => ({
    Records: group.map(({ key }) => ({
      eventSource: 'aws:s3',
      eventName: 'ObjectCreated:Put',
      s3: { bucket: { name: BUCKET }, object: { key: encodeURIComponent(key) } },
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
