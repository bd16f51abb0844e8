import { S3Client } from '@aws-sdk/client-s3';
import type { Command } from 'commander';
import type { Judgement } from '../../digest/judge-region.ts';
import { CouldNotTellError } from '../endings.ts';
import { formatCount } from '../format.ts';
import { commandLine } from '../package.ts';
import { Progress } from '../progress.ts';
import { BucketReader } from './bucket-reader.ts';
import { CLIENT_OPTIONS } from './client-options.ts';
import { mapConcurrently } from './concurrently.ts';
import { findRegions } from './find-regions.ts';
import { listKeys, readKeys } from './public-keys.ts';
import {
  accountId,
  bucketName,
  filterOf,
  organizationId,
  pathOf,
  rangeOf,
  regionName,
  utcTime,
  type VerifyOptions,
} from './verify-options.ts';
import { verifyRegion } from './verify-region.ts';
import {
  formatTime,
  renderConclusion,
  renderJson,
  renderSummary,
  type Verification,
} from './verify-summary.ts';

const REGIONS_IN_FLIGHT = 4;

/** @param now milliseconds since 1970 */
export function addVerifyCommand(program: Command, stop: AbortSignal, now: () => number = Date.now): void {
  program
    .command('verify')
    .summary('check log files against the signed digests of CloudTrail')
    .description(
      "Compare a trail's bucket with the digests that CloudTrail signs every hour: missing or changed log files, unsigned objects, missing or invalid digests.",
    )
    .requiredOption('--from <time>', 'start of the range, in UTC: 2026-11-03T00:00:00Z', utcTime)
    .requiredOption('--to <time>', 'end of the range, in UTC', utcTime)
    .requiredOption('--bucket <name>', 'bucket of the trail', bucketName)
    .option('--prefix <prefix>', "the trail's key prefix, before AWSLogs/")
    .option('--organization <id>', 'organization of an organization trail: o-a1b2c3d4e5', organizationId)
    .option('--account <id>', 'only this account; repeatable (default: all in the bucket)', accountId)
    .option('--region <name>', 'only this Region; repeatable (default: all in the bucket)', regionName)
    .option('--deep', 'read every log file and compare its hash')
    .option('--keys <file>', 'output of `aws cloudtrail list-public-keys`, instead of asking CloudTrail')
    .option('--json', 'print the result as JSON')
    .addHelpText(
      'after',
      `
Examples:
  ${commandLine('verify --from 2026-11-03T00:00:00Z --to 2026-11-04T00:00:00Z --bucket NAME')}
  ${commandLine('verify --from 2026-11-03 --to 2026-11-04 --bucket NAME --deep --json')} | jq .faults

Exit status: 0; 1 if anything is missing, changed or invalid; 2 for wrong usage, or if it could not be checked; 130 after Ctrl-C.`,
    )
    .action((options: VerifyOptions) => verify(options, stop, now()));
}

async function verify(options: VerifyOptions, stop: AbortSignal, nowMs: number): Promise<void> {
  const { bucket, deep: isDeep = false, keys, json = false } = options;
  const range = rangeOf(options);
  const filter = filterOf(options);
  const findKey = keys === undefined ? listKeys(range, stop) : readKeys(pathOf(keys), keys);
  // S3 may throttle the lists of a large bucket.
  const s3 = new S3Client({ ...CLIENT_OPTIONS, maxAttempts: 8 });
  const reader = new BucketReader(s3, stop);
  const progress = new Progress({ totalBytes: undefined });
  const counts = { bytes: 0, digests: 0, files: 0 };
  function count(what: 'digests' | 'files', bytes: number): void {
    counts[what]++;
    counts.bytes += bytes;
    progress.update(
      counts.bytes,
      `${formatCount(counts.digests, 'digest')}, ${formatCount(counts.files, 'log file')}`,
    );
  }
  const run = {
    ...{ reader, bucket, root: filter.root, range, isDeep, findKey, nowMs },
    onDigest: (bytes: number) => count('digests', bytes),
    onFile: (bytes: number) => count('files', bytes),
  };
  let judgements: Judgement[];
  try {
    const regions = await findRegions(reader, filter);
    judgements = await mapConcurrently(regions, REGIONS_IN_FLIGHT, (region) => verifyRegion(run, region));
  } finally {
    progress.stop();
    s3.destroy();
  }
  conclude({ bucket, root: filter.root, range, isDeep, ...merge(judgements) }, json);
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
