import type { Template } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import type { PipelineSettings } from '../../infra/settings/settings.ts';
import { TRIGGERS } from '../../infra/settings/settings.ts';
import { DESTINATIONS, ORGANIZATION } from './combinations.ts';
import { statementsOf, synthesize } from './synthesize.ts';
import { compareTemplates, requirementsOf, resourcesOf } from './template-changes.ts';

const NEW_TRAILS: PipelineSettings[] = [
  ...TRIGGERS.map((trigger) => ({ trigger })),
  { encryptTrail: true, organizationId: ORGANIZATION, insights: true, alarmEmail: 'oncall@example.com' },
  { encryptTrail: true, trigger: 'sns' },
  DESTINATIONS.Http,
  DESTINATIONS.Stream,
];

/** Returns `<type> <DeletionPolicy> <UpdateReplacePolicy>` by logical ID for what outlives the stack. */
function kept(template: Template): Record<string, string> {
  return Object.fromEntries(
    Object.entries(resourcesOf(template))
      .filter(([, { DeletionPolicy }]) => DeletionPolicy !== undefined && DeletionPolicy !== 'Delete')
      .map(([id, { Type, DeletionPolicy, UpdateReplacePolicy }]) => [
        id,
        `${Type} ${DeletionPolicy} ${UpdateReplacePolicy}`,
      ]),
  );
}

describe('what outlives the stack', () => {
  it('is each bucket with its policy, the key of the trail, the logs, and the streams with their roles', () => {
    const names = Object.entries(kept(synthesize({ encryptTrail: true }))).map(
      ([id, policies]) => `${id.replace(/[0-9A-F]{8}$/, '')} ${policies.replace(/^AWS::/, '')}`,
    );
    expect(names.sort()).toEqual([
      'AccessLogsBucket S3::Bucket RetainExceptOnCreate Retain',
      'AccessLogsBucketPolicy S3::BucketPolicy RetainExceptOnCreate Retain',
      'ClaimsBucket S3::Bucket RetainExceptOnCreate Retain',
      'ClaimsBucketPolicy S3::BucketPolicy RetainExceptOnCreate Retain',
      'DeliverLog Logs::LogGroup RetainExceptOnCreate Retain',
      'EventsBucket S3::Bucket RetainExceptOnCreate Retain',
      'EventsBucketPolicy S3::BucketPolicy RetainExceptOnCreate Retain',
      'ReceiptsStream KinesisFirehose::DeliveryStream Retain Retain',
      'ReceiptsStreamLog Logs::LogGroup Retain Retain',
      'ReceiptsStreamLogS3Destination Logs::LogStream Retain Retain',
      'ReceiptsStreamRole IAM::Role Retain Retain',
      'Stream KinesisFirehose::DeliveryStream Retain Retain',
      'StreamLog Logs::LogGroup Retain Retain',
      'StreamLogS3Destination Logs::LogStream Retain Retain',
      'StreamRole IAM::Role Retain Retain',
      'TrailKey KMS::Key RetainExceptOnCreate Retain',
      'TrailLogsBucket S3::Bucket RetainExceptOnCreate Retain',
      'TrailLogsBucketPolicy S3::BucketPolicy RetainExceptOnCreate Retain',
    ]);
  });

  it.each(NEW_TRAILS)('never has a fixed name if a rollback keeps it: %j', (settings) => {
    const resources = Object.values(resourcesOf(synthesize(settings)));
    for (const { Type, DeletionPolicy, Properties } of resources)
      if (DeletionPolicy === 'Retain') expect(Object.keys(Properties ?? {}), Type).not.toContain(NAMES[Type]);
  });

  it('includes nothing with removalPolicy=destroy', () => {
    expect(kept(synthesize({ removalPolicy: 'destroy', encryptTrail: true }))).toEqual({});
  });

  it('includes the trail bucket with its policy if trailBucketName replaces it', () => {
    const changes = compareTemplates(synthesize(), synthesize({ trailBucketName: 'example-trail-bucket' }));
    expect(changes.kept).toEqual(
      expect.arrayContaining(['TrailLogsBucket6BA0A629', 'TrailLogsBucketPolicy9F6491BE']),
    );
    expect(changes.deleted).toEqual(['Trail8987F129']);
  });

  it('includes the TLS rules and the trail’s access in the policy of the trail bucket', () => {
    const policy = resourcesOf(synthesize()).TrailLogsBucketPolicy9F6491BE;
    expect(policy?.DeletionPolicy).toBe('RetainExceptOnCreate');
    expect(
      statementsOf(policy?.Properties?.PolicyDocument).map(({ Sid, Condition }) => Sid ?? Condition),
    ).toEqual([
      { Bool: { 'aws:SecureTransport': 'false' } },
      { NumericLessThan: { 's3:TlsVersion': 1.2 } },
      'CloudTrailLooksAtTheBucket',
      'CloudTrailWritesItsLogs',
    ]);
  });
});

/** Properties that name a resource, and can exist only once. */
const NAMES: Record<string, string> = {
  'AWS::KinesisFirehose::DeliveryStream': 'DeliveryStreamName',
  'AWS::IAM::Role': 'RoleName',
  'AWS::Logs::LogGroup': 'LogGroupName',
  'AWS::Logs::LogStream': 'LogStreamName',
};

describe('the first deployment', () => {
  it.each(NEW_TRAILS)(
    'creates the trail last, so the bucket is empty if anything else fails: %j',
    (settings) => {
      const template = synthesize(settings);
      const [trail = ''] = Object.keys(template.findResources('AWS::CloudTrail::Trail'));
      const others = Object.keys(resourcesOf(template)).filter((id) => id !== trail);
      expect([...requirementsOf(template, trail)].sort()).toEqual(others.sort());
    },
  );

  it.each(NEW_TRAILS)('keeps nothing with a fixed name when it rolls back: %j', (settings) => {
    const template = synthesize(settings);
    for (const [id, { Type, DeletionPolicy }] of Object.entries(resourcesOf(template)))
      if (Type === 'AWS::S3::Bucket' || Type === 'AWS::KMS::Key' || Type === 'AWS::CloudTrail::Trail')
        expect(`${id} ${DeletionPolicy}`).not.toMatch(/ Retain$/);
  });
});
