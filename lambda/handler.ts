import { FirehoseClient } from '@aws-sdk/client-firehose';
import { S3Client } from '@aws-sdk/client-s3';
import { SQSClient } from '@aws-sdk/client-sqs';
import { startDeadline } from './deadline.ts';
import { warmUpUserAgents } from './normalize/user-agent.ts';
import { deliverObjects } from './pipeline.ts';
import { sendResume } from './resume.ts';
import { readSettings } from './settings.ts';
import { settleItems } from './settle.ts';
import { parseEvent } from './trigger/parse-event.ts';

/** What the handler needs of Lambda's context. */
export interface InvocationContext {
  getRemainingTimeInMillis(): number;
}

/** What an SQS trigger with `ReportBatchItemFailures` is answered. */
export interface BatchResponse {
  batchItemFailures: { itemIdentifier: string }[];
}

/**
 * The composition root: settings and clients once for each container, then the pipeline for each event.
 *
 * @param env the function's environment; see `settings.ts`
 * @throws Error while it is built, where a setting is missing or wrong
 */
export function createHandler(env: Record<string, string | undefined>) {
  const settings = readSettings(env);
  const s3 = new S3Client({});
  // Tries again by itself: only the entries that failed, and within the time that is left.
  const firehose = new FirehoseClient({ maxAttempts: 1 });
  const sqs = new SQSClient({});
  warmUpUserAgents();

  const { workQueueUrl, maxAttemptsWithoutProgress } = settings;
  const settleOptions = {
    maxAttemptsWithoutProgress,
    sendResume: workQueueUrl === undefined ? undefined : sendResume.bind(undefined, sqs, workQueueUrl),
  };

  return async (event: unknown, context: InvocationContext): Promise<BatchResponse | undefined> => {
    const deadline = startDeadline(() => context.getRemainingTimeInMillis(), settings.deadlineMarginMs);
    const { isQueue, items } = parseEvent(event);
    const refs = items.flatMap(({ notification }) => notification?.refs ?? []);
    const result = await deliverObjects(refs, { s3, firehose, settings, deadline });
    const settlement = await settleItems(items, result, settleOptions);
    deadline.clear();
    console.log(JSON.stringify({ settlement, sent: result.sent }));
    if (isQueue) {
      return {
        batchItemFailures: settlement.failed.map(({ messageId }) => ({ itemIdentifier: messageId ?? '' })),
      };
    }
    if (settlement.failed.length > 0) throw new Error('not everything was delivered');
    return undefined;
  };
}

/** The function that Lambda calls. */
export const handler = createHandler(process.env);
