import { Stack } from 'aws-cdk-lib';
import { CfnTable } from 'aws-cdk-lib/aws-glue';
import { Construct } from 'constructs';
import type { Receipt } from '../../lambda/settle/make-receipts.ts';
import type { EventTable } from '../table/event-table.ts';
import { JSON_LINES, PARTITION_KEYS, projection } from '../table/event-table.ts';

export interface ReceiptTableProps {
  /** `s3://bucket/receipts/` */
  readonly location: string;
  /** Table whose database the new one joins. */
  readonly eventTable: EventTable;
  /** Days that the partitions reach back. */
  readonly days: number;
}

/** A Glue table of the receipts, next to that of the events. */
export class ReceiptTable extends Construct {
  readonly tableName = 'receipts';

  constructor(scope: Construct, id: string, { location, eventTable, days }: ReceiptTableProps) {
    super(scope, id);
    const table = new CfnTable(this, 'Table', {
      catalogId: Stack.of(this).account,
      databaseName: eventTable.databaseName,
      tableInput: {
        name: this.tableName,
        description: 'What an invocation did with a log object',
        tableType: 'EXTERNAL_TABLE',
        parameters: { classification: 'json', ...projection(location, days) },
        partitionKeys: PARTITION_KEYS,
        storageDescriptor: {
          columns: Object.entries(COLUMNS).map(([name, [type, comment]]) => ({
            name: name.toLowerCase(),
            type,
            comment,
          })),
          location,
          ...JSON_LINES,
        },
      },
    });
    table.node.addDependency(eventTable);
  }
}

type ColumnType = 'string' | 'bigint' | 'boolean' | 'map<string,bigint>';

/** Type and comment of each column. The SerDe reads names in any case. */
const COLUMNS: Record<keyof Receipt, [type: ColumnType, comment: string]> = {
  at: ['string', 'Time of the receipt: 2026-11-03T08:10:12.345Z'],
  object: ['string', 's3://bucket/key'],
  versionId: ['string', 'Version that was asked for'],
  etag: ['string', 'ETag of the object that was read'],
  bytes: ['bigint', 'Length of the stored object'],
  from: ['bigint', 'Index of the first record that was asked for'],
  records: ['bigint', 'Records read'],
  delivered: ['bigint', 'Records that Firehose accepted'],
  filtered: ['bigint', 'Records that a rule excluded'],
  filteredByRule: ['map<string,bigint>', 'The same by the name of the rule'],
  malformed: ['bigint', 'Records delivered as pipeline_error events'],
  truncated: ['bigint', 'Events truncated to fit in a Firehose record'],
  covered: ['string', 'Indexes of the records delivered or filtered: 0-99,120'],
  total: ['bigint', 'Records in the object; null if it was not read to its end'],
  done: ['boolean', 'Nothing is left of the object'],
  unknown: ['boolean', 'A document in the object has an unrecognized form'],
  stream: ['string', 'Delivery stream of the events'],
};
