import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';

export interface Finished {
  readonly stdout: string;
  readonly status: number | null;
}

/** Lines of a command's output that the demo shows. */
const SHOWN_LINES = 9;

/**
 * Runs a command of this program in a process of its own, and shows it with the beginning of its output.
 *
 * @param shown options as the reader would write them; the others name the local endpoints' resources
 */
export async function runCommand(
  shown: readonly string[],
  others: readonly string[],
  environment: Record<string, string>,
  stop: AbortSignal,
): Promise<Finished> {
  console.log(`\n$ cloudtrail-firehose ${shown.join(' ')}`);
  const [, program = ''] = process.argv;
  const child = spawn(process.execPath, [...process.execArgv, program, ...shown, ...others], {
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
    signal: stop,
  });
  const ended = new Promise<number | null>((resolve, reject) =>
    child.on('error', reject).on('close', resolve),
  );
  const [stdout, stderr, status] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  const lines = stdout.trimEnd().split('\n');
  const hidden = lines.length - SHOWN_LINES;
  for (const line of lines.slice(0, SHOWN_LINES)) console.log(line);
  if (hidden > 0) console.log(`  … ${hidden} more lines`);
  console.log(stderr.trimEnd());
  return { stdout, status };
}
