import { S3Client } from '@aws-sdk/client-s3';
import { parseLogObject } from '../../../digest/log-object.ts';
import { tell } from '../ask.ts';
import { BucketReader } from '../bucket-reader.ts';
import { CLIENT_OPTIONS } from '../client-options.ts';
import { mapConcurrently } from '../concurrently.ts';
import { findRegions, type TrailRegion } from '../find-regions.ts';
import type { Finding } from '../finding.ts';
import { judgeNewest } from './judge-bucket.ts';
import type { Targets } from './targets.ts';

const HOUR_MS = 3_600_000;
const FOLDERS_IN_FLIGHT = 8;

/** Hours back in which the newest file is looked for, one list each. */
const WINDOW_HOURS = [0.5, 6, 48];

/** Names that the search for the busiest hour reads: 100 lists. */
const MAX_SAMPLED_FILES = 100_000;

/** The busiest hour of the last day. */
export interface BusiestHour {
  /** Stored bytes of log files. */
  readonly bytes: number;
  /** Whether there are more files than were read. */
  readonly isSample: boolean;
}

/** Checks the age of the newest log file of each kind, and finds the busiest hour. */
export async function checkLogFiles(
  { bucket, root = 'AWSLogs/' }: Pick<Targets, 'bucket' | 'root'>,
  nowMs: number,
  stop: AbortSignal,
): Promise<{ findings: Finding[]; busiest: BusiestHour | undefined }> {
  const s3 = new S3Client({ ...CLIENT_OPTIONS, maxAttempts: 8, followRegionRedirects: true });
  const reader = new BucketReader(s3, stop);
  let busiest: BusiestHour | undefined;
  try {
    const findings = await tell('newest log file', async () => {
      if ((await reader.folders(bucket, root)).length === 0) {
        busiest = { bytes: 0, isSample: false };
        return judgeNewest([], bucket, root, nowMs);
      }
      const regions = await findRegions(reader, { bucket, root, accounts: [], regions: [] });
      const folders = regions.flatMap(({ kinds, ...region }) =>
        kinds.map((kind) => ({ ...region, kind, kinds })),
      );
      const newest = await mapConcurrently(folders, FOLDERS_IN_FLIGHT, async (folder) => ({
        kind: folder.kind,
        newestMs: await findNewest(reader, bucket, root, folder, nowMs),
      }));
      busiest = await findBusiestHour(reader, bucket, root, folders, nowMs);
      return judgeNewest(newestByKind(newest), bucket, root, nowMs);
    });
    return { findings, busiest };
  } finally {
    s3.destroy();
  }
}

interface KindFolder extends TrailRegion {
  readonly kind: string;
}

/** The names of a folder are in the order of time, so a list may start at a time. */
function startAt(root: string, { account, kind, region }: KindFolder, ms: number) {
  const time = new Date(ms).toISOString();
  const stamp = time.slice(0, 16).replace(/[-:]/g, '');
  const folder = `${root}${account}/${kind}/${region}/`;
  const day = time.slice(0, 10).replaceAll('-', '/');
  return { folder, startAfter: `${folder}${day}/${account}_${kind}_${region}_${stamp}` };
}

async function findNewest(
  reader: BucketReader,
  bucket: string,
  root: string,
  folder: KindFolder,
  nowMs: number,
): Promise<number | undefined> {
  for (const hours of WINDOW_HOURS) {
    const from = startAt(root, folder, nowMs - hours * HOUR_MS);
    let newestMs: number | undefined;
    for await (const { key } of reader.objects(bucket, from.folder, from.startAfter)) {
      const { timeMs = 0 } = parseLogObject(key) ?? {};
      newestMs = Math.max(newestMs ?? 0, timeMs);
    }
    if (newestMs) return newestMs;
  }
  return undefined;
}

function newestByKind(found: readonly { kind: string; newestMs: number | undefined }[]) {
  const kinds = [...new Set(found.map(({ kind }) => kind))].sort();
  return kinds.map((kind) => {
    const times = found.flatMap((each) =>
      each.kind === kind && each.newestMs !== undefined ? [each.newestMs] : [],
    );
    return { kind, newestMs: times.length > 0 ? Math.max(...times) : undefined };
  });
}

async function findBusiestHour(
  reader: BucketReader,
  bucket: string,
  root: string,
  folders: readonly KindFolder[],
  nowMs: number,
): Promise<BusiestHour> {
  const byHour = new Map<number, number>();
  let files = 0;
  await mapConcurrently(folders, FOLDERS_IN_FLIGHT, async (place) => {
    const { folder, startAfter } = startAt(root, place, nowMs - 24 * HOUR_MS);
    for await (const { key, bytes } of reader.objects(bucket, folder, startAfter)) {
      const parsed = parseLogObject(key);
      if (files >= MAX_SAMPLED_FILES) return;
      if (!parsed) continue;
      files++;
      const hour = Math.floor(parsed.timeMs / HOUR_MS);
      byHour.set(hour, (byHour.get(hour) ?? 0) + bytes);
    }
  });
  return { bytes: Math.max(0, ...byHour.values()), isSample: files >= MAX_SAMPLED_FILES };
}
