import { Stack } from 'aws-cdk-lib';
import { CfnWorkGroup } from 'aws-cdk-lib/aws-athena';
import { CfnDatabase, CfnTable } from 'aws-cdk-lib/aws-glue';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import type { Profile } from '../../lambda/contract.ts';
import { EVENT_FOLDER, QUERY_FOLDER } from '../stream/event-bucket.ts';
import { eventColumns, TIMESTAMP_COLUMN } from './event-columns.ts';

export interface EventTableProps {
  /** Bucket that an `S3Stream` writes to. */
  readonly bucket: IBucket;
  /** Customer key of the query results, which whoever queries must be able to use. @default - S3's own key */
  readonly encryptionKey?: IKey;
  /** Profile of the events, which decides the columns. @default seed */
  readonly profile?: Profile;
  /** Days that the partitions reach back. @default 365 */
  readonly days?: number;
}

/**
 * A Glue table of the events in a bucket, and an Athena workgroup to query it. Athena computes the
 * partitions, so events can be queried as soon as Firehose has written them.
 * https://docs.aws.amazon.com/athena/latest/ug/partition-projection.html
 */
export class EventTable extends Construct {
  readonly databaseName: string;
  readonly tableName = 'events';
  readonly workGroupName: string;

  constructor(scope: Construct, id: string, props: EventTableProps) {
    super(scope, id);
    const { bucket, encryptionKey, profile = 'seed', days = 365 } = props;
    const stack = Stack.of(this);
    this.databaseName = stack.stackName.toLowerCase().replaceAll('-', '_');
    const database = new CfnDatabase(this, 'Database', {
      catalogId: stack.account,
      databaseInput: { name: this.databaseName, description: 'Normalized CloudTrail events' },
    });
    const location = bucket.s3UrlForObject(EVENT_FOLDER);
    const table = new CfnTable(this, 'Table', {
      catalogId: stack.account,
      databaseName: this.databaseName,
      tableInput: {
        name: this.tableName,
        description: 'One normalized CloudTrail event per row',
        tableType: 'EXTERNAL_TABLE',
        parameters: { classification: 'json', ...projection(location, days) },
        partitionKeys: PARTITION_KEYS,
        storageDescriptor: { columns: eventColumns(profile), location, ...JSON_LINES },
      },
    });
    table.node.addDependency(database);
    this.workGroupName = stack.stackName;
    new CfnWorkGroup(this, 'WorkGroup', {
      name: this.workGroupName,
      description: 'Queries on normalized CloudTrail events',
      // Lets the stack delete a workgroup that contains query results, which expire after 30 days anyway.
      recursiveDeleteOption: true,
      workGroupConfiguration: {
        enforceWorkGroupConfiguration: true,
        publishCloudWatchMetricsEnabled: true,
        resultConfiguration: {
          outputLocation: bucket.s3UrlForObject(QUERY_FOLDER),
          encryptionConfiguration: encryptionKey
            ? { encryptionOption: 'SSE_KMS', kmsKey: encryptionKey.keyArn }
            : { encryptionOption: 'SSE_S3' },
        },
      },
    });
  }
}

/** Computes the partitions of what an `S3Stream` writes. */
export function projection(location: string, days: number): Record<string, string> {
  return {
    'projection.enabled': 'true',
    'projection.day.type': 'date',
    'projection.day.format': 'yyyy-MM-dd',
    'projection.day.range': `NOW-${days}DAYS,NOW`,
    'projection.day.interval': '1',
    'projection.day.interval.unit': 'DAYS',
    'projection.hour.type': 'integer',
    'projection.hour.range': '0,23',
    'projection.hour.digits': '2',
    'storage.location.template': `${location}day=\${day}/hour=\${hour}/`,
  };
}

export const PARTITION_KEYS = [
  { name: 'day', type: 'string', comment: 'Day of delivery in UTC: 2026-11-03' },
  { name: 'hour', type: 'string', comment: 'Hour of delivery in UTC: 08' },
];

/** https://docs.aws.amazon.com/athena/latest/ug/openx-json-serde.html */
export const JSON_LINES = {
  inputFormat: 'org.apache.hadoop.mapred.TextInputFormat',
  outputFormat: 'org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat',
  compressed: true,
  serdeInfo: {
    serializationLibrary: 'org.openx.data.jsonserde.JsonSerDe',
    parameters: { 'case.insensitive': 'true', [`mapping.${TIMESTAMP_COLUMN}`]: '@timestamp' },
  },
};
