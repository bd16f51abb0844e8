import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Command, Option } from 'commander';
import ora from 'ora';
import { ENV, PACKINGS, type Packing } from '../lambda/contract.ts';
import type { InvocationReport } from '../lambda/settle/report.ts';
import { startLocalAccount } from '../local/account.ts';
import { killable, planFaults } from '../local/plan-faults.ts';
import type { LocalClock } from '../local/virtual-clock.ts';
import { createRandom } from '../samples/random.ts';
import { EventOutput } from './event-output.ts';
import { prepareInput } from './local-input.ts';
import { describeRun } from './local-summary.ts';

interface Options {
  packing?: Packing;
  out: string;
  timeout: number;
  rate: number;
  faults?: number;
}

await new Command('local')
  .description(
    'Runs the Lambda handler on this machine: sample log objects, or your own, into a local Firehose.',
  )
  .argument('[input...]', 'an event (events/NAME.json), or log files (.json.gz, .json)', [
    'events/varied.json',
  ])
  .addOption(new Option('--packing <packing>', 'how events become Firehose records').choices(PACKINGS))
  .option('--out <folder>', 'where the delivered events are written', 'out')
  .option('--timeout <seconds>', "the function's timeout", Number, 900)
  .option(
    '--rate <MiB>',
    'time passes as if the stream took so many MiB a second',
    Number,
    Number.POSITIVE_INFINITY,
  )
  .option('--faults <seed>', 'let things go wrong on purpose, the same for the same seed', Number)
  .addHelpText(
    'after',
    '\nExit status: 0, or 1 if anything ended in the dead-letter queue, held no records, or a task failed. Nothing leaves this machine.',
  )
  .action(run)
  .parseAsync()
  .catch((error: Error) => {
    console.error(`error: ${error.message}`);
    process.exitCode = 1;
  });

async function run(input: string[], options: Options): Promise<void> {
  // With faults one event a record and small calls: so that there is more that can go wrong.
  const packing = options.packing ?? (options.faults === undefined ? 'lines' : 'single');
  await mkdir(options.out, { recursive: true });
  const plan = options.faults === undefined ? undefined : planFaults(createRandom(options.faults), 25, 0.3);
  const output = new EventOutput(join(options.out, 'events.ndjson'), packing, plan !== undefined);
  const account = await startLocalAccount((record) => output.write(record));
  const progress = ora({ stream: process.stderr, isSilent: !process.stderr.isTTY, discardStdin: false });
  try {
    account.reset(plan?.faults);
    const event = await prepareInput(input, account.s3);
    const reports: InvocationReport[] = [];
    const handler = await loadHandler(
      { ...account.environment, [ENV.packing]: packing },
      plan !== undefined,
      reports,
      account.clock,
    );
    const startContext = () =>
      plan?.startInvocation() ?? startClock(options, () => account.firehose.counts.bytes);

    const startedAt = performance.now();
    progress.start('delivering');
    const ticker = setInterval(() => {
      progress.text = `${output.events.toLocaleString('en-US')} events delivered`;
    }, 100);
    const answer = await account.deliver(plan ? killable(handler, plan) : handler, event, startContext);
    clearInterval(ticker);
    progress.stop();
    output.close();

    const seconds = (performance.now() - startedAt) / 1000;
    const { deadLetters } = account.workQueue;
    const faults = plan && { ...account.countFaults(), ...plan.functionFaults };
    const tasks = answer?.results ?? [];
    console.log(describeRun({ input, reports, output, deadLetters, seconds, faults, tasks }));
    const isWhole = reports.every(({ withoutRecords }) => withoutRecords === 0);
    const haveSucceeded = tasks.every(({ resultCode }) => resultCode === 'Succeeded');
    if (deadLetters.length > 0 || !isWhole || !haveSucceeded) process.exitCode = 1;
  } finally {
    progress.stop();
    await account.close();
  }
}

/** The handler as Lambda would load it: its settings stand in the environment before its module is imported. */
async function loadHandler(
  environment: Record<string, string>,
  hasFaults: boolean,
  reports: InvocationReport[],
  clock: LocalClock,
) {
  Object.assign(process.env, environment);
  // No retries by the SDK, which would hide most faults from the handler.
  if (hasFaults)
    Object.assign(process.env, {
      [ENV.maxBatchRecords]: '40',
      [ENV.retryBaseMs]: '1',
      AWS_MAX_ATTEMPTS: '1',
    });
  const { createHandler } = await import('../lambda/handler.ts');
  return createHandler(process.env, (report) => reports.push(report), { clock });
}

/** The part of Lambda's context that the handler looks at: each invocation has its own time. */
function startClock({ timeout, rate }: Options, bytesAccepted: () => number) {
  const startedAt = performance.now();
  const bytesBefore = bytesAccepted();
  return {
    getRemainingTimeInMillis() {
      const streamMs = ((bytesAccepted() - bytesBefore) / (rate * 1024 * 1024)) * 1000;
      return timeout * 1000 - Math.max(performance.now() - startedAt, streamMs);
    },
  };
}
