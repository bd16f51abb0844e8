import { createClients } from './aws/clients.ts';
import { type Clock, systemClock } from './clock.ts';
import { startDeadline } from './deadline.ts';
import { warmUpUserAgents } from './normalize/user-agent.ts';
import { deliverObjects } from './pipeline.ts';
import { readSettings } from './settings.ts';
import { answerTasks, type BatchOperationsResponse } from './settle/answer-tasks.ts';
import { Claims } from './settle/claims.ts';
import { formatMetrics, type InvocationReport, reportInvocation } from './settle/report.ts';
import { sendResume } from './settle/send-resume.ts';
import { settleItems } from './settle/settle-items.ts';
import { parseEvent, type WorkItem } from './trigger/parse-event.ts';

/** What the handler needs of Lambda's context. */
export interface InvocationContext {
  getRemainingTimeInMillis(): number;
  /** The same for each attempt of an asynchronous event. */
  awsRequestId?: string;
}

/** What an SQS trigger with `ReportBatchItemFailures` is answered. */
export interface BatchResponse {
  batchItemFailures: { itemIdentifier: string }[];
}

/** An event that is neither a batch of messages nor of tasks has no answer. */
export type HandlerAnswer =
  | (BatchResponse & { results?: undefined })
  | (BatchOperationsResponse & { batchItemFailures?: undefined })
  | undefined;

/** Thrown when an event without a queue was not fully processed, so that Lambda retries it. */
export class UnfinishedInvocationError extends Error {
  override name = 'UnfinishedInvocationError';
}

/** What a test turns by hand. */
export interface Surroundings {
  /** @default the machine's */
  clock?: Clock;
  /** For the jitter of retries: 0 to 1. @default Math.random */
  random?: () => number;
}

/**
 * The composition root: settings and clients once per container, then the pipeline for each event.
 *
 * @param env the function's environment; see `settings.ts`
 * @param publish gets the report of each invocation
 * @throws Error at once if a setting is missing or wrong
 */
export function createHandler(
  env: Record<string, string | undefined>,
  publish: (report: InvocationReport) => void = publishToCloudWatch,
  { clock = systemClock, random = Math.random }: Surroundings = {},
) {
  const settings = readSettings(env);
  const { workQueueUrl, claimBucketName } = settings;
  const clients = createClients(clock);
  const { s3, firehose, sqs } = clients;
  const claims = claimBucketName === undefined ? undefined : new Claims(s3, claimBucketName, clock);
  warmUpUserAgents();

  return async (event: unknown, context: InvocationContext): Promise<HandlerAnswer> => {
    const deadline = startDeadline(
      () => context.getRemainingTimeInMillis(),
      settings.deadlineMarginMs,
      clock,
    );
    clients.begin();
    try {
      const { isQueue, job, items } = parseEvent(event, settings.scope);
      await claims?.mark(items);
      const refs = items.flatMap(({ notification, isSuperseded }) =>
        isSuperseded ? [] : (notification?.refs ?? []),
      );
      const result = await deliverObjects(refs, { s3, firehose, settings, deadline, clock, random });
      const resumeOptions = workQueueUrl && { sqs, workQueueUrl, deadline, clock, random };
      const settlement = await settleItems(items, result, {
        ...settings,
        sendResume: resumeOptions ? sendResume.bind(undefined, resumeOptions) : undefined,
        requestId: context.awsRequestId,
        now: clock.now(),
        random,
      });

      const report = reportInvocation(items, result, settlement, clock.now());
      publish(report);
      if (job) return answerTasks(job, items, result, settlement);
      if (isQueue) return { batchItemFailures: settlement.failed.map(failureOf) };
      if (settlement.failed.length > 0) throw new UnfinishedInvocationError(describeErrors(report));
      return undefined;
    } finally {
      deadline.clear();
      clients.end();
    }
  };
}

/** The function that Lambda calls. */
export const handler = createHandler(process.env);

/** One structured log line, and one line that CloudWatch turns into metrics, whether it worked or not. */
function publishToCloudWatch({ hasErrors, ...report }: InvocationReport): void {
  // Lambda takes the level from the method.
  if (hasErrors) console.error(report);
  else console.log(report);
  const functionName = process.env.AWS_LAMBDA_FUNCTION_NAME ?? 'local';
  // Not through the console, which would wrap the line in a log record of its own.
  process.stdout.write(`${formatMetrics(report, functionName, new Date())}\n`);
}

function failureOf({ messageId = '' }: WorkItem): { itemIdentifier: string } {
  return { itemIdentifier: messageId };
}

function describeErrors({ errors, moreErrors }: InvocationReport): string {
  const texts = errors.map(({ object, error }) => (object ? `${object}: ${error}` : error));
  return [...texts, ...(moreErrors > 0 ? [`and ${moreErrors} more`] : [])].join('; ');
}
