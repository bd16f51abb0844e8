import { Command, CommanderError } from 'commander';
import {
  CouldNotTellError,
  describeError,
  endQuietlyOnClosedPipe,
  type Stop,
  stopOnSignals,
  UsageError,
} from './endings.ts';
import { packageVersion } from './package.ts';

const WRONG_USAGE = 2;
const COULD_NOT_TELL = 2;

type AddCommand = (program: Command, stop: AbortSignal) => void;

/** Commands by name, in the order of `--help`. Each loads only its own modules: all of them, with the SDK, take a second. */
const COMMANDS: Readonly<Record<string, () => Promise<AddCommand>>> = {
  local: async () => (await import('./local.ts')).addLocalCommand,
  normalize: async () => (await import('./normalize.ts')).addNormalizeCommand,
  rules: async () => (await import('./rules.ts')).addRulesCommand,
  bench: async () => (await import('./bench.ts')).addBenchCommand,
  verify: async () => (await import('./operate/verify.ts')).addVerifyCommand,
  replay: async () => (await import('./operate/replay.ts')).addReplayCommand,
  preflight: async () => (await import('./operate/preflight/preflight.ts')).addPreflightCommand,
  status: async () => (await import('./operate/status/status.ts')).addStatusCommand,
  backfill: async () => (await import('./operate/backfill.ts')).addBackfillCommand,
};

/** Adds the command that is called; all of them for anything else, which is the help or an error that suggests names. */
async function addCommands(program: Command, name: string, stop: Stop): Promise<void> {
  const called = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  const loads = called === undefined ? Object.values(COMMANDS) : [called];
  for (const load of loads) (await load())(program, stop.signal);
}

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
  await addCommands(program, argv[2] ?? '', stop);

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
