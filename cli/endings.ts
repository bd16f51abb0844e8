import { setMaxListeners } from 'node:events';
import { constants } from 'node:os';
import { getSystemErrorMap } from 'node:util';

/** The command line asks for something that cannot work: exit status 2. */
export class UsageError extends Error {
  override name = 'UsageError';
}

/** The command could not find out what it was asked, for example for lack of a permission: exit status 2. */
export class CouldNotTellError extends Error {
  override name = 'CouldNotTellError';

  /** @param concernsEveryCall whether no other call to AWS would be answered either */
  constructor(
    message: string,
    readonly concernsEveryCall = false,
  ) {
    super(message);
  }
}

/** @returns one line without a stack trace; a file error in words, with its code but without its path */
export function describeError(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { code, errno } = error as NodeJS.ErrnoException;
  if (code === undefined || errno === undefined) return error.message;
  return `${getSystemErrorMap().get(errno)?.[1] ?? error.message} (${code})`;
}

/** What the first signal asks for. */
export interface Stop {
  /** Aborted by the first SIGINT or SIGTERM: the command prints its summary and ends. */
  readonly signal: AbortSignal;
  /** 128 plus the signal's number; `undefined` without a signal. */
  readonly status: number | undefined;
}

/** Lets a command finish cleanly on the first signal, or if the terminal closes. The second one ends the process. */
export function stopOnSignals(): Stop {
  const abort = new AbortController();
  // Calls in flight listen to it, and Node warns from eleven on.
  setMaxListeners(0, abort.signal);
  let status: number | undefined;
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(name, () => {
      if (status !== undefined) {
        // A blocked call, such as a read of a terminal, delays the end. Further signals do not wait for it.
        process.removeAllListeners('SIGINT').removeAllListeners('SIGTERM').removeAllListeners('SIGHUP');
        process.exit(status);
      }
      status = 128 + constants.signals[name];
      abort.abort();
      // A read of standard input could wait forever.
      process.stdin.destroy();
    });
  }
  return {
    signal: abort.signal,
    get status() {
      return status;
    },
  };
}

/** `… | head` closes the pipe after a few lines, which is no error. Any other write error is one line. */
export function endQuietlyOnClosedPipe(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0);
    failToPrint(error);
  });
  // Without stderr there is nowhere left to report anything.
  process.stderr.on('error', () => process.exit(1));
}

/** Lets a command whose result is a file go on when nobody reads what it prints. */
export function keepRunningOnClosedPipe(): void {
  process.stdout.removeAllListeners('error').on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') failToPrint(error);
  });
  process.stderr.removeAllListeners('error').on('error', () => {});
}

function failToPrint(error: Error): never {
  process.stderr.write(`error: cannot write to standard output: ${describeError(error)}\n`);
  process.exit(1);
}
