import { generateRecords } from '../../samples/generate-records.ts';
import { createRandom } from '../../samples/random.ts';
import { HOUR_MS, SignedTrail, type SigningKey, type TrailObject } from '../../samples/signed-trail.ts';
import { accountIds, regions } from '../../samples/world.ts';

const HOURS_PER_DAY = 24;
const FILES_PER_HOUR = 2;
const RECORDS_PER_FILE = 20;

/** Two days of two accounts in two Regions, and the gaps in what the pipeline delivered. */
export interface History {
  readonly objects: ReadonlyMap<string, TrailObject>;
  readonly digests: number;
  readonly records: number;
  /** Keys of the first day, before the pipeline was deployed. */
  readonly early: readonly string[];
  /** Keys of the second day. */
  readonly late: readonly string[];
  /** Keys of the second day whose notifications are lost. */
  readonly unnotified: readonly string[];
  /** A key of the second day that the function may not read at first. */
  readonly denied: string;
}

/**
 * Makes log files with real-looking records, and their signed digests.
 *
 * @param startMs start of the first day: milliseconds since 1970
 */
export function createHistory(startMs: number, bucket: string, signer: SigningKey): History {
  const objects = new Map<string, TrailObject>();
  const days: [early: string[], late: string[]] = [[], []];
  let [digests, records] = [0, 0];
  for (const account of accountIds.slice(0, 2)) {
    for (const region of regions.slice(0, 2)) {
      const trail = new SignedTrail({ signer, bucket, account, region, trail: 'demo' });
      for (let hour = 0; hour < 2 * HOURS_PER_DAY; hour++) {
        const logs = Array.from({ length: FILES_PER_HOUR }, (_, i) => {
          const timeMs = startMs + hour * HOUR_MS + (i + 1) * 600_000;
          const texts = recordsOf({ account, region, timeMs, seed: objects.size + records });
          records += texts.length;
          return trail.addLog(timeMs, nameOf(records), undefined, texts);
        });
        days[hour < HOURS_PER_DAY ? 0 : 1].push(...logs);
        trail.addDigest(startMs + (hour + 1) * HOUR_MS, logs, { isStart: hour === 0 });
        digests++;
      }
      for (const [key, object] of trail.objects) objects.set(key, object);
    }
  }
  const [early, late] = days;
  const [denied = '', ...unnotified] = [29, 60, 61, 150].flatMap((i) => late[i] ?? []);
  return { objects, digests, records, early, late, unnotified, denied };
}

interface FileOptions {
  readonly account: string;
  readonly region: string;
  readonly timeMs: number;
  readonly seed: number;
}

function recordsOf({ account, region, timeMs, seed }: FileOptions): string[] {
  const startTime = new Date(timeMs - 300_000);
  return [...generateRecords({ seed, count: RECORDS_PER_FILE, accountId: account, region, startTime })];
}

/** 16 characters, as in CloudTrail's names. */
function nameOf(seed: number): string {
  return createRandom(seed).hex(16);
}
