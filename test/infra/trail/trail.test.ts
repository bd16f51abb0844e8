import { describe, expect, it } from 'vitest';
import { KIND_FOLDERS, KINDS } from '../../../lambda/trigger/trail-kinds.ts';
import { KEY_ARN, ORGANIZATION } from '../combinations.ts';
import { findAllowing } from '../policy-evaluation.ts';
import { propertiesOf, resolvedProperties, roleStatements, statementsOf, synthesize } from '../synthesize.ts';

const BUCKET = 'test-trail-111122223333-eu-west-3';
const TRAIL_ARN = 'arn:aws:cloudtrail:eu-west-3:111122223333:trail/Test-trail';

describe('a new trail', () => {
  it('is multi-region, validates its files, and logs', () => {
    expect(resolvedProperties(synthesize(), 'AWS::CloudTrail::Trail')).toEqual({
      TrailName: 'Test-trail',
      S3BucketName: BUCKET,
      IsLogging: true,
      IsMultiRegionTrail: true,
      IncludeGlobalServiceEvents: true,
      EnableLogFileValidation: true,
      IsOrganizationTrail: false,
    });
  });

  it('can be an organization trail, encrypted, with a prefix and Insights', () => {
    const template = synthesize({
      organizationId: ORGANIZATION,
      encryptTrail: true,
      trailKeyPrefix: 'team',
      insights: true,
    });
    expect(resolvedProperties(template, 'AWS::CloudTrail::Trail')).toMatchObject({
      IsOrganizationTrail: true,
      KMSKeyId: '<TrailKey.Arn>',
      S3KeyPrefix: 'team',
      InsightSelectors: [{ InsightType: 'ApiCallRateInsight' }, { InsightType: 'ApiErrorRateInsight' }],
    });
  });

  it('is created after the bucket policy, because CloudTrail tests its access', () => {
    const [trail] = Object.values(synthesize().findResources('AWS::CloudTrail::Trail'));
    expect(trail?.DependsOn).toContainEqual(expect.stringMatching(/^TrailLogsBucketPolicy/));
  });

  it('is the only trail that can write to its bucket', () => {
    const { PolicyDocument } = resolvedProperties(synthesize(), 'AWS::S3::BucketPolicy', 'TrailLogs');
    const statements = statementsOf(PolicyDocument);
    const cloudTrail = { Service: 'cloudtrail.amazonaws.com' };
    expect(statements.filter(({ Effect }) => Effect === 'Allow')).toEqual([
      {
        Sid: 'CloudTrailLooksAtTheBucket',
        Effect: 'Allow',
        Principal: cloudTrail,
        Action: 's3:GetBucketAcl',
        Resource: `arn:aws:s3:::${BUCKET}`,
        Condition: { StringEquals: { 'aws:SourceArn': TRAIL_ARN } },
      },
      {
        Sid: 'CloudTrailWritesItsLogs',
        Effect: 'Allow',
        Principal: cloudTrail,
        Action: 's3:PutObject',
        Resource: `arn:aws:s3:::${BUCKET}/AWSLogs/111122223333/*`,
        Condition: {
          StringEquals: { 'aws:SourceArn': TRAIL_ARN, 's3:x-amz-acl': 'bucket-owner-full-control' },
        },
      },
    ]);
    expect(statements.filter(({ Effect }) => Effect === 'Deny').map(({ Condition }) => Condition)).toEqual([
      { Bool: { 'aws:SecureTransport': 'false' } },
      { NumericLessThan: { 's3:TlsVersion': 1.2 } },
    ]);
  });

  it('can write to the folders of its organization and its account', () => {
    const template = synthesize({ organizationId: ORGANIZATION, trailKeyPrefix: 'team' });
    const { PolicyDocument } = resolvedProperties(template, 'AWS::S3::BucketPolicy', 'TrailLogs');
    const write = statementsOf(PolicyDocument).find(({ Sid }) => Sid === 'CloudTrailWritesItsLogs');
    expect(write?.Resource).toEqual([
      `arn:aws:s3:::${BUCKET}/team/AWSLogs/111122223333/*`,
      `arn:aws:s3:::${BUCKET}/team/AWSLogs/${ORGANIZATION}/*`,
    ]);
  });

  it.each(['AccessLogs', 'TrailLogs', 'Events', 'Claims'])('blocks public access to the bucket %s', (id) => {
    const bucket = resolvedProperties(synthesize(), 'AWS::S3::Bucket', id);
    expect(bucket).toMatchObject({
      PublicAccessBlockConfiguration: {
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      },
      BucketEncryption: {
        ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } }],
      },
    });
    if (id === 'TrailLogs' || id === 'Events')
      expect(bucket).toMatchObject({
        VersioningConfiguration: { Status: 'Enabled' },
        LoggingConfiguration: { DestinationBucketName: '<AccessLogsBucket>' },
      });
  });

  it('keeps its log objects indefinitely, or for trailRetentionDays', () => {
    const rules = (template: ReturnType<typeof synthesize>) =>
      propertiesOf(template, 'AWS::S3::Bucket', 'TrailLogs').LifecycleConfiguration;
    expect(JSON.stringify(rules(synthesize()))).not.toContain('ExpirationInDays');
    expect(rules(synthesize({ trailRetentionDays: 400 }))).toMatchObject({
      Rules: [{}, { ExpirationInDays: 400, NoncurrentVersionExpiration: { NoncurrentDays: 30 } }],
    });
  });

  it('has a rotated key that CloudTrail can use only for this trail', () => {
    const { KeyPolicy, EnableKeyRotation } = resolvedProperties(
      synthesize({ encryptTrail: true }),
      'AWS::KMS::Key',
      'TrailKey',
    );
    expect(EnableKeyRotation).toBe(true);
    const [root, encrypt, look, ...others] = statementsOf(KeyPolicy);
    expect(root?.Principal).toEqual({ AWS: 'arn:aws:iam::111122223333:root' });
    expect(encrypt).toMatchObject({
      Principal: { Service: 'cloudtrail.amazonaws.com' },
      Action: 'kms:GenerateDataKey*',
      Condition: {
        StringEquals: { 'aws:SourceArn': TRAIL_ARN },
        StringLike: {
          'kms:EncryptionContext:aws:cloudtrail:arn': 'arn:aws:cloudtrail:*:111122223333:trail/*',
        },
      },
    });
    expect(look).toMatchObject({
      Action: 'kms:DescribeKey',
      Condition: { StringEquals: { 'aws:SourceArn': TRAIL_ARN } },
    });
    expect(others).toEqual([]);
  });

  it('has an encrypted topic with trigger=sns that CloudTrail can publish to', () => {
    const template = synthesize({ trigger: 'sns' });
    expect(resolvedProperties(template, 'AWS::CloudTrail::Trail').SnsTopicName).toBe(
      '<TrailTopic.TopicName>',
    );
    const { PolicyDocument } = resolvedProperties(template, 'AWS::SNS::TopicPolicy', 'TrailTopic');
    expect(statementsOf(PolicyDocument).find(({ Effect }) => Effect === 'Allow')).toMatchObject({
      Principal: { Service: 'cloudtrail.amazonaws.com' },
      Action: 'sns:Publish',
      Condition: { StringEquals: { 'aws:SourceArn': TRAIL_ARN } },
    });
    const { KeyPolicy } = resolvedProperties(template, 'AWS::KMS::Key', 'TrailTopic');
    expect(statementsOf(KeyPolicy)[1]).toMatchObject({
      Principal: { Service: 'cloudtrail.amazonaws.com' },
      Action: ['kms:Decrypt', 'kms:GenerateDataKey*'],
    });
  });
});

