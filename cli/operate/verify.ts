import type { Command } from 'commander';
import { commandLine } from '../package.ts';
import { verifyPolicy } from './permissions/policies.ts';
import { addPrintPolicy } from './permissions/print-policy.ts';
import { notEmpty, queueUrl, stackOption } from './replay-options.ts';
import {
  accountId,
  bucketName,
  organizationId,
  receiptLocation,
  regionName,
  utcTime,
  type VerifyOptions,
} from './verify-options.ts';
import { verifyTrail } from './verify-trail.ts';

/** @param now milliseconds since 1970 */
export function addVerifyCommand(program: Command, stop: AbortSignal, now: () => number = Date.now): void {
  const command = program
    .command('verify')
    .summary('prove that every record of every log file was delivered')
    .description(
      "Compare the digests that CloudTrail signs every hour, the trail's bucket, and the function's receipts: log files that are missing, changed or not delivered, unsigned objects, missing or invalid digests.",
    )
    .requiredOption('--from <time>', 'start of the range, in UTC: 2026-11-03T00:00:00Z', utcTime)
    .requiredOption('--to <time>', 'end of the range, in UTC', utcTime)
    .addOption(stackOption('stack whose outputs name what the options do not'))
    .option('--bucket <name>', 'bucket of the trail', bucketName)
    .option('--prefix <prefix>', "the trail's key prefix, before AWSLogs/")
    .option('--organization <id>', 'organization of an organization trail: o-a1b2c3d4e5', organizationId)
    .option('--account <id>', 'only this account; repeatable (default: all in the bucket)', accountId)
    .option('--region <name>', 'only this Region; repeatable (default: all in the bucket)', regionName)
    .option('--deep', 'read every log file and compare its hash')
    .option('--keys <file>', 'output of `aws cloudtrail list-public-keys`, instead of asking CloudTrail')
    .option('--receipts <location>', 'receipts: s3://BUCKET/receipts/', receiptLocation)
    .option('--no-receipts', 'judge digests and bucket alone, for a trail that no stack reads')
    .option('--function <name>', 'function whose settings tell what is left out', notEmpty)
    .option('--enqueue', 'put objects without complete receipts on the work queue')
    .option('--work-queue <url>', 'work queue, instead of that of --stack', queueUrl)
    .option('--yes', 'send the messages of --enqueue; without it, nothing changes')
    .option('--json', 'print the result as JSON')
    .addHelpText(
      'after',
      `
Examples:
  ${commandLine('verify --from 2026-11-03T00:00:00Z --to 2026-11-04T00:00:00Z --deep')}
  ${commandLine('verify --from 2026-11-03 --to 2026-11-04 --enqueue --yes')}
  ${commandLine('verify --from 2026-11-03 --to 2026-11-04 --bucket NAME --no-receipts --json')} | jq .faults

Exit status: 0; 1 if anything is missing, changed, invalid or not delivered; 2 for wrong usage, or if it could not be checked; 130 after Ctrl-C.`,
    )
    .action((options: VerifyOptions) => verifyTrail(options, stop, now()));
  addPrintPolicy(command, verifyPolicy);
}
