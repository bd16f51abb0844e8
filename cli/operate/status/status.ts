import { setTimeout as sleep } from 'node:timers/promises';
import { type Command, InvalidArgumentError } from 'commander';
import { commandLine } from '../../package.ts';
import { statusPolicy } from '../permissions/policies.ts';
import { addPrintPolicy } from '../permissions/print-policy.ts';
import { queueUrl, stackOption } from '../replay-options.ts';
import { readOutputs } from '../stack-outputs.ts';
import type { NamedQueue } from './read-queues.ts';
import { readQueues, readStatus } from './read-status.ts';
import { type StatusReport, statusOf } from './status-report.ts';
import { renderConclusion, renderStatus, toJson } from './status-summary.ts';

/** Options as Commander parses them. */
interface StatusOptions {
  stack: string;
  workQueue?: string;
  deadLetterQueue?: string;
  backfillQueue?: string;
  backfillDeadLetterQueue?: string;
  /** Seconds, or `true` for the default. */
  watch?: number | true;
  json?: boolean;
}

const DEFAULT_SECONDS = 10;

/** @param now milliseconds since 1970 */
export function addStatusCommand(program: Command, stop: AbortSignal, now: () => number = Date.now): void {
  const command = program
    .command('status')
    .summary('show queues, dead letters, alarms, lag and quota of a running stack')
    .description(
      'Show queues, dead letters, alarms, lag, quota and the last digest of a running stack. Changes nothing.',
    )
    .addOption(stackOption('stack to show').conflicts(Object.keys(QUEUES)))
    .option('--work-queue <url>', 'show this queue, without a stack', queueUrl)
    .option('--dead-letter-queue <url>', 'the same for dead letters', queueUrl)
    .option('--backfill-queue <url>', 'the same for a backfill', queueUrl)
    .option('--backfill-dead-letter-queue <url>', 'the same for its dead letters', queueUrl)
    .option(
      '--watch [seconds]',
      `show it again every ${DEFAULT_SECONDS} seconds, or the given number`,
      interval,
    )
    .option('--json', 'print the result as JSON, with --watch one line each')
    .addHelpText(
      'after',
      `
Examples:
  ${commandLine('status')}
  ${commandLine('status --watch 30')}
  ${commandLine('status --dead-letter-queue URL')}

Exit status: 0; 1 if an alarm is on, or there are dead letters; 2 for wrong usage, or if a part could not be read; 130 after Ctrl-C.`,
    )
    .action((options: StatusOptions) => status(options, stop, now));
  addPrintPolicy(command, statusPolicy);
}

/** @throws InvalidArgumentError unless the text is a number of seconds from 1 */
function interval(text: string): number {
  const value = Number(text);
  if (/^\d{1,5}$/.test(text) && value >= 1) return value;
  throw new InvalidArgumentError('Expected a whole number of seconds.');
}

/** Queues that options name, with their names in the report. */
const QUEUES = {
  workQueue: { name: 'work queue', isDeadLetters: false },
  deadLetterQueue: { name: 'dead letters', isDeadLetters: true },
  backfillQueue: { name: 'backfill queue', isDeadLetters: false },
  backfillDeadLetterQueue: { name: 'backfill dead letters', isDeadLetters: true },
} as const satisfies Partial<Record<keyof StatusOptions, object>>;

async function status(options: StatusOptions, stop: AbortSignal, now: () => number): Promise<void> {
  const { watch, json = false } = options;
  const read = await findReader(options, now, stop);
  do {
    const report = await read();
    show(report, watch !== undefined, json);
    if (watch === undefined) return;
    // Aborted by Ctrl-C.
    await sleep((watch === true ? DEFAULT_SECONDS : watch) * 1000, undefined, { signal: stop }).catch(
      () => {},
    );
  } while (!stop.aborted);
  stop.throwIfAborted();
}

/** Returns what reads a report: of the named queues, or of the stack. */
async function findReader(
  options: StatusOptions,
  now: () => number,
  stop: AbortSignal,
): Promise<() => Promise<StatusReport>> {
  const queues = Object.entries(QUEUES).flatMap(([option, queue]): NamedQueue[] => {
    const url = options[option as keyof typeof QUEUES];
    return url === undefined ? [] : [{ ...queue, url }];
  });
  if (queues.length > 0) return () => readQueues(queues, now, stop);
  const { stack } = options;
  const outputs = await readOutputs(stack, stop);
  const region = outputs.get('WorkQueueArn').split(':')[3] ?? '';
  // An ARN is `arn:aws:cloudformation:REGION:ACCOUNT:stack/NAME/ID`.
  const pipeline = { stack: stack.split('/')[1] ?? stack, region, outputs };
  return () => readStatus(pipeline, now, stop);
}

const CLEAR_SCREEN = '\u001b[H\u001b[2J';

function show(report: StatusReport, isRepeated: boolean, isJson: boolean): void {
  process.exitCode = statusOf(report);
  if (isJson) {
    console.log(JSON.stringify(toJson(report), undefined, isRepeated ? undefined : 2));
  } else {
    const screen = renderStatus(report).join('\n');
    const isTerminal = isRepeated && process.stdout.isTTY;
    console.log(isTerminal ? `${CLEAR_SCREEN}${screen}` : screen);
  }
  console.error(renderConclusion(report));
}
