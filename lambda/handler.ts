import { createClients } from './aws/clients.ts';
import { readSecret } from './aws/read-secret.ts';
import type { LogLine } from './backfill/log-lines.ts';
import { walkCursors } from './backfill/walk-cursors.ts';
import { type Clock, systemClock } from './clock.ts';
import { startDeadline } from './deadline.ts';
import { pacersOf } from './deliver/pacer.ts';
import { warmUpUserAgents } from './normalize/user-agent.ts';
import { deliverObjects } from './pipeline.ts';
import { redactorOpener } from './select/open-redactor.ts';
import { readSettings } from './settings.ts';
import { answerTasks, type BatchOperationsResponse } from './settle/answer-tasks.ts';
import { Claims } from './settle/claims.ts';
import { formatMetrics, formatRuleMetrics } from './settle/format-metrics.ts';
import { putReceipts } from './settle/put-receipts.ts';
import { type InvocationReport, reportInvocation, toLogMessage } from './settle/report.ts';
import { sendResume } from './settle/send-resume.ts';
import { settleItems } from './settle/settle-items.ts';
import { parseEvent, type WorkItem } from './trigger/parse-event.ts';

/** The part of Lambda's context that the handler uses. */
export interface InvocationContext {
  getRemainingTimeInMillis(): number;
  /** Unchanged when Lambda retries an asynchronous event. */
  awsRequestId?: string;
}

/** Response to an SQS trigger with `ReportBatchItemFailures`. */
export interface BatchResponse {
  batchItemFailures: { itemIdentifier: string }[];
}

/** Response to Lambda; `undefined` if the event is neither an SQS batch nor an S3 Batch Operations job. */
export type HandlerAnswer =
  | (BatchResponse & { results?: undefined })
  | (BatchOperationsResponse & { batchItemFailures?: undefined })
  | undefined;

/** Thrown when a directly invoked event was not fully processed, to make Lambda retry it. */
export class UnfinishedInvocationError extends Error {
  override name = 'UnfinishedInvocationError';
}

/** Sources of time and randomness, and the log. Tests replace them. */
export interface Surroundings {
  /** @default - the system clock */
  clock?: Clock;
  /** For the jitter of retries: 0 to 1. @default Math.random */
  random?: () => number;
  /** Receives the lines of a backfill. @default - the function's log */
  log?: (line: LogLine) => void;
}

/**
 * Builds the handler: reads settings and creates clients once per container, then runs the pipeline once per event.
 *
 * @param env     environment variables; see `settings.ts`
 * @param publish receives one report per invocation
 * @throws Error if a setting is missing or invalid
 */
export function createHandler(
  env: Record<string, string | undefined>,
  publish: (report: InvocationReport) => void = publishToCloudWatch,
  { clock = systemClock, random = Math.random, log = console.log }: Surroundings = {},
) {
  const settings = readSettings(env);
  const { workQueueUrl, claimBucketName } = settings;
  const { redactPaths, redactKeySecretArn: arn } = settings;
  const clients = createClients(clock);
  const { s3, firehose, sqs } = clients;
  const claims = claimBucketName === undefined ? undefined : new Claims(s3, claimBucketName, clock);
  const pacers = pacersOf(settings, clock);
  const endpoint = env.AWS_ENDPOINT_URL_SECRETS_MANAGER || env.AWS_ENDPOINT_URL;
  const readKey = arn && (() => readSecret({ arn, config: sqs.config, endpoint, clock, random }));
  const openRedactor = redactPaths && redactorOpener(redactPaths, readKey || undefined);
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
      await walkCursors(items, { ...settings, s3, sqs, claims, deadline, clock, random, log });
      const refs = items.flatMap(({ notification, isSuperseded }) =>
        isSuperseded ? [] : (notification?.refs ?? []),
      );
      const result = await deliverObjects(refs, {
        s3,
        firehose,
        settings,
        deadline,
        pacers,
        clock,
        random,
        openRedactor,
      });
      const resumeOptions = workQueueUrl && { sqs, workQueueUrl, deadline, clock, random };
      const receipts = await putReceipts(result.objects, { ...settings, firehose, deadline, clock, random });
      const settlement = await settleItems(items, result, {
        ...settings,
        sendResume: resumeOptions ? sendResume.bind(undefined, resumeOptions) : undefined,
        requestId: context.awsRequestId,
        now: clock.now(),
        random,
      });

      const report = reportInvocation(items, result, settlement, receipts, clock.now());
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

/** The Lambda entry point. */
export const handler = createHandler(process.env);

/** Writes a structured log line, and a line from which CloudWatch extracts metrics. */
function publishToCloudWatch(report: InvocationReport): void {
  // Lambda derives the log level from the console method.
  if (report.hasErrors) console.error(toLogMessage(report));
  else console.log(toLogMessage(report));
  const functionName = process.env.AWS_LAMBDA_FUNCTION_NAME ?? 'local';
  const now = new Date();
  // The console would wrap these lines in another log record.
  for (const line of [
    formatMetrics(report, functionName, now),
    ...formatRuleMetrics(report, functionName, now),
  ])
    process.stdout.write(`${line}\n`);
}

function failureOf({ messageId = '' }: WorkItem): { itemIdentifier: string } {
  return { itemIdentifier: messageId };
}

function describeErrors({ errors, moreErrors }: InvocationReport): string {
  const texts = errors.map(({ object, error }) => (object ? `${object}: ${error}` : error));
  return [...texts, ...(moreErrors > 0 ? [`and ${moreErrors} more`] : [])].join('; ');
}
