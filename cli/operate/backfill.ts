import { randomUUID } from 'node:crypto';
import { type Command, Option } from 'commander';
import { type Clock, systemClock } from '../../lambda/clock.ts';
import { PACKINGS } from '../../lambda/contract.ts';
import { KINDS } from '../../lambda/trigger/trail-kinds.ts';
import { folderName } from '../option-values.ts';
import { commandLine } from '../package.ts';
import { addProfileOptions } from '../profile-options.ts';
import { addSelectionOptions } from '../selection-options.ts';
import {
  type BackfillOptions,
  byteRate,
  jobName,
  kindName,
  refuseUnused,
} from './backfill/backfill-options.ts';
import { DEFAULT_STATE, runLocal } from './backfill/local/run-local.ts';
import { type PauseOptions, pauseBackfill, resumeBackfill } from './backfill/pause-backfill.ts';
import { startBackfill } from './backfill/start-backfill.ts';
import { type StatusOptions, showStatus } from './backfill/status-backfill.ts';
import { type StopOptions, stopBackfill } from './backfill/stop-backfill.ts';
import {
  backfillPausePolicy,
  backfillPolicy,
  backfillResumePolicy,
  backfillStatusPolicy,
  backfillStopPolicy,
} from './permissions/policies.ts';
import { addPrintPolicy } from './permissions/print-policy.ts';
import { notEmpty, queueUrl, stackOption } from './replay-options.ts';
import { accountId, bucketName, organizationId, regionName, utcTime } from './verify-options.ts';

export function addBackfillCommand(program: Command, stop: AbortSignal, clock: Clock = systemClock): void {
  const backfill = program
    .command('backfill')
    .summary('deliver log objects that are already in the bucket')
    .description(
      'Deliver log objects that are already in a bucket, by the time in their names. Without --yes, only counts them, and estimates time and cost. The stack needs the setting backfill=true; --local delivers from this machine instead.',
    )
    .helpCommand(false)
    // Options after the name of a subcommand are the subcommand's.
    .enablePositionalOptions();
  addOptions(backfill);
  addPrintPolicy(backfill, backfillPolicy);
  backfill.action(async (options: BackfillOptions) => {
    refuseUnused(options);
    if (options.local !== undefined) await runLocal(options, stop);
    else await startBackfill(options, stop, { now: clock.now, randomName: () => randomUUID().slice(0, 8) });
  });
  addStatus(backfill, stop, clock);
  addPause(backfill, stop, clock);
  addStop(backfill, stop, clock);
}

function addStatus(backfill: Command, stop: AbortSignal, clock: Clock): void {
  const status = backfill
    .command('status')
    .summary('show how far the cursors are, and what is on the queue')
    .description(
      'Show how far the cursors of the backfill are, what is on its queues, and whether it is paused.',
    )
    .addOption(stackOption('stack with the backfill'))
    .option('--job <job>', 'only this job (default: all of the last 14 days)', jobName)
    .option('--json', 'print the result as JSON')
    .addHelpText(
      'after',
      `
Example:
  ${commandLine('backfill status')}

Exit status: 0; 1 if there are dead letters or a service refuses a cursor; 2 for wrong usage, or if it could not be told; 130 after Ctrl-C.`,
    )
    .action((options: StatusOptions) => showStatus(options, stop, clock));
  addPrintPolicy(status, backfillStatusPolicy);
}

function addPause(backfill: Command, stop: AbortSignal, clock: Clock): void {
  const pause = backfill
    .command('pause')
    .summary('let the function read no more messages of the backfill')
    .description(
      'Disable the event source mapping of the backfill queue, and print by when to resume: the queue deletes old messages.',
    )
    .addOption(stackOption('stack with the backfill'))
    .option('--until <time>', 'refuse a pause that the queue would not outlast, in UTC', utcTime)
    .option('--json', 'print the result as JSON')
    .addHelpText(
      'after',
      `
Examples:
  ${commandLine('backfill pause')}
  ${commandLine('backfill pause --until 2026-11-30')}

Exit status: 0; 2 for wrong usage, a pause that is too long, or if it could not be told; 130 after Ctrl-C.`,
    )
    .action((options: PauseOptions) => pauseBackfill(options, stop, clock));
  addPrintPolicy(pause, backfillPausePolicy);
  const resume = backfill
    .command('resume')
    .summary('continue after a pause')
    .description('Enable the event source mapping of the backfill queue.')
    .addOption(stackOption('stack with the backfill'))
    .option('--json', 'print the result as JSON')
    .addHelpText('after', `\nExample:\n  ${commandLine('backfill resume')}`)
    .action((options: PauseOptions) => resumeBackfill(options, stop, clock));
  addPrintPolicy(resume, backfillResumePolicy);
}

