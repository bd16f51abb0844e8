import { Stack } from 'aws-cdk-lib';
import { CfnQueryDefinition, type ILogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';

export interface LogQueriesProps {
  /** Log group of the function. */
  readonly logGroup: ILogGroup;
  /** Log group of the backfill function. @default - no backfill */
  readonly backfillLogGroup?: ILogGroup;
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

/** Query of the backfill function's log: where each walk stands, the newest step first. */
export const BACKFILL_QUERY = [
  'fields message.backfillStep.job as job, message.backfillStep.prefix as prefix',
  '  , message.backfillStep.state as state, message.backfillStep.startAfter as startAfter',
  '  , message.backfillStep.listed as listed, message.backfillStep.enqueued as enqueued',
  '  , message.backfillStep.archived as archived, message.backfillStep.error as error',
  '| filter ispresent(message.backfillStep.job)',
  '| sort @timestamp desc',
  '| dedup job, prefix',
] as const;

/** Saves the queries in CloudWatch Logs Insights. */
export class LogQueries extends Construct {
  constructor(scope: Construct, id: string, { logGroup, backfillLogGroup }: LogQueriesProps) {
    super(scope, id);
    const logGroups = backfillLogGroup ? [logGroup, backfillLogGroup] : [logGroup];
    for (const [name, lines] of Object.entries(LOG_QUERIES)) this.#save(name, lines, logGroups);
    if (backfillLogGroup) this.#save('Backfill', BACKFILL_QUERY, [backfillLogGroup]);
  }

  #save(name: string, lines: readonly string[], logGroups: ILogGroup[]): void {
    new CfnQueryDefinition(this, name, {
      // The slash makes a folder.
      name: `${Stack.of(this).stackName}/${name}`,
      queryString: lines.join('\n'),
      logGroupNames: logGroups.map(({ logGroupName }) => logGroupName),
    });
  }
}
