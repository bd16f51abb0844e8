import { FirehoseClient } from '@aws-sdk/client-firehose';
import { S3Client } from '@aws-sdk/client-s3';
import { SQSClient } from '@aws-sdk/client-sqs';
import { startDeadline } from './deadline.ts';
import { warmUpUserAgents } from './normalize/user-agent.ts';
import { deliverObjects } from './pipeline.ts';
import { formatMetrics, type InvocationReport, reportInvocation } from './report.ts';
import { sendResume } from './resume.ts';
import { readSettings } from './settings.ts';
import { settleItems } from './settle.ts';
import { parseEvent, type WorkItem } from './trigger/parse-event.ts';

/** What the handler needs of Lambda's context. */
export interface InvocationContext {
  getRemainingTimeInMillis(): number;
}

/** What an SQS trigger with `ReportBatchItemFailures` is answered. */
export interface BatchResponse {
  batchItemFailures: { itemIdentifier: string }[];
}

/** An event that no queue gives back was not dealt with whole: Lambda tries it again. */
export class UnfinishedInvocationError extends Error {
  override name = 'UnfinishedInvocationError';
}

/**
 * The composition root: settings and clients once for each container, then the pipeline for each event.
 *
 * @param env the function's environment; see `settings.ts`
 * @param publish gets the report of each invocation
 * @throws Error while it is built, where a setting is missing or wrong
 */
export function createHandler(
  env: Record<string, string | undefined>,
  publish: (report: InvocationReport) => void = publishToCloudWatch,
) {
  const settings = readSettings(env);
  const { workQueueUrl, maxAttemptsWithoutProgress } = settings;
  const s3 = new S3Client({
    requestHandler: {
      // A body that stalls is cut off here and read on from there; see `open-object.ts`.
      connectionTimeout: 5_000,
      socketTimeout: 60_000,
      // Bytes that wait: one piece of TLS. Node's 64 KiB wait so long that V8 takes them for old, and keeps 30 MB of them.
      httpsAgent: { highWaterMark: 16_384 },
    },
  });
  // The sender tries again by itself: only the entries that failed, and within the time that is left.
  const firehose = new FirehoseClient({ maxAttempts: 1 });
  const sqs = new SQSClient({});
  warmUpUserAgents();

  return async (event: unknown, context: InvocationContext): Promise<BatchResponse | undefined> => {
    const deadline = startDeadline(() => context.getRemainingTimeInMillis(), settings.deadlineMarginMs);
    try {
      const { isQueue, items } = parseEvent(event);
      const refs = items.flatMap(({ notification }) => notification?.refs ?? []);
      const result = await deliverObjects(refs, { s3, firehose, settings, deadline });
      const resume = workQueueUrl && sendResume.bind(undefined, sqs, workQueueUrl, deadline);
      const settlement = await settleItems(items, result, {
        sendResume: resume || undefined,
        maxAttemptsWithoutProgress,
      });

      const report = reportInvocation(items, result, settlement);
      publish(report);
      if (isQueue) return { batchItemFailures: settlement.failed.map(failureOf) };
      if (settlement.failed.length > 0) throw new UnfinishedInvocationError(describeFaults(report));
      return undefined;
    } finally {
      deadline.clear();
    }
  };
}

/** The function that Lambda calls. */
export const handler = createHandler(process.env);

/** One structured log line, and one line that CloudWatch turns into metrics: both whether it worked or not. */
function publishToCloudWatch(report: InvocationReport): void {
  console.log(report);
  const functionName = process.env.AWS_LAMBDA_FUNCTION_NAME ?? 'local';
  // Past the console, which would wrap the line in a log record of its own.
  process.stdout.write(`${formatMetrics(report, functionName, new Date())}\n`);
}

function failureOf({ messageId = '' }: WorkItem): { itemIdentifier: string } {
  return { itemIdentifier: messageId };
}

function describeFaults({ faults }: InvocationReport): string {
  return faults.map(({ object, fault }) => (object ? `${object}: ${fault}` : fault)).join('; ');
}
