import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { CouldNotTellError, describeError, UsageError } from './endings.ts';
import { formatCount } from './format.ts';
import { type Input, isS3Url, type ResolvedInputs, resolveInputs } from './inputs.ts';
import { chooseJobs } from './normalize/choose-jobs.ts';
import { duckDbSql } from './normalize/duckdb-sql.ts';
import { createEventMaker, type EventMaker, type EventOptions } from './normalize/event-maker.ts';
import {
  addFilterOptions,
  createFileFilter,
  type FileFilter,
  type FilterOptions,
} from './normalize/input-filter.ts';
import { normalizeInputs, type Task } from './normalize/normalize-inputs.ts';
import { outputPlaces } from './normalize/output-names.ts';
import { argumentsOf, NormalizeState } from './normalize/run-state.ts';
import { conclude, Tally } from './normalize/tally.ts';
import { folderName, jobCount } from './option-values.ts';
import { callersFolder, commandLine } from './package.ts';
import { addProfileOptions } from './profile-options.ts';
import { Progress } from './progress.ts';
import { addSelectionOptions } from './selection-options.ts';

interface Options extends EventOptions, FilterOptions {
  jobs?: number;
  out?: string;
  gzip?: boolean;
  state?: string;
  printDuckdb?: boolean;
}

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
      'files to read at the same time; the output stays in the order of the files (default: the processor cores, 1 for less than 1 MB)',
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
    .action((names: string[], options: Options) => normalizeAll(names, options, stop));
}

async function normalizeAll(names: string[], options: Options, stop: AbortSignal): Promise<void> {
  if (options.printDuckdb) return console.log(duckDbSql(options.profile, options));
  if (names.length === 0) throw new UsageError("missing required argument 'input'");
  refuseUnused(options);
  const maker = createEventMaker(options);
  const chooseFile = createFileFilter(options);
  const s3 = names.some(isS3Url) ? await openS3(options, stop) : undefined;
  try {
    const resolved = await resolveInputs(names, callersFolder(), s3?.list);
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
  options: Options,
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
  if (out === undefined) await runTasks(chosen, run, stop);
  else await runIntoFolder(chosen, out, run, stop);
  conclude(tally, stop);
}

/** @throws UsageError for an option that has no effect */
function refuseUnused({ out, gzip, state }: Options): void {
  if (out !== undefined) return;
  if (gzip) throw new UsageError('--gzip requires --out');
  if (state !== undefined) throw new UsageError('--state requires --out');
}

interface Run {
  readonly options: Options;
  readonly maker: EventMaker;
  readonly tally: Tally;
  /** Lines to print first. */
  readonly notes: readonly string[];
}

/** Writes a file for each input, and remembers it in the state if there is one. */
async function runIntoFolder(tasks: Task[], out: string, run: Run, stop: AbortSignal): Promise<void> {
  const { options, tally } = run;
  const places = outputPlaces(
    tasks.map(({ input }) => input),
    out,
    options.gzip ?? false,
  );
  const placed = tasks.map((task, index) => ({ ...task, out: places[index] }));
  if (options.state === undefined) return await runTasks(placed, run, stop);
  const lost = new AbortController();
  const state = await NormalizeState.open(options.state, argumentsOf(options, out), () => lost.abort());
  try {
    const open = placed.filter(
      ({ input, out: place }) =>
        !existsSync(place?.path ?? '') ||
        input.bytes === undefined ||
        !state.isDone(idOf(input), input.bytes),
    );
    tally.filesDone = placed.length - open.length;
    await runTasks(open, run, AbortSignal.any([stop, lost.signal]), ({ name, input }) => {
      if (input.bytes === undefined || lost.signal.aborted) return;
      if (!tally.unreadable.has(name)) state.finish(idOf(input), input.bytes);
    });
    if (lost.signal.aborted)
      throw new CouldNotTellError(`another run took over ${options.state}: this one ends`);
  } finally {
    if (!lost.signal.aborted) state.save();
    await state.close();
  }
}

/** Identifies an input in the state. A replaced object is another one. */
function idOf({ name, path, s3Object }: Input): string {
  return path ?? (s3Object ? `${name} ${s3Object.etag}` : name);
}

async function runTasks(
  tasks: readonly Task[],
  { options, maker, tally, notes }: Run,
  stop: AbortSignal,
  onEnd: (task: Task) => void = () => {},
): Promise<void> {
  const inputs = tasks.map(({ input }) => input);
  const progress = new Progress({ totalBytes: totalOf(inputs) });
  for (const note of notes) progress.note(note);
  try {
    await normalizeInputs({
      ...{ tasks, options, maker, stop, onEnd, write: printBytes },
      jobs: chooseJobs(options, inputs),
      onStart: () => {
        tally.files++;
      },
      onChunk(chunk, name, order) {
        tally.add(chunk, name, order, stop);
        progress.update(tally.bytes, formatCount(tally.records, 'record'));
      },
    });
  } finally {
    progress.stop();
  }
}

function chooseTasks(inputs: readonly Input[], choose: FileFilter): Task[] {
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

/** Resolves when the bytes are written and their memory may be reused. A closed pipe ends the process. */
async function printBytes(bytes: Uint8Array): Promise<void> {
  await new Promise<void>((resolve) => process.stdout.write(bytes, () => resolve()));
}

function refuseNotification({ name, notification }: Input): void {
  if (!notification?.isKnown) return;
  throw new UsageError(
    `${name} is a notification, not a log object. Run it with: ${commandLine(`local ${name}`)}`,
  );
}
