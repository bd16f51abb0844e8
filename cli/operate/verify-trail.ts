import { S3Client } from '@aws-sdk/client-s3';
import { judgeDelivery } from '../../digest/judge-delivery.ts';
import type { Judgement } from '../../digest/judge-region.ts';
import { CouldNotTellError } from '../endings.ts';
import { formatCount } from '../format.ts';
import { Progress } from '../progress.ts';
import { BucketReader } from './bucket-reader.ts';
import { CLIENT_OPTIONS } from './client-options.ts';
import { mapConcurrently } from './concurrently.ts';
import { enqueueUndelivered } from './enqueue-undelivered.ts';
import { findPipeline } from './find-pipeline.ts';
import { findRegions } from './find-regions.ts';
import { listKeys, readKeys } from './public-keys.ts';
import { type Receipts, readReceipts } from './read-receipts.ts';
import { pathOf, rangeOf, type VerifyOptions } from './verify-options.ts';
import { type VerifyRun, verifyRegion } from './verify-region.ts';
import {
  formatTime,
  renderConclusion,
  renderJson,
  renderSummary,
  type Verification,
} from './verify-summary.ts';

const REGIONS_IN_FLIGHT = 4;

/**
 * Compares digests, bucket and receipts. Prints the result and sets the exit status.
 *
 * @throws CouldNotTellError if they cannot be compared, and UsageError
 */
export async function verifyTrail(options: VerifyOptions, stop: AbortSignal, nowMs: number): Promise<void> {
  const { deep: isDeep = false, keys, json = false, yes = false } = options;
  const range = rangeOf(options);
  const pipeline = await findPipeline(options, stop);
  const { bucket, root, workQueue, isLeftOut } = pipeline;
  const findKey = keys === undefined ? listKeys(range, stop) : readKeys(pathOf(keys), keys);
  // S3 may throttle the lists of a large bucket.
  const s3 = new S3Client({ ...CLIENT_OPTIONS, maxAttempts: 8 });
  const reader = new BucketReader(s3, stop);
  const progress = new Progress({ totalBytes: undefined });
  const counts = { bytes: 0, receipts: 0, digests: 0, files: 0 };
  function count(what: 'receipts' | 'digests' | 'files', bytes: number): void {
    counts[what]++;
    counts.bytes += bytes;
    progress.update(
      counts.bytes,
      `${formatCount(counts.digests, 'digest')}, ${formatCount(counts.files, 'log file')}`,
    );
  }
  let receipts: Receipts | undefined;
  let judgements: Judgement[];
  try {
    receipts =
      pipeline.receipts &&
      (await readReceipts(reader, pipeline.receipts, range, (bytes) => count('receipts', bytes)));
    const facts = receipts && { coverage: receipts.coverage, isLeftOut, nowMs };
    const run: VerifyRun = {
      ...{ reader, bucket, root, range, isDeep, findKey, nowMs },
      judge: facts && ((object) => judgeDelivery(object, facts)),
      onDigest: (bytes) => count('digests', bytes),
      onFile: (bytes) => count('files', bytes),
    };
    const { account: accounts = [], region: regions = [] } = options;
    const found = await findRegions(reader, { bucket, root, accounts, regions });
    judgements = await mapConcurrently(found, REGIONS_IN_FLIGHT, (region) => verifyRegion(run, region));
  } finally {
    progress.stop();
    s3.destroy();
  }
  const judgement = merge(judgements);
  conclude({ bucket, root, range, isDeep, receipts, ...judgement }, json);
  const undelivered = judgement.faults.flatMap((fault) => fault.undelivered ?? []);
  if (workQueue !== undefined && undelivered.length > 0)
    await enqueueUndelivered(undelivered, { queue: workQueue, yes, now: nowMs }, stop);
}

function merge(judgements: readonly Judgement[]): Judgement {
  return {
    hours: judgements.flatMap(({ hours }) => hours),
    faults: judgements.flatMap(({ faults }) => faults),
    notes: judgements.flatMap(({ notes }) => notes),
  };
}

/**
 * Prints the result and sets the exit status.
 *
 * @throws CouldNotTellError without digests
 */
function conclude(verification: Verification, isJson: boolean): void {
  const { bucket, root, range, hours, faults } = verification;
  if (hours.length === 0) {
    const times = `from ${formatTime(range.startMs)} to ${formatTime(range.endMs)}`;
    const advice =
      faults.length === 0
        ? 'They are not due yet.'
        : 'Is log file validation on for the trail, and did CloudTrail deliver to this bucket then?';
    throw new CouldNotTellError(`no digests in s3://${bucket}/${root} ${times}. ${advice}`);
  }
  console.log(isJson ? renderJson(verification) : renderSummary(verification).join('\n'));
  console.error(renderConclusion(verification));
  process.exitCode = faults.length > 0 ? 1 : 0;
}
