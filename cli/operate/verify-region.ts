import { isValid } from '../../digest/check-digest.ts';
import { spanOf } from '../../digest/hour.ts';
import { type Judgement, judgeRegion } from '../../digest/judge-region.ts';
import { type LogObject, parseLogObject } from '../../digest/log-object.ts';
import { overlaps, type Span } from '../../digest/spans.ts';
import type { BucketReader, ListedObject } from './bucket-reader.ts';
import { checkFiles, type JudgeDelivery } from './check-files.ts';
import type { TrailRegion } from './find-regions.ts';
import { listDays } from './list-days.ts';
import type { FindKey } from './public-keys.ts';
import { readDigests } from './read-digests.ts';

/** What all regions of a run share. */
export interface VerifyRun {
  readonly reader: BucketReader;
  readonly bucket: string;
  readonly root: string;
  readonly range: Span;
  readonly isDeep: boolean;
  /** Judges by its receipts whether an object was delivered; `undefined` without receipts. */
  readonly judge: JudgeDelivery | undefined;
  readonly findKey: FindKey;
  readonly nowMs: number;
  onDigest(bytes: number): void;
  onFile(bytes: number): void;
}

/** Compares the digests of an account and region with the bucket. Keeps the names of their files in memory. */
export async function verifyRegion(run: VerifyRun, trailRegion: TrailRegion): Promise<Judgement> {
  const { reader, bucket, root, range, isDeep, judge, findKey, nowMs } = run;
  const { account, region } = trailRegion;
  const folder = { bucket, root, account, region };
  const { digests, listedMs } = await readDigests(reader, folder, range, findKey, run.onDigest);
  const listed = await listObjects(run, trailRegion);
  const expected = digests
    .filter(isValid)
    .flatMap((checked) => (overlaps(spanOf(checked), range) ? checked.digest.files : []));
  const files = await checkFiles(reader, expected, { bucket, listed, isDeep, judge }, run.onFile);
  return judgeRegion({
    bucket,
    account,
    region,
    digests,
    listedMs,
    files,
    isDeep,
    hasReceipts: judge !== undefined,
    range,
    nowMs,
    objects: [...listed.values()]
      .flatMap((object) => toLogObject(object, run))
      .filter(({ timeMs }) => timeMs >= range.startMs && timeMs < range.endMs),
  });
}

async function listObjects(
  run: VerifyRun,
  { account, region, kinds }: TrailRegion,
): Promise<Map<string, ListedObject>> {
  const { reader, bucket, root, range } = run;
  const listed = await Promise.all(
    kinds.map((kind) => listDays(reader, bucket, `${root}${account}/${kind}/${region}/`, range)),
  );
  return new Map(listed.flat().map((object) => [object.key, object]));
}

function toLogObject(object: ListedObject, { bucket, judge }: VerifyRun): LogObject[] {
  const parsed = parseLogObject(object.key);
  return parsed ? [{ ...parsed, delivery: judge?.({ bucket, ...object }) }] : [];
}
