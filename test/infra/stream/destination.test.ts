import { describe, expect, it } from 'vitest';
import type { PipelineSettings } from '../../../infra/settings/settings.ts';
import { ENV } from '../../../lambda/contract.ts';
import { DESTINATIONS, OPTIONS, SECRET_ARN } from '../combinations.ts';
import { type Json, resolvedProperties, roleStatements, statementsOf, synthesize } from '../synthesize.ts';

const idOf = ({ packing = 'gzip' }: PipelineSettings) =>
  ({ gzip: 'Stream', lines: 'S3Lines', single: 'S3Single' })[packing];

const s3Config = (settings: PipelineSettings = {}) =>
  resolvedProperties(synthesize(settings), 'AWS::KinesisFirehose::DeliveryStream', idOf(settings))
    .ExtendedS3DestinationConfiguration as Json;

describe('destination s3', () => {
  it('writes events by day and hour, and errors under another prefix', () => {
    expect(s3Config()).toMatchObject({
      BucketARN: '<EventsBucket.Arn>',
      RoleARN: '<StreamRole.Arn>',
      Prefix: 'events/day=!{timestamp:yyyy-MM-dd}/hour=!{timestamp:HH}/',
      ErrorOutputPrefix: 'errors/!{firehose:error-output-type}/day=!{timestamp:yyyy-MM-dd}/',
      BufferingHints: { IntervalInSeconds: 60, SizeInMBs: 64 },
      FileExtension: '.json.gz',
      CloudWatchLoggingOptions: { Enabled: true },
    });
  });

  it.each([
    ['gzip', 'UNCOMPRESSED', undefined],
    ['lines', 'GZIP', undefined],
    ['single', 'GZIP', { Enabled: true, Processors: [{ Type: 'AppendDelimiterToRecord' }] }],
  ] as const)('compresses objects exactly once with packing %s: %s', (packing, format, processing) => {
    const { CompressionFormat, ProcessingConfiguration } = s3Config({ packing });
    expect(CompressionFormat).toBe(format);
    if (processing) expect(ProcessingConfiguration).toMatchObject(processing);
    else expect(ProcessingConfiguration).toBeUndefined();
  });

  it('encrypts the stream', () => {
    expect(
      resolvedProperties(synthesize(), 'AWS::KinesisFirehose::DeliveryStream', 'Stream')
        .DeliveryStreamEncryptionConfigurationInput,
    ).toEqual({ KeyType: 'AWS_OWNED_CMK' });
  });

  it('can write only to its two folders', () => {
    expect(roleStatements(synthesize(), 'StreamRole')).toEqual([
      {
        Effect: 'Allow',
        Action: ['s3:AbortMultipartUpload', 's3:GetObject', 's3:PutObject'],
        Resource: ['<EventsBucket.Arn>/errors/*', '<EventsBucket.Arn>/events/*'],
      },
      {
        Effect: 'Allow',
        Action: ['s3:GetBucketLocation', 's3:ListBucket', 's3:ListBucketMultipartUploads'],
        Resource: '<EventsBucket.Arn>',
      },
      { Effect: 'Allow', Action: 'logs:PutLogEvents', Resource: '<StreamLog.Arn>' },
    ]);
  });

  it('can write to an existing bucket', () => {
    const template = synthesize({ eventsBucketName: 'their-events' });
    expect(JSON.stringify(roleStatements(template, 'StreamRole'))).toContain(
      'arn:aws:s3:::their-events/events/*',
    );
    // The buckets for the trail, access logs and claims.
    template.resourceCountIs('AWS::S3::Bucket', 3);
  });

  it.each([
    [{}, [365, 365]],
    [{ eventsRetentionDays: 30 }, [30, 30]],
    [{ eventsRetentionDays: 0 }, []],
  ])('expires events after eventsRetentionDays and query results after 30 days: %j', (settings, days) => {
    const { LifecycleConfiguration } = resolvedProperties(synthesize(settings), 'AWS::S3::Bucket', 'Events');
    const { Rules } = LifecycleConfiguration as { Rules: { Prefix?: string; ExpirationInDays?: number }[] };
    const expirations = (prefix: RegExp) =>
      Rules.filter(({ Prefix }) => Prefix && prefix.test(Prefix)).map(
        ({ ExpirationInDays }) => ExpirationInDays,
      );
    expect(expirations(/^(events|errors)\/$/)).toEqual(days);
    expect(expirations(/^athena\/$/)).toEqual([30]);
  });
});

