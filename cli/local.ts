import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Command, Option } from 'commander';
import ora from 'ora';
import { ENV, PACKINGS, type Packing } from '../lambda/contract.ts';
import type { InvocationReport } from '../lambda/report.ts';
import { EventOutput } from './event-output.ts';
import { startLocalAccount } from './local-account.ts';
import { prepareInput } from './local-input.ts';
import { describeRun } from './local-summary.ts';

interface Options {
  packing: Packing;
  out: string;
  timeout: number;
}

await new Command('local')
  .description(
    'Runs the Lambda handler on this machine: sample log objects, or your own, into a local Firehose.',
  )
  .argument('[input...]', 'an event (events/NAME.json), or log files (.json.gz, .json)', [
    'events/varied.json',
  ])
  .addOption(
    new Option('--packing <packing>', 'how events become Firehose records')
      .choices(PACKINGS)
      .default('lines'),
  )
  .option('--out <folder>', 'where the delivered events are written', 'out')
  .option('--timeout <seconds>', "the function's timeout", Number, 900)
  .addHelpText(
    'after',
    '\nExit status: 0, or 1 if anything ended in the dead-letter queue. Nothing leaves this machine.',
  )
  .action(run)
  .parseAsync()
  .catch((error: Error) => {
    console.error(`error: ${error.message}`);
    process.exitCode = 1;
  });

async function run(input: string[], { packing, out, timeout }: Options): Promise<void> {
  await mkdir(out, { recursive: true });
  const output = new EventOutput(join(out, 'events.ndjson'), packing);
  const account = await startLocalAccount((record) => output.write(record));
  const progress = ora({ stream: process.stderr, isSilent: !process.stderr.isTTY, discardStdin: false });
  try {
    const event = await prepareInput(input, account.s3);
    Object.assign(process.env, account.environment, { [ENV.packing]: packing });
    // Only now: the handler reads its settings from the environment when its module loads.
    const { createHandler } = await import('../lambda/handler.ts');
    const reports: InvocationReport[] = [];
    const handler = createHandler(process.env, (report) => reports.push(report));

    const startedAt = performance.now();
    progress.start('delivering');
    const ticker = setInterval(() => {
      progress.text = `${output.events.toLocaleString('en-US')} events delivered`;
    }, 100);
    await account.deliver(handler, event, () => startContext(timeout));
    clearInterval(ticker);
    progress.stop();
    output.close();

    const { deadLetters } = account.workQueue;
    const seconds = (performance.now() - startedAt) / 1000;
    console.log(describeRun({ input, reports, output, deadLetters, seconds }));
    if (deadLetters.length > 0) process.exitCode = 1;
  } finally {
    progress.stop();
    await account.close();
  }
}

/** The part of Lambda's context that the handler looks at: each invocation has its own time. */
function startContext(timeoutSeconds: number) {
  const endsAt = performance.now() + timeoutSeconds * 1000;
  return { getRemainingTimeInMillis: () => endsAt - performance.now() };
}
