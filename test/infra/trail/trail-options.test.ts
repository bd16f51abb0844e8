import { describe, expect, it } from 'vitest';
import type { PipelineSettings } from '../../../infra/settings/settings.ts';
import { type Json, resolvedProperties, synthesize } from '../synthesize.ts';

interface Selector {
  Name: string;
  FieldSelectors: (Json & { Field: string; NotStartsWith?: string[] })[];
}

const trailOf = (settings: PipelineSettings) =>
  resolvedProperties(synthesize(settings), 'AWS::CloudTrail::Trail');

const selectorsOf = (settings: PipelineSettings) => trailOf(settings).AdvancedEventSelectors as Selector[];

const equal = (Field: string, value: string) => ({ Field, Equals: [value] });

const MANAGEMENT = { Name: 'Management events', FieldSelectors: [equal('eventCategory', 'Management')] };

describe('the event selectors of a new trail', () => {
  it('keep management events, and record each service’s calls through VPC endpoints', () => {
    expect(selectorsOf({ networkActivityEvents: ['s3.amazonaws.com', 'kms.amazonaws.com'] })).toEqual([
      MANAGEMENT,
      ...['s3.amazonaws.com', 'kms.amazonaws.com'].map((service) => ({
        Name: `Network activity of ${service}`,
        FieldSelectors: [equal('eventCategory', 'NetworkActivity'), equal('eventSource', service)],
      })),
    ]);
  });

  it('record data events, without those that the pipeline itself causes with each log object', () => {
    const dataEvents = ['AWS::S3::Object', 'AWS::DynamoDB::Table', 'AWS::S3::Object'];
    expect(selectorsOf({ dataEvents })).toEqual([
      MANAGEMENT,
      {
        Name: 'Data events of AWS::S3::Object',
        FieldSelectors: [
          equal('eventCategory', 'Data'),
          equal('resources.type', 'AWS::S3::Object'),
          {
            Field: 'resources.ARN',
            NotStartsWith: [
              '<AccessLogsBucket.Arn>/',
              '<TrailLogsBucket.Arn>/',
              '<EventsBucket.Arn>/',
              '<ClaimsBucket.Arn>/',
            ],
          },
        ],
      },
      {
        Name: 'Data events of AWS::DynamoDB::Table',
        FieldSelectors: [equal('eventCategory', 'Data'), equal('resources.type', 'AWS::DynamoDB::Table')],
      },
    ]);
  });

  it.each<[string, PipelineSettings, string[]]>([
    ['AWS::Lambda::Function', {}, ['<DeliverFunction.Arn>']],
    ['AWS::SQS::Queue', {}, ['<WorkQueue.Arn>', '<WorkDeadLetters.Arn>']],
    ['AWS::KinesisFirehose::DeliveryStream', {}, ['<Stream.Arn>', '<ReceiptsStream.Arn>']],
    ['AWS::SNS::Topic', { trigger: 'sns' }, ['<TrailTopic>']],
    [
      'AWS::S3::Object',
      { eventsBucketName: 'their-events' },
      [
        '<AccessLogsBucket.Arn>/',
        '<TrailLogsBucket.Arn>/',
        '<ClaimsBucket.Arn>/',
        'arn:aws:s3:::their-events/',
      ],
    ],
  ])('leave out the pipeline’s own %s: %j', (type, settings, own) => {
    const selector = selectorsOf({ ...settings, dataEvents: [type] }).at(-1);
    expect(selector?.FieldSelectors.at(-1)).toEqual({ Field: 'resources.ARN', NotStartsWith: own });
  });

  it.each(['queue', 'direct', 'sns', 'eventbridge'] as const)(
    'make no circle with the other resources: %s',
    (trigger) => {
      const dataEvents = ['AWS::S3::Object', 'AWS::Lambda::Function', 'AWS::SQS::Queue', 'AWS::SNS::Topic'];
      // Template.fromStack refuses circular dependencies.
      expect(selectorsOf({ trigger, dataEvents })).toHaveLength(5);
    },
  );

  it('are left to CloudTrail by default', () => {
    expect(trailOf({})).not.toHaveProperty('AdvancedEventSelectors');
    expect(trailOf({ insights: true })).not.toHaveProperty('AdvancedEventSelectors');
  });
});

describe('Object Lock of a new trail bucket', () => {
  it.each([
    ['governance', 'GOVERNANCE'],
    ['compliance', 'COMPLIANCE'],
  ] as const)('protects each version for trailObjectLockDays: %s', (trailObjectLock, Mode) => {
    const template = synthesize({ trailObjectLock, trailObjectLockDays: 365 });
    expect(resolvedProperties(template, 'AWS::S3::Bucket', 'TrailLogs')).toMatchObject({
      ObjectLockEnabled: true,
      ObjectLockConfiguration: {
        ObjectLockEnabled: 'Enabled',
        Rule: { DefaultRetention: { Days: 365, Mode } },
      },
      VersioningConfiguration: { Status: 'Enabled' },
    });
    for (const id of ['AccessLogs', 'Events', 'Claims'])
      expect(resolvedProperties(template, 'AWS::S3::Bucket', id)).not.toHaveProperty('ObjectLockEnabled');
  });

  it('is off by default', () => {
    const bucket = resolvedProperties(synthesize(), 'AWS::S3::Bucket', 'TrailLogs');
    expect(bucket).not.toHaveProperty('ObjectLockEnabled');
    expect(bucket).not.toHaveProperty('ObjectLockConfiguration');
  });
});
