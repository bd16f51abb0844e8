import { type Command, Option } from 'commander';
import { PACKINGS } from '../../../lambda/contract.ts';
import { commandLine } from '../../package.ts';
import type { Finding } from '../finding.ts';
import { preflightPolicy } from '../permissions/policies.ts';
import { addPrintPolicy } from '../permissions/print-policy.ts';
import { notEmpty, stackOption, streamNames } from '../replay-options.ts';
import { bucketName, organizationId } from '../verify-options.ts';
import { checkBucket } from './check-bucket.ts';
import { checkFunction } from './check-function.ts';
import { checkLogFiles } from './check-log-files.ts';
import { checkStreams } from './check-streams.ts';
import { checkTrail } from './check-trail.ts';
import { findTargets } from './find-targets.ts';
import { concurrency, type PreflightOptions, trailName } from './preflight-options.ts';
import { renderConclusion, renderFindings, renderJson, statusOf } from './preflight-summary.ts';
import { TRIGGERS } from './targets.ts';

/** @param now milliseconds since 1970 */
export function addPreflightCommand(program: Command, stop: AbortSignal, now: () => number = Date.now): void {
  const command = program
    .command('preflight')
    .summary('check trail, bucket, stream and function, before a deployment or if nothing arrives')
    .description(
      'Check trail, bucket, stream and function. With --bucket, before a deployment; without, the resources of a stack. Changes nothing.',
    )
    .addOption(stackOption('stack to check').conflicts(['bucket', 'stream']))
    .option('--bucket <name>', 'bucket of the trail, before a deployment', bucketName)
    .option(
      '--trail <name>',
      'name or ARN of the trail (default: the one that writes to the bucket)',
      trailName,
    )
    .option('--stream <names>', 'existing delivery streams, separated by commas', streamNames)
    .option(
      '--prefix <prefix>',
      "the trail's key prefix, before AWSLogs/ (default: from the trail)",
      notEmpty,
    )
    .option('--organization <id>', 'organization of an organization trail: o-a1b2c3d4e5', organizationId)
    .addOption(new Option('--trigger <name>', 'how the function is notified').choices(TRIGGERS))
    .addOption(new Option('--packing <name>', 'how events become Firehose records').choices(PACKINGS))
    .option('--max-concurrency <number>', 'invocations that the work queue may start', concurrency)
    .option('--json', 'print the result as JSON')
    .addHelpText(
      'after',
      `
Examples:
  ${commandLine('preflight')}
  ${commandLine('preflight --bucket NAME --trail NAME')}

Exit status: 0, even with warnings; 1 if a check fails; 2 for wrong usage, or if a check could not be made; 130 after Ctrl-C.`,
    )
    .action((options: PreflightOptions) => preflight(options, stop, now()));
  addPrintPolicy(command, preflightPolicy);
}

async function preflight(options: PreflightOptions, stop: AbortSignal, nowMs: number): Promise<void> {
  const { targets, findings: ofFunction } = await findTargets(options, stop);
  const { findings: ofTrail, facts } = await checkTrail(targets, stop);
  const root = targets.root ?? facts?.root;
  const files = await checkLogFiles({ bucket: targets.bucket, root }, nowMs, stop);
  const findings: Finding[] = [
    ...ofTrail,
    ...(await checkBucket(targets, facts, nowMs, stop)),
    ...files.findings,
    ...(await checkStreams(targets, files.busiest, new Date(nowMs), stop)),
    ...ofFunction,
    ...(await checkFunction(targets, stop)),
  ];
  console.log(options.json ? renderJson(findings) : [...renderFindings(findings), ''].join('\n'));
  console.error(renderConclusion(findings));
  process.exitCode = statusOf(findings);
}
