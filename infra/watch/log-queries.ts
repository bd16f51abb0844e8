import { Stack } from 'aws-cdk-lib';
import { CfnQueryDefinition, type ILogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';

export interface LogQueriesProps {
  /** Log group of the function. */
  readonly logGroup: ILogGroup;
}

/**
 * Queries of the function's log, by the name that CloudWatch Logs Insights shows after the stack's. Lambda's JSON
 * log format puts the report of an invocation in the field `message`, and Insights numbers the elements of a list:
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_AnalyzeLogData-discoverable-fields.html
 */
export const LOG_QUERIES = {
  /** The first two errors of each invocation that had some. */
  Errors: [
    'fields @timestamp, message.itemsFailed',
    '  , message.errors.0.object, message.errors.0.error, message.errors.0.messageId, message.errors.0.receives',
    '  , message.errors.1.object, message.errors.1.error, message.moreErrors',
    '| filter level = "ERROR"',
    '| sort @timestamp desc',
    '| limit 200',
  ],
  /** Invocations that requeued an object, and how long the oldest one has waited. */
  Requeued: [
    'fields @timestamp, message.resumes, message.leftForResume, message.oldestUnfinishedSeconds',
    '  , message.throttles, message.delivered, message.errors.0.object, message.errors.0.error',
    '| filter message.resumes > 0',
    '| sort @timestamp desc',
    '| limit 200',
  ],
  /** Every line that names an object: replace KEY by a part of its key. */
  Object: [
    'fields @timestamp, level, requestId, @message',
    '| filter @message like "KEY"',
    '| sort @timestamp desc',
    '| limit 200',
  ],
  /** Records, bytes and billed bytes by hour. */
  Throughput: [
    'stats sum(message.objectsDone) as objects, sum(message.recordsRead) as read, sum(message.delivered) as delivered',
    '  , sum(message.filtered) as filtered, sum(message.firehoseBytes) as bytes, sum(message.billedBytes) as billed',
    '  by bin(1h)',
  ],
} as const;

/** Saves the queries in CloudWatch Logs Insights. */
export class LogQueries extends Construct {
  constructor(scope: Construct, id: string, { logGroup }: LogQueriesProps) {
    super(scope, id);
    const { stackName } = Stack.of(this);
    for (const [name, lines] of Object.entries(LOG_QUERIES))
      new CfnQueryDefinition(this, name, {
        // The slash makes a folder.
        name: `${stackName}/${name}`,
        queryString: lines.join('\n'),
        logGroupNames: [logGroup.logGroupName],
      });
  }
}
