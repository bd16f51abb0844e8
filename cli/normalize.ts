import { once } from 'node:events';
import type { Command } from 'commander';
import { describeError, UsageError } from './endings.ts';
import { formatCount, formatNumber } from './format.ts';
import { type Input, resolveInputs } from './inputs.ts';
import { chooseJobs } from './normalize/choose-jobs.ts';
import { createEventMaker, type EventOptions } from './normalize/event-maker.ts';
import { FaultLog } from './normalize/fault-log.ts';
import { addFilterOptions, createFileFilter, type FilterOptions } from './normalize/input-filter.ts';
import type { Chunk } from './normalize/normalize-file.ts';
import { normalizeInputs, type Task } from './normalize/normalize-inputs.ts';
import { jobCount } from './option-values.ts';
import { callersFolder, commandLine } from './package.ts';
import { addProfileOptions } from './profile-options.ts';
import { Progress } from './progress.ts';
import { addSelectionOptions } from './selection-options.ts';

interface Options extends EventOptions, FilterOptions {
  jobs?: number;
}

export function addNormalizeCommand(program: Command, stop: AbortSignal): void {
  const command = program
    .command('normalize')
    .summary('print the events of log files')
    .description(
      'Print the normalized event of every record of CloudTrail log files, one per line, in order.',
    )
    .argument('<input...>', 'log files (.json.gz, .json), folders, globs, or - for standard input')
    .option('--pretty', 'indent the JSON', false)
    .option(
      '--jobs <number>',
      'files to read at the same time; the output stays in the order of the files (default: the processor cores, 1 for less than 1 MB)',
      jobCount,
    );
  addFilterOptions(command);
  addProfileOptions(command);
  addSelectionOptions(command)
    .addHelpText(
      'after',
      `
Examples:
  ${commandLine('normalize AWSLogs/')} | jq -c '[."@timestamp", .event.action, .source.address]'
  aws s3 cp s3://BUCKET/KEY - | ${commandLine('normalize -')}

Exit status: 0; 1 if any file or record is invalid (valid records are still printed); 2 for wrong usage; 130 after Ctrl-C.`,
    )
    .action((names: string[], options: Options) => normalizeAll(names, options, stop));
}

/** What a run has done so far. */
class Tally {
  files = 0;
  records = 0;
  dropped = 0;
  filtered = 0;
  filesFiltered = 0;
  bytes = 0;
  readonly faults = new FaultLog();

  add({ bytes, records, dropped, filtered }: Chunk): void {
    this.bytes += bytes;
    this.records += records;
    this.dropped += dropped;
    this.filtered += filtered;
  }
}

async function normalizeAll(names: string[], options: Options, stop: AbortSignal): Promise<void> {
  const maker = createEventMaker(options);
  const chooseFile = createFileFilter(options);
  const { inputs, errors, notes } = await resolveInputs(names, callersFolder());
  inputs.forEach(refuseNotification);
  const tally = new Tally();
  const tasks = chooseTasks(inputs, chooseFile);
  tally.filesFiltered = inputs.length - tasks.length;
  const chosen = tasks.map(({ input }) => input);
  const progress = new Progress({ totalBytes: totalOf(chosen) });
  for (const note of notes) progress.note(note);
  for (const { name, error } of errors)
    tally.faults.add(-1, name, { place: undefined, reason: describeError(error) });
  try {
    await normalizeInputs({
      ...{ tasks, options, maker, stop, write: printBytes },
      jobs: chooseJobs(options, chosen),
      onStart: () => {
        tally.files++;
      },
      onChunk(chunk, name, order) {
        tally.add(chunk);
        // A read that Ctrl-C ends is no fault of the file.
        const faults = chunk.faults.filter(({ place }) => place !== undefined || !stop.aborted);
        for (const fault of faults) tally.faults.add(order, name, fault);
        progress.update(tally.bytes, formatCount(tally.records, 'record'));
      },
    });
  } finally {
    progress.stop();
  }
  conclude(tally, stop);
}

function chooseTasks(inputs: readonly Input[], choose: ReturnType<typeof createFileFilter>): Task[] {
  return inputs.flatMap((input) => {
    const choice = choose(input.path ?? input.name);
    if (choice === 'nothing') return [];
    return [{ input, name: input.name, filter: choice === 'everything' ? undefined : choice }];
  });
}

/** @returns stored bytes; `undefined` if any input is a pipe */
function totalOf(inputs: readonly Input[]): number | undefined {
  return inputs.reduce<number | undefined>(
    (sum, { bytes }) => (sum === undefined || bytes === undefined ? undefined : sum + bytes),
    0,
  );
}

async function printBytes(bytes: Uint8Array): Promise<void> {
  if (!process.stdout.write(bytes)) await once(process.stdout, 'drain');
}

function refuseNotification({ name, notification }: Input): void {
  if (!notification?.isKnown) return;
  throw new UsageError(
    `${name} is a notification, not a log object. Run it with: ${commandLine(`local ${name}`)}`,
  );
}

/** Prints the faults and the last line, on stderr, and sets the exit status. */
function conclude(tally: Tally, stop: AbortSignal): void {
  const { count } = tally.faults;
  const done = describe(tally);
  for (const line of tally.faults.lines()) console.error(line);
  if (stop.aborted) console.error(`✖ interrupted: ${done}`);
  else if (count > 0) console.error(`✖ ${done}, ${formatCount(count, 'error')}`);
  else console.error(`✔ ${done}`);
  process.exitCode = count > 0 ? 1 : 0;
}

function describe({ files, records, dropped, filtered, filesFiltered }: Tally): string {
  const parts = [`${formatCount(records, 'record')} from ${formatCount(files, 'file')}`];
  if (dropped > 0) parts.push(`${formatNumber(dropped)} dropped by rules`);
  if (filtered > 0) parts.push(`${formatCount(filtered, 'record')} left out by filters`);
  if (filesFiltered > 0) parts.push(`${formatCount(filesFiltered, 'file')} left out by filters`);
  return parts.join(', ');
}
