import type { Command } from 'commander';
import type { LogObjectRef } from '../../lambda/trigger/log-object-ref.ts';
import { commandLine } from '../package.ts';
import { replayDeadLettersPolicy, replayErrorsPolicy, replayObjectPolicy } from './permissions/policies.ts';
import { addPrintPolicy } from './permissions/print-policy.ts';
import { replayDeadLetters } from './replay-dead-letters.ts';
import { type ErrorFolder, errorFolder } from './replay-errors/error-folder.ts';
import { type ReplayErrorsOptions, replayErrors } from './replay-errors/replay-errors.ts';
import { replayObjects } from './replay-objects.ts';
import {
  type DeadLetterOptions,
  keyMatcher,
  notEmpty,
  type ObjectOptions,
  queueUrl,
  recordSelection,
  s3Object,
  stackOption,
  streamNames,
} from './replay-options.ts';

const NAMES_QUEUES = 'stack whose outputs name the queues';

/** @param now milliseconds since 1970 */
export function addReplayCommand(program: Command, stop: AbortSignal, now: () => number = Date.now): void {
  const replay = program
    .command('replay')
    .summary('read log objects again, or send undelivered records again')
    .description(
      'Put messages on the work queue, for the function to read log objects again, or records into the stream.',
    )
    .helpCommand(false);
  addDeadLetters(replay, stop, now);
  addObjects(replay, stop, now);
  addErrors(replay, stop);
}

function addDeadLetters(replay: Command, stop: AbortSignal, now: () => number): void {
  const command = replay
    .command('dlq')
    .summary('list the dead-letter queue, or move its messages to the work queue')
    .description(
      'List the dead-letter queue by log object. With --yes, move the matching messages to the work queue.',
    )
    .addOption(stackOption(NAMES_QUEUES).conflicts(['workQueue', 'deadLetterQueue']))
    .option('--dead-letter-queue <url>', 'dead-letter queue, instead of --stack', queueUrl)
    .option('--work-queue <url>', 'work queue, instead of --stack', queueUrl)
    .option('--key <glob>', 'only messages with a matching key; * matches any characters, even /', keyMatcher)
    .option('--yes', 'move the messages; without it, nothing changes')
    .option('--json', 'print the result as JSON')
    .addHelpText(
      'after',
      `
Examples:
  ${commandLine('replay dlq')}
  ${commandLine("replay dlq --key '*/CloudTrail/eu-west-3/2026/11/03/*' --yes")}

Exit status: 0; 1 if a message could not be moved, or is unknown and stays; 2 for wrong usage, or if the queues could not be read; 130 after Ctrl-C.`,
    )
    .action((options: DeadLetterOptions) => replayDeadLetters(options, stop, now));
  addPrintPolicy(command, replayDeadLettersPolicy);
}

function addObjects(replay: Command, stop: AbortSignal, now: () => number): void {
  const command = replay
    .command('object')
    .summary('put log objects on the work queue')
    .description('Put messages for log objects on the work queue. Events that were delivered before repeat.')
    .argument('<objects...>', 's3://BUCKET/KEY', s3Object)
    .addOption(stackOption(NAMES_QUEUES).conflicts('workQueue'))
    .option('--work-queue <url>', 'work queue, instead of --stack', queueUrl)
    .option('--records <range>', 'only these records: 100-200, or 100- up to the end', recordSelection)
    .option('--version-id <id>', 'a version of the object', notEmpty)
    .option('--yes', 'send the messages; without it, nothing changes')
    .addHelpText(
      'after',
      `
Examples:
  ${commandLine('replay object s3://BUCKET/KEY --yes')}
  ${commandLine('replay object s3://BUCKET/KEY --records 100-200 --yes')}

Exit status: 0; 2 for wrong usage, or if the messages could not be sent; 130 after Ctrl-C.`,
    )
    .action((objects: LogObjectRef[], options: ObjectOptions) => replayObjects(objects, options, stop, now));
  addPrintPolicy(command, replayObjectPolicy);
}

function addErrors(replay: Command, stop: AbortSignal): void {
  const command = replay
    .command('errors')
    .summary('put what Firehose could not deliver into the stream again')
    .description(
      'Count the records below the error prefix of Firehose. With --yes, put them into the stream again, byte for byte, and move each object to errors-done/ when Firehose has acknowledged all its records.',
    )
    .argument('<folder>', 's3://BUCKET/errors/, a folder below it, or one object', errorFolder)
    .addOption(stackOption('stack whose outputs name the stream').conflicts('stream'))
    .option('--stream <names>', 'delivery streams separated by commas, instead of --stack', streamNames)
    .option('--yes', 'send the records; without it, nothing changes')
    .option('--json', 'print the result as JSON')
    .addHelpText(
      'after',
      `
Examples:
  ${commandLine('replay errors s3://BUCKET/errors/')}
  ${commandLine('replay errors s3://BUCKET/errors/http-endpoint-failed/day=2026-11-03/ --yes')}

Exit status: 0; 1 if an object stays, because it is malformed or the stream refused it; 2 for wrong usage, or if the objects could not be read; 130 after Ctrl-C.`,
    )
    .action((folder: ErrorFolder, options: ReplayErrorsOptions) => replayErrors(folder, options, stop));
  addPrintPolicy(command, replayErrorsPolicy);
}
