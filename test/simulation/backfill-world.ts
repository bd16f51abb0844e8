import { type CursorRange, type Order, timeOf } from '../../lambda/backfill/cursor.ts';
import type { ObjectOptions } from '../../local/s3/objects.ts';
import type { Random } from '../../samples/random.ts';

export interface BackfillWorld {
  /** One range per account, kind and region. */
  ranges: CursorRange[];
  /** Range of each object that has to be enqueued, by key. */
  wanted: Map<string, CursorRange>;
  /** Keys of the objects in range that cannot be read. */
  archived: Set<string>;
  /** All keys in the bucket. */
  keys: number;
}

export interface BackfillWorldOptions {
  bucket: string;
  accounts: number;
  regions: number;
  /** Log objects of each region and kind, about. */
  objects: number;
  from: string;
  until: string;
  order: Order;
  put: (key: string, options: ObjectOptions) => void;
}

const KIND_FOLDERS = ['CloudTrail', 'CloudTrail-Insight'];
const REGIONS = ['ap-southeast-1', 'eu-west-3', 'us-east-1'];
const MINUTE = 60_000;
const DAY = 86_400_000;

/**
 * Fills a bucket with log objects before, in and after a range of time, at its very limits, in archive classes, and with
 * objects that do not belong there.
 */
export function createBackfillWorld(random: Random, options: BackfillWorldOptions): BackfillWorld {
  const world: BackfillWorld = { ranges: [], wanted: new Map(), archived: new Set(), keys: 0 };
  for (let a = 0; a < options.accounts; a++) {
    const root = `team é+1/AWSLogs/${String(111_122_223_333 + a)}/`;
    for (const kind of KIND_FOLDERS)
      for (const region of REGIONS.slice(0, options.regions))
        fillRegion(random, world, options, `${root}${kind}/${region}/`);
    // No cursor walks these.
    put(world, options, `${root}CloudTrail-Digest/eu-west-3/2026/01/01/digest_20260101T0000Z_x.json.gz`);
    put(world, options, `${root}CloudTrail/eu-west-30/2026/01/15/a_20260115T0000Z_x.json.gz`);
  }
  return world;
}

function fillRegion(
  random: Random,
  world: BackfillWorld,
  options: BackfillWorldOptions,
  prefix: string,
): void {
  const { bucket, from, until, order, objects } = options;
  const range: CursorRange = { job: 'job', bucket, prefix, from, until, order };
  world.ranges.push(range);
  const [first, end] = [timeOf(from), timeOf(until)];
  const limits = [first - MINUTE, first, end - MINUTE, end];
  for (let i = 0; i < objects; i++) {
    const time = limits[i] ?? first + random.int(-2 * 1440, (end - first) / MINUTE + 2 * 1440) * MINUTE;
    const name = `${prefix}${folderAt(time)}/${nameAt(time)}_${random.hex(16)}.json.gz`;
    const isIn = first <= time && time < end;
    const drawn = random.int(0, 99);
    if (drawn < 3) {
      put(world, options, name, { storageClass: random.pick(['GLACIER', 'DEEP_ARCHIVE']) });
      if (isIn) world.archived.add(name);
      continue;
    }
    const restored = { storageClass: 'GLACIER', restoredUntil: new Date('2099-01-01') };
    put(
      world,
      options,
      name,
      drawn < 5 ? restored : { storageClass: drawn < 10 ? 'GLACIER_IR' : 'STANDARD' },
    );
    if (isIn) world.wanted.set(name, range);
  }
  // Outside the days of the range, outside any day, of another time than their folder, or no log object.
  const within = folderAt(first + DAY);
  for (const rest of [
    `0000/00/00/${nameAt(first)}_x.json.gz`,
    `${within.slice(0, 7)}/${nameAt(first + DAY)}_x.json.gz`,
    `${within}/${nameAt(first - DAY)}_x.json.gz`,
    `${within}/${nameAt(first + DAY)}_x.csv`,
    `${within}/`,
    `readme.json`,
    `zzz/${nameAt(first + DAY)}_x.json.gz`,
  ])
    put(world, options, prefix + rest);
}

function put(
  world: BackfillWorld,
  options: BackfillWorldOptions,
  key: string,
  more: ObjectOptions = {},
): void {
  options.put(key, more);
  world.keys++;
}

function folderAt(time: number): string {
  return new Date(time).toISOString().slice(0, 10).replaceAll('-', '/');
}

function nameAt(time: number): string {
  return `111122223333_CloudTrail_x_${new Date(time).toISOString().slice(0, 16).replaceAll(/[-:]/g, '')}Z`;
}
