import { realpath } from 'node:fs/promises';
import { type Command, Option } from 'commander';
import { PACKINGS, type Packing } from '../lambda/contract.ts';
import { startLocalAccount } from '../local/account.ts';
import { deliverInputs, type RunResult } from './deliver-inputs.ts';
import { describeError, keepRunningOnClosedPipe, UsageError } from './endings.ts';
import { EventOutput } from './event-output.ts';
import { formatCount } from './format.ts';
import type { Input } from './input.ts';
import { resolveInputs } from './inputs.ts';
import { describeRun, listFailures } from './local-summary.ts';
import { folderName, positiveNumber, seed, streamCount, timeoutSeconds } from './option-values.ts';
import { callersFolder, commandLine, isCheckout, packageRoot } from './package.ts';
import { addProfileOptions, chooseProfileOf, type ProfileOptions } from './profile-options.ts';
import { addSelectionOptions, readSelection, type SelectionOptions } from './selection-options.ts';

interface Options extends ProfileOptions, SelectionOptions {
  packing?: Packing;
  streams: number;
  out: string;
  timeout: number;
  rate?: number;
  faults?: number;
  log: boolean;
  demo: boolean;
}

const DEFAULT_INPUT = 'events/varied.json';

/** The package has these files too, but not in the caller's folder. */
const NOTIFICATION_EXAMPLE = isCheckout
  ? `  ${commandLine('local events/several-records.json')}     sample notification, see events/README.md\n`
  : '';

export function addLocalCommand(program: Command, stop: AbortSignal): void {
  const command = program
    .command('local')
    .summary('run the Lambda handler on this machine')
    .description(
      'Run the Lambda handler on sample or your own log files, against local S3, Firehose and SQS. Nothing leaves this machine.',
    )
    .argument(
      '[input...]',
      `log files, folders, globs, - for standard input, or one notification (default: ${DEFAULT_INPUT})`,
    )
    .addOption(
      new Option(
        '--packing <packing>',
        'events per Firehose record (default: lines, with --faults single)',
      ).choices(PACKINGS),
    );
  addProfileOptions(command)
    .option('--out <folder>', 'folder for events.ndjson, the delivered events', folderName, 'out')
    .option('--streams <number>', 'delivery streams to spread the objects over, up to 32', streamCount, 1)
    .option('--timeout <seconds>', 'timeout of the function, up to 900', timeoutSeconds, 900)
    .option('--rate <MiB/s>', 'simulate a stream throughput (default: unlimited)', positiveNumber)
    .option('--faults <seed>', 'inject faults, the same ones for the same seed (default: none)', seed)
    .option('--log', "print the function's log lines as CloudWatch Logs holds them", false)
    .option('--demo', 'plant gaps in an account with history, and mend them with the commands', false);
  addSelectionOptions(command)
    .addHelpText(
      'after',
      `
Examples:
  ${commandLine('local')}                                 sample log object
${NOTIFICATION_EXAMPLE}  ${commandLine('local AWSLogs/ --out events')}           your own log files
  ${commandLine('local big.json.gz --rate 0.5')}          an object that takes several invocations
  ${commandLine('local --faults 4')}                      injected faults
  ${commandLine('local --demo')}                          backfill, verify and status on planted gaps

Exit status: 0 if everything was delivered; 1 if an object is in the dead-letter queue or holds no records, or if a
task failed; 2 for wrong usage; 130 after Ctrl-C.`,
    )
    .action(async (names: string[], options: Options) => {
      if (!options.demo) return run(names, options, stop);
      if (names.length > 0) throw new UsageError('--demo makes its own log files. Leave out the others.');
      const { runDemo } = await import('./demo/demo.ts');
      await runDemo(stop);
    });
}

async function run(names: string[], options: Options, stop: AbortSignal): Promise<void> {
  const { environment } = chooseProfileOf(options);
  readSelection(options);
  const inputs = await resolveNames(names, stop);
  await refuseConflicts(inputs, EventOutput.pathOf(options.out, callersFolder()));
  keepRunningOnClosedPipe();
  // One event per record and small calls: more requests that can fail.
  const packing = options.packing ?? (options.faults === undefined ? 'lines' : 'single');
  const failure = new AbortController();
  const output = await EventOutput.open(options.out, callersFolder(), {
    packing,
    findDuplicates: options.faults !== undefined,
    onError: (error) => failure.abort(error),
  });
  const used = new Set<string>();
  const account = await startLocalAccount((record, stream) => {
    used.add(stream);
    output.write(record);
  });
  try {
    const result = await deliverInputs(
      inputs,
      { ...options, packing, environment },
      { account, output, stop, failure: failure.signal },
    );
    const streams = { streams: options.streams, usedStreams: used.size };
    console.log(
      describeRun({ ...result, ...streams, input: names.length > 0 ? names : [DEFAULT_INPUT], output }),
    );
    conclude(result, output, stop);
  } finally {
    await Promise.all([output.close(), account.close()]);
  }
}

async function resolveNames(names: readonly string[], stop: AbortSignal): Promise<Input[]> {
  const { inputs, errors, notes } =
    names.length > 0
      ? await resolveInputs(names, callersFolder(), { stop })
      : await resolveInputs([DEFAULT_INPUT], packageRoot, { stop });
  const [first] = errors;
  if (first) throw new Error(`cannot read ${first.name}: ${describeError(first.error)}`);
  for (const note of notes) console.error(note);
  if (inputs.length === 0) throw new Error('no log object found');
  return inputs;
}

/**
 * Stops before anything is written.
 *
 * @param output path of the file of events
 */
async function refuseConflicts(inputs: readonly Input[], output: string): Promise<void> {
  const notification = inputs.find((input) => input.notification);
  if (notification && inputs.length > 1)
    throw new UsageError(`${notification.name} is a notification and must be the only input`);
  const written = await realpath(output).catch(() => output);
  for (const { name, path } of inputs)
    if (path !== undefined && (await realpath(path)) === written)
      throw new UsageError(`${name} is also where the events go. Choose another folder with --out.`);
}

/** Prints the last line, on stderr, and sets the exit status. */
function conclude(result: RunResult, output: EventOutput, stop: AbortSignal): void {
  const failures = listFailures(result);
  const delivered = `${formatCount(output.events, 'event')} in ${output.name}`;
  if (stop.aborted) console.error(`✖ interrupted: ${delivered}`);
  else if (failures.length > 0) console.error(`✖ ${failures.join(', ')}; ${delivered}`);
  else console.error(`✔ ${delivered}`);
  process.exitCode = failures.length > 0 ? 1 : 0;
}
