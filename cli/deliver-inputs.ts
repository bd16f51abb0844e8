import { ENV, type Packing } from '../lambda/contract.ts';
import type { InvocationContext } from '../lambda/handler.ts';
import type { InvocationReport } from '../lambda/settle/report.ts';
import { namesFor, REDACT_KEY_ARN, type startLocalAccount } from '../local/account.ts';
import { killable, planFaults } from '../local/plan-faults.ts';
import type { LocalClock } from '../local/virtual-clock.ts';
import { createRandom } from '../samples/random.ts';
import { formatLogLines } from './cloudwatch-log.ts';
import type { EventOutput } from './event-output.ts';
import { formatNumber } from './format.ts';
import type { Input } from './input.ts';
import { prepareBucket } from './local-bucket.ts';
import type { LocalRun } from './local-summary.ts';
import { Progress } from './progress.ts';
import { type SelectionOptions, selectionEnvironment } from './selection-options.ts';

export interface DeliverOptions extends SelectionOptions {
  packing: Packing;
  /** Environment variables of the function's profile. */
  environment: Record<string, string>;
  /** Delivery streams over which objects are spread. */
  streams: number;
  /** Seconds. */
  timeout: number;
  /** MiB/s; `undefined` for a stream without a limit. */
  rate?: number;
  /** Seed of the injected faults; `undefined` for none. */
  faults?: number;
  /** Whether to print the function's log lines. */
  log: boolean;
}

export interface RunContext {
  account: Account;
  output: EventOutput;
  stop: AbortSignal;
  /** Aborted when the output cannot be written. */
  failure: AbortSignal;
}

export type RunResult = Omit<LocalRun, 'input' | 'output' | 'streams' | 'usedStreams'>;

type Account = Awaited<ReturnType<typeof startLocalAccount>>;

/** Invokes the handler until nothing is left to do, or until the first signal. */
export async function deliverInputs(
  inputs: Input[],
  options: DeliverOptions,
  { account, output, stop, failure }: RunContext,
): Promise<RunResult> {
  const plan = options.faults === undefined ? undefined : planFaults(createRandom(options.faults), 25, 0.3);
  account.reset(plan?.faults, namesFor(options.streams));
  const { event, bytes, clean } = await prepareBucket(inputs, account.s3, stop);
  if (output.replacesEarlier) console.error(`replacing ${output.name} of an earlier run`);
  output.start();
  const reports: InvocationReport[] = [];
  const selection = selectionEnvironment(options, REDACT_KEY_ARN);
  if (selection.key !== undefined) account.secrets.reset({ secrets: { [REDACT_KEY_ARN]: selection.key } });
  const environment = {
    ...account.environment,
    ...options.environment,
    [ENV.packing]: options.packing,
    ...selection.environment,
    ...(plan && FRAGILE),
  };
  const handler = await loadHandler(environment, account.clock, (report) => {
    reports.push(report);
    if (options.log)
      console.log(formatLogLines(report, `local-${reports.length}`, new Date(account.clock.now())));
  });
  const startContext = () => plan?.startInvocation() ?? startInvocation(options, account, stop);
  const startedAt = performance.now();
  const progress = new Progress({ totalBytes: bytes });
  const ticker = setInterval(
    () => progress.update(account.s3.counts.sentBytes, `${formatNumber(output.events)} events`),
    200,
  );
  try {
    const failed = new Promise<never>((_, reject) => {
      failure.addEventListener('abort', () => reject(failure.reason));
    });
    const answer = await Promise.race([
      account.deliver(plan ? killable(handler, plan) : handler, event, startContext, stop),
      failed,
    ]);
    return {
      reports,
      deadLetters: account.workQueue.deadLetters,
      seconds: (performance.now() - startedAt) / 1000,
      faults: plan && { ...account.countFaults(), ...plan.functionFaults },
      tasks: answer?.results ?? [],
    };
  } finally {
    clearInterval(ticker);
    progress.stop();
    await clean();
  }
}

/** Loads the handler as Lambda does: its settings are in the environment before the module is imported. */
async function loadHandler(
  environment: Record<string, string>,
  clock: LocalClock,
  publish: (report: InvocationReport) => void,
) {
  Object.assign(process.env, environment);
  const { createHandler } = await import('../lambda/handler.ts');
  return createHandler(process.env, publish, { clock });
}

/** Small calls, and no retries by the SDK, which would hide most faults from the handler. */
const FRAGILE = { [ENV.maxBatchRecords]: '40', [ENV.retryBaseMs]: '1', AWS_MAX_ATTEMPTS: '1' };

/** The part of Lambda's context that the handler uses. After a signal no time is left, so the handler stops and requeues. */
function startInvocation(
  { timeout, rate }: DeliverOptions,
  { firehose }: Account,
  stop: AbortSignal,
): InvocationContext {
  const startedAt = performance.now();
  const bytesBefore = firehose.counts.bytes;
  return {
    getRemainingTimeInMillis() {
      const streamMs =
        rate === undefined ? 0 : ((firehose.counts.bytes - bytesBefore) / (rate * 1024 * 1024)) * 1000;
      const leftMs = timeout * 1000 - Math.max(performance.now() - startedAt, streamMs);
      return stop.aborted ? Math.min(leftMs, STOPPING_MS) : leftMs;
    },
  };
}

/** Less than the handler's margin of 10 s, so it stops reading; enough to flush and report. */
const STOPPING_MS = 5_000;