describe("the function's read permissions", () => {
  const readable = (settings: Parameters<typeof synthesize>[0]) =>
    roleStatements(synthesize(settings), 'DeliverRole').find(({ Sid }) => Sid === 'ReadLogObjects')?.Resource;

  it.each([
    [{ trailBucketName: 'b-b' }, ['AWSLogs/111122223333/CloudTrail*']],
    [
      { trailBucketName: 'b-b', trailKeyPrefix: 'p', organizationId: ORGANIZATION },
      [`p/AWSLogs/${ORGANIZATION}/*/CloudTrail*`],
    ],
    [{ trailBucketName: 'b-b', trailAccounts: ['222222222222'] }, ['AWSLogs/222222222222/CloudTrail*']],
  ])('cover only the log folders: %j', (settings, keys) => {
    expect([readable(settings)].flat()).toEqual(keys.map((key) => `arn:aws:s3:::b-b/${key}`));
  });

  it.each([
    { trailBucketName: 'b-b' },
    { trailBucketName: 'b-b', organizationId: ORGANIZATION },
    { trailBucketName: 'b-b', rulePerKind: true },
    { trailBucketName: 'b-b', kinds: [...KINDS] },
  ])('and notifications cover each kind, but not the digests: %j', (settings) => {
    const template = synthesize(settings);
    const statements = roleStatements(template, 'DeliverRole');
    const { NotificationConfiguration } = resolvedProperties(template, 'Custom::S3BucketNotifications') as {
      NotificationConfiguration: {
        QueueConfigurations: { Filter: { Key: { FilterRules: { Value: string }[] } } }[];
      };
    };
    const rules = NotificationConfiguration.QueueConfigurations.map(({ Filter }) =>
      Filter.Key.FilterRules.map(({ Value }) => Value),
    );
    const root = 'organizationId' in settings ? `AWSLogs/${ORGANIZATION}/` : 'AWSLogs/';
    const read = (folder: string) => {
      const key = `${root}111122223333/${folder}/eu-west-3/2026/11/22/a.json.gz`;
      const call = { action: 's3:GetObject', resource: `arn:aws:s3:::b-b/${key}` };
      return {
        times: rules.filter(([suffix = '', prefix = '']) => key.startsWith(prefix) && key.endsWith(suffix))
          .length,
        isReadable: findAllowing(statements, call) !== undefined,
      };
    };
    for (const folder of Object.values(KIND_FOLDERS))
      expect(read(folder)).toEqual({ times: 1, isReadable: true });
    expect(read('CloudTrail-Digest').isReadable).toBe(false);
    const isOpen = !('kinds' in settings);
    expect(read('CloudTrail-Tomorrow').isReadable).toBe(isOpen);
  });

  it('include listing the log folders, so S3 reports a missing object as missing', () => {
    const list = roleStatements(synthesize({ trailBucketName: 'b-b' }), 'DeliverRole').find(
      ({ Action }) => Action === 's3:ListBucket',
    );
    expect(list).toMatchObject({
      Resource: 'arn:aws:s3:::b-b',
      Condition: {
        StringLike: {
          's3:prefix': ['AWSLogs/111122223333/CloudTrail*'],
        },
      },
    });
  });

  it('include decryption only with the trail’s key and only through S3', () => {
    const template = synthesize({ trailBucketName: 'b-b', trailKmsKeyArn: KEY_ARN });
    const decrypt = roleStatements(template, 'DeliverRole').filter(({ Sid }) => Sid === 'DecryptLogObjects');
    expect(decrypt).toEqual([
      {
        Sid: 'DecryptLogObjects',
        Effect: 'Allow',
        Action: 'kms:Decrypt',
        Resource: KEY_ARN,
        Condition: { StringEquals: { 'kms:ViaService': 's3.eu-west-3.amazonaws.com' } },
      },
    ]);
    expect(JSON.stringify(roleStatements(synthesize(), 'DeliverRole'))).not.toContain('kms:');
  });
});