describe('destination http', () => {
  const template = synthesize(DESTINATIONS.Http);

  it('sends the key from the secret and stores rejected events', () => {
    const stream = resolvedProperties(template, 'AWS::KinesisFirehose::DeliveryStream', 'HttpSingle');
    expect(stream.HttpEndpointDestinationConfiguration).toMatchObject({
      EndpointConfiguration: { Url: 'https://intake.example.com/aws' },
      SecretsManagerConfiguration: {
        Enabled: true,
        SecretARN: SECRET_ARN,
        RoleARN: '<HttpSingleStreamRole.Arn>',
      },
      RetryOptions: { DurationInSeconds: 7200 },
      S3BackupMode: 'FailedDataOnly',
      S3Configuration: {
        BucketARN: '<EventsBucket.Arn>',
        CompressionFormat: 'GZIP',
        Prefix: 'errors/',
      },
    });
    expect(JSON.stringify(stream)).not.toContain('AccessKey');
  });

  it('can read only that secret and write only rejected events', () => {
    const statements = roleStatements(template, 'HttpSingleStreamRole');
    expect(statements[0]?.Resource).toBe('<EventsBucket.Arn>/errors/*');
    expect(statements.at(-1)).toEqual({
      Effect: 'Allow',
      Action: 'secretsmanager:GetSecretValue',
      Resource: SECRET_ARN,
    });
  });

  it('has no table, because no bucket contains the events', () => {
    template.resourceCountIs('AWS::Glue::Table', 0);
  });
});

describe('destination stream', () => {
  it('writes to that stream and creates none', () => {
    const template = synthesize({ ...DESTINATIONS.Stream, receipts: false });
    template.resourceCountIs('AWS::KinesisFirehose::DeliveryStream', 0);
    const put = roleStatements(template, 'DeliverRole').find(
      ({ Action }) => Action === 'firehose:PutRecordBatch',
    );
    expect(put?.Resource).toBe('arn:aws:firehose:eu-west-3:111122223333:deliverystream/siem');
  });

  it('creates only the claim bucket for an existing trail without receipts', () => {
    const template = synthesize({ ...DESTINATIONS.Stream, trailBucketName: 'b-b', receipts: false });
    template.resourceCountIs('AWS::S3::Bucket', 1);
    expect(resolvedProperties(template, 'AWS::S3::Bucket', 'Claims')).not.toHaveProperty(
      'LoggingConfiguration',
    );
  });
});

describe('the claim bucket', () => {
  it('expires a claim one day after the last copy of its message can arrive, and is not versioned', () => {
    const bucket = resolvedProperties(synthesize(), 'AWS::S3::Bucket', 'Claims');
    expect(bucket.LifecycleConfiguration).toEqual({
      Rules: [{ Id: 'Retention', ExpirationInDays: 14 + 7 + 1, Status: 'Enabled' }],
    });
    expect(bucket).not.toHaveProperty('VersioningConfiguration');
  });

  it('requires TLS 1.2', () => {
    const { PolicyDocument } = resolvedProperties(synthesize(), 'AWS::S3::BucketPolicy', 'Claims');
    expect(statementsOf(PolicyDocument)).toMatchObject([
      { Effect: 'Deny', Action: 's3:*', Condition: { Bool: { 'aws:SecureTransport': 'false' } } },
      { Effect: 'Deny', Action: 's3:*', Condition: { NumericLessThan: { 's3:TlsVersion': 1.2 } } },
    ]);
  });

  it('allows the function to access one folder', () => {
    const statements = roleStatements(synthesize(), 'DeliverRole').filter(({ Sid }) =>
      Sid?.includes('Claim'),
    );
    expect(statements).toEqual([
      {
        Sid: 'ClaimHandOvers',
        Effect: 'Allow',
        Action: ['s3:GetObject', 's3:PutObject'],
        Resource: '<ClaimsBucket.Arn>/claims/*',
      },
      {
        Sid: 'TellMissingClaims',
        Effect: 'Allow',
        Action: 's3:ListBucket',
        Resource: '<ClaimsBucket.Arn>',
        Condition: { StringLike: { 's3:prefix': 'claims/*' } },
      },
    ]);
  });
});

