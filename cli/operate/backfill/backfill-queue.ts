import { CloudWatchClient, GetMetricStatisticsCommand } from '@aws-sdk/client-cloudwatch';
import { GetQueueAttributesCommand, type QueueAttributeName, type SQSClient } from '@aws-sdk/client-sqs';
import { CLIENT_OPTIONS } from '../client-options.ts';
import { describeCall } from '../dead-letter-queue.ts';
import { explainError } from '../explain-error.ts';

/** What SQS tells of a queue. It counts roughly. */
export interface QueueState {
  readonly visible: number;
  readonly inFlight: number;
  readonly delayed: number;
  readonly retentionSeconds: number;
}

const NAMES = [
  'ApproximateNumberOfMessages',
  'ApproximateNumberOfMessagesNotVisible',
  'ApproximateNumberOfMessagesDelayed',
  'MessageRetentionPeriod',
] as const satisfies QueueAttributeName[];

/** @throws CouldNotTellError */
export async function readQueue(sqs: SQSClient, url: string, stop?: AbortSignal): Promise<QueueState> {
  const command = new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: [...NAMES] });
  try {
    const { Attributes = {} } = await sqs.send(command, stop && { abortSignal: stop });
    const [visible = 0, inFlight = 0, delayed = 0, retentionSeconds = 0] = NAMES.map((name) =>
      Number(Attributes[name] ?? 0),
    );
    return { visible, inFlight, delayed, retentionSeconds };
  } catch (error) {
    throw explainError(describeCall('GetQueueAttributes', url), error);
  }
}

/** SQS reports every minute, but late. */
const LOOK_BACK_MS = 30 * 60_000;
const PERIOD_SECONDS = 60;

/**
 * Returns the age of a queue's oldest message in seconds, which only CloudWatch knows.
 *
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html
 *
 * @param nowMs milliseconds since 1970
 * @returns `undefined` if it has no value of the last half hour
 * @throws CouldNotTellError
 */
export async function readOldestAge(
  url: string,
  nowMs: number,
  stop: AbortSignal,
): Promise<number | undefined> {
  const cloudwatch = new CloudWatchClient(CLIENT_OPTIONS);
  const command = new GetMetricStatisticsCommand({
    Namespace: 'AWS/SQS',
    MetricName: 'ApproximateAgeOfOldestMessage',
    Dimensions: [{ Name: 'QueueName', Value: url.replace(/.*\//, '') }],
    StartTime: new Date(nowMs - LOOK_BACK_MS),
    EndTime: new Date(nowMs),
    Period: PERIOD_SECONDS,
    Statistics: ['Maximum'],
  });
  try {
    const { Datapoints = [] } = await cloudwatch.send(command, { abortSignal: stop });
    const timeOf = (point: { Timestamp?: Date | undefined }) => point.Timestamp?.getTime() ?? 0;
    const [newest] = [...Datapoints].sort((a, b) => timeOf(b) - timeOf(a));
    // It has grown since.
    return newest && (newest.Maximum ?? 0) + Math.max(0, Math.round((nowMs - timeOf(newest)) / 1000));
  } catch (error) {
    const call = { name: 'CloudWatch GetMetricStatistics', action: 'cloudwatch:GetMetricStatistics' };
    throw explainError({ ...call, target: 'metrics of SQS', regionOf: 'queue' }, error);
  } finally {
    cloudwatch.destroy();
  }
}
