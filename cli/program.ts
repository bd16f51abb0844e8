import { Command, CommanderError } from 'commander';
import { addBenchCommand } from './bench.ts';
import {
  CouldNotTellError,
  describeError,
  endQuietlyOnClosedPipe,
  stopOnSignals,
  UsageError,
} from './endings.ts';
import { addLocalCommand } from './local.ts';
import { addNormalizeCommand } from './normalize.ts';
import { addBackfillCommand } from './operate/backfill.ts';
import { addPreflightCommand } from './operate/preflight/preflight.ts';
import { addReplayCommand } from './operate/replay.ts';
import { addStatusCommand } from './operate/status/status.ts';
import { addVerifyCommand } from './operate/verify.ts';
import { packageVersion } from './package.ts';
import { addRulesCommand } from './rules.ts';

const WRONG_USAGE = 2;
const COULD_NOT_TELL = 2;

/**
 * Runs one command line.
 *
 * @returns the exit status: 0, 1 if something failed, 2 for wrong usage or no answer, 128 + n after signal n
 */
export async function runProgram(argv: readonly string[]): Promise<number> {
  endQuietlyOnClosedPipe();
  // Silences the SDK's warning that its 2027 releases drop Node 20. The lockfile pins a release that supports it.
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';
  const stop = stopOnSignals();
  const program = new Command('cloudtrail-firehose')
    .description('Turns CloudTrail log files into ECS-style events.')
    .version(packageVersion)
    .helpCommand(false)
    // `backfill` and its subcommands have options of the same names.
    .enablePositionalOptions()
    .exitOverride();
  addLocalCommand(program, stop.signal);
  addNormalizeCommand(program, stop.signal);
  addRulesCommand(program, stop.signal);
  addBenchCommand(program);
  addVerifyCommand(program, stop.signal);
  addReplayCommand(program, stop.signal);
  addPreflightCommand(program, stop.signal);
  addStatusCommand(program, stop.signal);
  addBackfillCommand(program, stop.signal);

  try {
    await program.parseAsync(argv);
    return stop.status ?? Number(process.exitCode ?? 0);
  } catch (error) {
    // Commander has printed its message, or the help that was asked for.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : WRONG_USAGE;
    if (stop.status !== undefined) {
      console.error('✖ interrupted');
      return stop.status;
    }
    const { path } = error as NodeJS.ErrnoException;
    console.error(`error: ${path === undefined ? '' : `${path}: `}${describeError(error)}`);
    if (error instanceof CouldNotTellError) return COULD_NOT_TELL;
    return error instanceof UsageError ? WRONG_USAGE : 1;
  }
}
