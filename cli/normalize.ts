import { resolve } from 'node:path';
import type { Command } from 'commander';
import { CouldNotTellError, describeError, UsageError } from './endings.ts';
import { type Input, timeOfInput } from './input.ts';
import { isS3Url, resolveInputs } from './inputs.ts';
import { duckDbSql } from './normalize/duckdb-sql.ts';
import { createEventMaker, type EventMaker } from './normalize/event-maker.ts';
import {
  addFilterOptions,
  createFileFilter,
  type FileFilter,
  type FilterOptions,
} from './normalize/input-filter.ts';
import { type NormalizeOptions, runIntoFolder, runTasks } from './normalize/run-tasks.ts';
import { conclude, concludeEarly, Tally } from './normalize/tally.ts';
import type { Task } from './normalize/task-groups.ts';
import { folderName, jobCount } from './option-values.ts';
import { callersFolder, commandLine } from './package.ts';
import { addProfileOptions } from './profile-options.ts';
import type { ResolvedInputs } from './resolved-inputs.ts';
import { addSelectionOptions } from './selection-options.ts';

export function addNormalizeCommand(program: Command, stop: AbortSignal): void {
  const command = program
    .command('normalize')
    .summary('print the events of log files')
    .description(
      'Print the normalized event of every record of CloudTrail log files, one per line, in order.',
    )
    .usage('[options] <input...>')
    .argument(
      '[input...]',
      'log files (.json.gz, .json), folders, globs, s3://BUCKET/PREFIX, or - for standard input',
    )
    .option('--pretty', 'indent the JSON', false)
    .option(
      '--jobs <number>',
      'threads; the output stays in the order of the files (default: the processor cores, 1 for less than 1 MB)',
      jobCount,
    );
  command
    .option('--out <folder>', 'write a file for each input there instead of printing', folderName)
    .option('--gzip', 'compress these files')
    .option('--state <file>', 'remember there which inputs are done: the same command goes on after Ctrl-C');
  command.option('--print-duckdb', 'print the SQL by which DuckDB writes the events into a Parquet file');
  addFilterOptions(command);
  addProfileOptions(command);
  addSelectionOptions(command)
    .addHelpText(
      'after',
      `
Examples:
  ${commandLine('normalize AWSLogs/')} | jq -c '[."@timestamp", .event.action, .source.address]'
  ${commandLine('normalize --out events/ --gzip --state events.state.json AWSLogs/')}
  ${commandLine('normalize --out events/ --print-duckdb')} | duckdb
  ${commandLine('normalize s3://BUCKET/AWSLogs/111122223333/CloudTrail/eu-west-1/2026/11/03/')}
  ${commandLine('normalize --since 2026-11-03 --region eu-west-1 s3://BUCKET/AWSLogs/')}
  zcat FILE | ${commandLine('normalize -')}

S3 is read with the credentials and the Region of the environment, as by the AWS CLI (AWS_PROFILE, AWS_REGION,
AWS_ENDPOINT_URL). It needs s3:ListBucket and s3:GetObject.

Exit status: 0; 1 if any file or record is invalid (valid records are still printed); 2 for wrong usage; 130 after Ctrl-C.`,
    )
    .action((names: string[], options: NormalizeOptions) => normalizeAll(names, options, stop));
}

async function normalizeAll(names: string[], options: NormalizeOptions, stop: AbortSignal): Promise<void> {
  if (options.printDuckdb) return console.log(duckDbSql(options.profile, options));
  if (names.length === 0) throw new UsageError("missing required argument 'input'");
  refuseUnused(options);
  const maker = createEventMaker(options);
  const chooseFile = createFileFilter(options);
  const s3 = names.some(isS3Url) ? await openS3(options, stop) : undefined;
  try {
    const resolved = await resolveInputs(names, callersFolder(), { stop, listS3: s3?.list });
    await normalizeResolved(resolved, options, maker, chooseFile, stop);
  } finally {
    s3?.close();
  }
}

/** Loads the SDK only if it is needed: it doubles the time to start. */
async function openS3(filters: FilterOptions, stop: AbortSignal) {
  const { createS3Client } = await import('./normalize/s3-object.ts');
  const { listS3Inputs } = await import('./normalize/s3-inputs.ts');
  const client = createS3Client();
  return {
    list: (url: string) => listS3Inputs(url, filters, client, stop),
    close: () => client.destroy(),
  };
}

async function normalizeResolved(
  { inputs, errors, notes }: ResolvedInputs,
  options: NormalizeOptions,
  maker: EventMaker,
  chooseFile: FileFilter,
  stop: AbortSignal,
): Promise<void> {
  inputs.forEach(refuseNotification);
  const tally = new Tally();
  for (const { name, error } of errors)
    tally.faults.add(-1, name, { place: undefined, reason: describeError(error) });
  const chosen = chooseTasks(inputs, chooseFile);
  tally.filesFiltered = inputs.length - chosen.length;
  const run = { options, maker, tally, notes };
  const out = options.out === undefined ? undefined : resolve(callersFolder(), options.out);
  const canGoOn = options.state !== undefined;
  try {
    if (out === undefined) await runTasks(chosen, run, stop);
    else await runIntoFolder(chosen, out, run, stop);
  } catch (error) {
    if (!(error instanceof UsageError))
      concludeEarly(tally, canGoOn && !(error instanceof CouldNotTellError));
    throw error;
  }
  conclude(tally, stop, canGoOn);
}

/** @throws UsageError for an option that has no effect */
function refuseUnused({ out, gzip, state }: NormalizeOptions): void {
  if (out !== undefined) return;
  if (gzip) throw new UsageError('--gzip requires --out');
  if (state !== undefined) throw new UsageError('--state requires --out');
}

function chooseTasks(inputs: readonly Input[], choose: FileFilter): Task[] {
  return inputs.flatMap((input) => {
    const choice = choose(input.path ?? input.name);
    if (choice === 'nothing') return [];
    const filter = choice === 'everything' ? undefined : choice;
    return [{ input, name: input.name, time: timeOfInput(input), filter }];
  });
}

function refuseNotification({ name, notification }: Input): void {
  if (!notification?.isKnown) return;
  throw new UsageError(
    `${name} is a notification, not a log object. Run it with: ${commandLine(`local ${name}`)}`,
  );
}
