import { describe, expect, it } from 'vitest';
import { ObjectLedger } from '../../../lambda/deliver/ledger.ts';
import { makeReceipts } from '../../../lambda/settle/make-receipts.ts';
import { DESTINATIONS } from '../combinations.ts';
import { type Json, resolvedProperties, roleStatements, synthesize } from '../synthesize.ts';

const STREAM = 'AWS::KinesisFirehose::DeliveryStream';

/** Every destination, and the bucket that keeps the receipts. */
const BUCKETS: [string, object, string][] = [
  ['s3', {}, '<EventsBucket.Arn>'],
  ['s3 with an existing bucket', { eventsBucketName: 'their-events' }, 'arn:aws:s3:::their-events'],
  ['http', DESTINATIONS.Http, '<EventsBucket.Arn>'],
  ['stream', DESTINATIONS.Stream, '<EventsBucket.Arn>'],
];

describe('the stream of receipts', () => {
  it.each(BUCKETS)(
    'writes gzipped lines to a folder of its own: destination %s',
    (_, settings, BucketARN) => {
      const stream = resolvedProperties(synthesize(settings), STREAM, 'Receipts');
      expect(stream.ExtendedS3DestinationConfiguration).toMatchObject({
        BucketARN,
        Prefix: 'receipts/day=!{timestamp:yyyy-MM-dd}/hour=!{timestamp:HH}/',
        // `replay errors` puts what lies under errors/ into the stream of events.
        ErrorOutputPrefix: 'receipt-errors/!{firehose:error-output-type}/day=!{timestamp:yyyy-MM-dd}/',
        CompressionFormat: 'GZIP',
        BufferingHints: { IntervalInSeconds: 900, SizeInMBs: 64 },
        FileExtension: '.json.gz',
      });
    },
  );

  it('can write only to its folders', () => {
    expect(roleStatements(synthesize(), 'ReceiptsStreamRole')[0]?.Resource).toEqual([
      '<EventsBucket.Arn>/receipt-errors/*',
      '<EventsBucket.Arn>/receipts/*',
    ]);
  });

  it('is the only other stream that the function can write to', () => {
    const put = roleStatements(synthesize(), 'DeliverRole').filter(
      ({ Action }) => Action === 'firehose:PutRecordBatch',
    );
    expect(put.map(({ Resource }) => Resource)).toEqual(['<Stream.Arn>', '<ReceiptsStream.Arn>']);
  });

  it('does not exist with receipts=false', () => {
    const template = synthesize({ receipts: false });
    template.resourceCountIs(STREAM, 1);
    template.resourceCountIs('AWS::Glue::Table', 1);
    expect(JSON.stringify(template.toJSON().Outputs)).not.toContain('Receipt');
    const { Environment } = resolvedProperties(template, 'AWS::Lambda::Function', 'Deliver');
    expect((Environment as { Variables: Json }).Variables).not.toHaveProperty('RECEIPT_STREAM_NAME');
  });

  it('keeps its receipts as long as the events', () => {
    const template = synthesize({ eventsRetentionDays: 30 });
    const { LifecycleConfiguration } = resolvedProperties(template, 'AWS::S3::Bucket', 'Events');
    const { Rules } = LifecycleConfiguration as { Rules: { Prefix?: string; ExpirationInDays?: number }[] };
    const rules = Rules.filter(({ Prefix }) => Prefix?.startsWith('receipt'));
    expect(rules.map(({ Prefix, ExpirationInDays }) => [Prefix, ExpirationInDays])).toEqual([
      ['receipts/', 30],
      ['receipt-errors/', 30],
    ]);
  });
});

describe('the table of receipts', () => {
  it('has a column of the right type for each member', () => {
    const ref = { bucket: 'b', key: 'k', versionId: 'v', nextRecord: 0, attempt: 0 };
    const object = {
      ref,
      stream: 'events',
      etag: '"e"',
      storedBytes: 1,
      ledger: new ObjectLedger(),
      outcome: 'records',
    } as const;
    const [receipt = {}] = makeReceipts([object], 0);
    const types: Record<string, string> = {
      ...{ string: 'string', number: 'bigint', boolean: 'boolean', object: 'map<string,bigint>' },
    };
    const { TableInput } = resolvedProperties(synthesize(), 'AWS::Glue::Table', 'ReceiptTable') as {
      TableInput: { StorageDescriptor: { Columns: { Name: string; Type: string }[]; Location: string } };
    };
    const { Columns, Location } = TableInput.StorageDescriptor;
    expect(Columns.map(({ Name, Type }) => [Name, Type])).toEqual(
      Object.entries(receipt).map(([name, value]) => [name.toLowerCase(), types[typeof value]]),
    );
    expect(Location).toBe('s3://<EventsBucket>/receipts/');
  });

  it.each([DESTINATIONS.Http, DESTINATIONS.Stream, { athena: false }])(
    'exists only next to the table of events: %j',
    (settings) => synthesize(settings).resourceCountIs('AWS::Glue::Table', 0),
  );
});