describe('the function', () => {
  it('is configured by the settings', () => {
    const template = synthesize({
      memoryMiB: 2048,
      timeoutSeconds: 600,
      reservedConcurrency: 20,
      logRetentionDays: 7,
    });
    expect(resolvedProperties(template, 'AWS::Lambda::Function')).toMatchObject({
      Runtime: 'nodejs24.x',
      Architectures: ['arm64'],
      Handler: 'index.handler',
      MemorySize: 2048,
      Timeout: 600,
      ReservedConcurrentExecutions: 20,
      Environment: { Variables: { NODE_OPTIONS: expect.stringContaining('--max-old-space-size=1856') } },
      LoggingConfig: { LogFormat: 'JSON', LogGroup: '<DeliverLog>' },
      Role: '<DeliverRole.Arn>',
      // Resume messages loop by design.
      RecursiveLoop: 'Allow',
    });
    expect(resolvedProperties(template, 'AWS::Logs::LogGroup', 'DeliverLog')).toEqual({ RetentionInDays: 7 });
  });

  it('gets the stream, work queue, claim bucket and trail from its environment', () => {
    const { Environment } = resolvedProperties(synthesize(), 'AWS::Lambda::Function');
    expect(Environment).toEqual({
      Variables: {
        [ENV.deliveryStreamName]: '<Stream>',
        [ENV.receiptStreamName]: '<ReceiptsStream>',
        [ENV.workQueueUrl]: '<WorkQueue>',
        [ENV.claimBucketName]: '<ClaimsBucket>',
        [ENV.trailBucket]: 'test-trail-111122223333-eu-west-3',
        [ENV.trailRoot]: 'AWSLogs/',
        [ENV.trailAccounts]: '111122223333',
        [ENV.packing]: 'gzip',
        [ENV.maxBytesPerSecond]: '349525',
        NODE_OPTIONS: '--enable-source-maps --max-semi-space-size=4 --max-old-space-size=832',
      },
    });
  });

  it('fails synth if its environment exceeds the limit of Lambda', () => {
    const accounts = (count: number) => Array.from({ length: count }, (_, n) => `${111111111111 + n}`);
    const trail = { trailBucketName: 'b-b', trailAccounts: accounts(200) };
    expect(resolvedProperties(synthesize(trail), 'AWS::Lambda::Function', 'DeliverFunction')).toMatchObject({
      Environment: { Variables: { [ENV.trailAccounts]: accounts(200).join() } },
    });
    expect(() => synthesize({ ...trail, trailAccounts: accounts(300) })).toThrow(
      /^The function's environment must have at most 4096 bytes \(got 4\d\d\d\)\. Set fewer trailAccounts, labels, excludeEvents or streams, or use organizationId without trailAccounts\.$/,
    );
  });

  it('leaves out the events of excludeEvents', () => {
    const template = synthesize({ excludeEvents: ['kms.amazonaws.com:Decrypt', 's3.amazonaws.com:*'] });
    const { Environment } = resolvedProperties(template, 'AWS::Lambda::Function');
    expect(Environment).toMatchObject({
      Variables: { [ENV.excludeEvents]: 'kms.amazonaws.com:Decrypt,s3.amazonaws.com:*' },
    });
  });

  it('has the profile, its labels and the limits of events', () => {
    const variablesOf = (settings: PipelineSettings) =>
      (resolvedProperties(synthesize(settings), 'AWS::Lambda::Function').Environment as Json).Variables;
    expect(
      variablesOf({ ...OPTIONS.Detection, maxEventBytes: 256_000, maxEventsPerRecord: 9 }),
    ).toMatchObject({
      [ENV.profile]: 'detection',
      [ENV.labels]: 'env=prod,team=payments',
      [ENV.accountsFile]: 'accounts.json',
      [ENV.maxEventBytes]: '256000',
      [ENV.maxEventsPerRecord]: '9',
    });
    const names = [ENV.profile, ENV.labels, ENV.accountsFile, ENV.maxEventBytes, ENV.maxEventsPerRecord];
    for (const name of names) expect(variablesOf({ profile: 'seed' })).not.toHaveProperty(name);
  });

  it.each([
    [{ packing: 'lines' }, '500'],
    [{ packing: 'lines', maxEventsPerRecord: 600 }, '600'],
    [{ packing: 'gzip' }, undefined],
    [{ packing: 'single' }, undefined],
  ] satisfies [PipelineSettings, string | undefined][])(
    'packs at most as many events as an existing stream can deaggregate, with %j: %s',
    (settings, limit) => {
      const { Environment } = resolvedProperties(
        synthesize({ ...DESTINATIONS.Stream, ...settings }),
        'AWS::Lambda::Function',
      );
      expect((Environment as Json).Variables).toMatchObject({
        [ENV.packing]: settings.packing,
        ...(limit && { [ENV.maxEventsPerRecord]: limit }),
      });
      if (!limit) expect((Environment as Json).Variables).not.toHaveProperty(ENV.maxEventsPerRecord);
    },
  );

  it('dead-letters objects after giveUpAfterHours', () => {
    const { Environment } = resolvedProperties(synthesize({ giveUpAfterHours: 24 }), 'AWS::Lambda::Function');
    expect(Environment).toMatchObject({ Variables: { [ENV.giveUpAfterHours]: '24' } });
  });

  it('has no reserved concurrency by default', () => {
    expect(resolvedProperties(synthesize(), 'AWS::Lambda::Function')).not.toHaveProperty(
      'ReservedConcurrentExecutions',
    );
  });

  it('has only its inline policy', () => {
    synthesize().resourceCountIs('AWS::IAM::Policy', 0);
    expect(JSON.stringify(synthesize().findResources('AWS::IAM::Role'))).not.toContain('ManagedPolicyArns');
  });
});