function addStop(backfill: Command, stop: AbortSignal, clock: Clock): void {
  const stopping = backfill
    .command('stop')
    .summary('take the cursors off the queue')
    .description(
      'Take the cursors off the backfill queue, and print the commands that continue from there. What is enqueued is still delivered. Waits up to 16 minutes for messages that are in flight or delayed.',
    )
    .addOption(stackOption('stack with the backfill'))
    .option('--job <job>', 'only cursors of this job (default: all)', jobName)
    .option('--yes', 'take them off; without it, nothing changes')
    .option('--json', 'print the result as JSON')
    .addHelpText(
      'after',
      `
Example:
  ${commandLine('backfill stop --yes')}

Exit status: 0; 1 if some messages could not be looked at; 2 for wrong usage, or if it could not be told; 130 after Ctrl-C.`,
    )
    .action((options: StopOptions) => stopBackfill(options, stop, clock));
  addPrintPolicy(stopping, backfillStopPolicy);
}

function addOptions(backfill: Command): void {
  backfill
    .option('--from <time>', 'start of the range, in UTC: 2026-01-01 or 2026-01-01T00:00:00Z', utcTime)
    .option('--to <time>', 'end of the range, in UTC, not included', utcTime)
    .option('--kind <kind>', `only this kind; repeatable: ${KINDS.join(', ')} (default: all)`, kindName)
    .option('--bucket <name>', "bucket of the trail (default: the stack's)", bucketName)
    .option('--prefix <prefix>', "the trail's key prefix, before AWSLogs/")
    .option('--organization <id>', 'organization of an organization trail: o-a1b2c3d4e5', organizationId)
    .option('--account <id>', 'only this account; repeatable (default: all in the bucket)', accountId)
    .option('--region <name>', 'only this Region; repeatable (default: all in the bucket)', regionName)
    .option('--newest-first', 'start with the last day')
    .option('--no-count', 'do not list the objects to count them, which costs $5 per billion')
    .addOption(stackOption('stack whose outputs name bucket and queue'))
    .option('--queue <url>', 'backfill queue, instead of the one of the stack', queueUrl)
    .option('--job <job>', 'job that could not be sent to its end (default: a new one)', jobName)
    .option('--local <source>', 'deliver from this machine: a folder, or s3://BUCKET/PREFIX', notEmpty)
    .option('--stream <names>', 'with --local: delivery streams of the events, separated by commas', notEmpty)
    .option('--out <folder>', 'with --local: folder for events.ndjson, instead of a stream', folderName)
    .addOption(
      new Option('--packing <packing>', 'with --local: events per Firehose record').choices(PACKINGS),
    );
  addProfileOptions(backfill)
    .option('--bytes-per-second <n>', 'with --local: limit of what is sent (default: none)', byteRate)
    .option(
      '--state <file>',
      `with --local: what was delivered so far (default: ${DEFAULT_STATE})`,
      notEmpty,
    );
  addSelectionOptions(backfill, 'with --local: ')
    .option('--yes', 'start it; without it, nothing changes')
    .option('--json', 'print the result as JSON')
    .addHelpText(
      'after',
      `
Examples:
  ${commandLine('backfill --from 2026-01-01 --to 2026-11-01')}
  ${commandLine('backfill --from 2026-01-01 --to 2026-11-01 --kind log --yes')}
  ${commandLine('backfill --local s3://BUCKET/AWSLogs/ --stream NAME --packing gzip --yes')}
  ${commandLine('backfill --local AWSLogs/ --out events --yes')}

Exit status: 0; 1 if something was not delivered or sent; 2 for wrong usage, or if it could not be told; 130 after Ctrl-C. To continue, run the same command again.`,
    );
}
