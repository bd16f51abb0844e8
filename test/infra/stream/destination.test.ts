import { describe, expect, it } from 'vitest';
import { ENV } from '../../../lambda/contract.ts';
import { DESTINATIONS, SECRET_ARN } from '../combinations.ts';
import { type Json, resolvedProperties, roleStatements, statementsOf, synthesize } from '../synthesize.ts';

const s3Config = (settings = {}) =>
  resolvedProperties(synthesize(settings), 'AWS::KinesisFirehose::DeliveryStream')
    .ExtendedS3DestinationConfiguration as Json;

describe('destination s3', () => {
  it('writes events by day and hour, errors apart', () => {
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
  ] as const)('with packing %s the object is gzip once: %s', (packing, format, processing) => {
    const { CompressionFormat, ProcessingConfiguration } = s3Config({ packing });
    expect(CompressionFormat).toBe(format);
    if (processing) expect(ProcessingConfiguration).toMatchObject(processing);
    else expect(ProcessingConfiguration).toBeUndefined();
  });

  it('is encrypted in the stream', () => {
    expect(
      resolvedProperties(synthesize(), 'AWS::KinesisFirehose::DeliveryStream')
        .DeliveryStreamEncryptionConfigurationInput,
    ).toEqual({ KeyType: 'AWS_OWNED_CMK' });
  });

  it('may write to its two folders', () => {
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

  it('may write to a bucket that exists', () => {
    const template = synthesize({ eventsBucketName: 'their-events' });
    expect(JSON.stringify(roleStatements(template, 'StreamRole'))).toContain(
      'arn:aws:s3:::their-events/events/*',
    );
    // The trail's, the access logs' and the claims'.
    template.resourceCountIs('AWS::S3::Bucket', 3);
  });

  it.each([
    [{}, [365, 365]],
    [{ eventsRetentionDays: 30 }, [30, 30]],
    [{ eventsRetentionDays: 0 }, []],
  ])('drops events after a while, query results after a month: %j', (settings, days) => {
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

  it('sends with the key out of the secret, and keeps what was not taken', () => {
    const stream = resolvedProperties(template, 'AWS::KinesisFirehose::DeliveryStream');
    expect(stream.HttpEndpointDestinationConfiguration).toMatchObject({
      EndpointConfiguration: { Url: 'https://intake.example.com/aws' },
      SecretsManagerConfiguration: { Enabled: true, SecretARN: SECRET_ARN, RoleARN: '<StreamRole.Arn>' },
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

  it('may read that secret and write to that folder', () => {
    const statements = roleStatements(template, 'StreamRole');
    expect(statements[0]?.Resource).toBe('<EventsBucket.Arn>/errors/*');
    expect(statements.at(-1)).toEqual({
      Effect: 'Allow',
      Action: 'secretsmanager:GetSecretValue',
      Resource: SECRET_ARN,
    });
  });

  it('has no table: there is nothing in a bucket to ask', () => {
    template.resourceCountIs('AWS::Glue::Table', 0);
  });
});

describe('destination stream', () => {
  it('puts into that stream and makes none', () => {
    const template = synthesize(DESTINATIONS.Stream);
    template.resourceCountIs('AWS::KinesisFirehose::DeliveryStream', 0);
    const put = roleStatements(template, 'DeliverRole').find(
      ({ Action }) => Action === 'firehose:PutRecordBatch',
    );
    expect(put?.Resource).toBe('arn:aws:firehose:eu-west-3:111122223333:deliverystream/siem');
  });

  it('makes no bucket but the claim bucket next to an existing trail', () => {
    const template = synthesize({ ...DESTINATIONS.Stream, trailBucketName: 'b-b' });
    template.resourceCountIs('AWS::S3::Bucket', 1);
    expect(resolvedProperties(template, 'AWS::S3::Bucket', 'Claims')).not.toHaveProperty(
      'LoggingConfiguration',
    );
  });
});

describe('the claim bucket', () => {
  it('drops a claim a day after the last copy of its message can arrive, and keeps one version', () => {
    const bucket = resolvedProperties(synthesize(), 'AWS::S3::Bucket', 'Claims');
    expect(bucket.LifecycleConfiguration).toEqual({
      Rules: [{ Id: 'Retention', ExpirationInDays: 14 + 7 + 1, Status: 'Enabled' }],
    });
    expect(bucket).not.toHaveProperty('VersioningConfiguration');
  });

  it('takes TLS 1.2 only', () => {
    const { PolicyDocument } = resolvedProperties(synthesize(), 'AWS::S3::BucketPolicy', 'Claims');
    expect(statementsOf(PolicyDocument)).toMatchObject([
      { Effect: 'Deny', Action: 's3:*', Condition: { Bool: { 'aws:SecureTransport': 'false' } } },
      { Effect: 'Deny', Action: 's3:*', Condition: { NumericLessThan: { 's3:TlsVersion': 1.2 } } },
    ]);
  });

  it('is open to the function in one folder', () => {
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
  it('is set up as told', () => {
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
      // A resume chain is a loop on purpose.
      RecursiveLoop: 'Allow',
    });
    expect(resolvedProperties(template, 'AWS::Logs::LogGroup', 'DeliverLog')).toEqual({ RetentionInDays: 7 });
  });

  it('is told where its events and its unfinished objects go', () => {
    const { Environment } = resolvedProperties(synthesize(), 'AWS::Lambda::Function');
    expect(Environment).toEqual({
      Variables: {
        [ENV.deliveryStreamName]: '<Stream>',
        [ENV.workQueueUrl]: '<WorkQueue>',
        [ENV.claimBucketName]: '<ClaimsBucket>',
        [ENV.trailBucket]: 'test-trail-111122223333-eu-west-3',
        [ENV.trailRoot]: 'AWSLogs/',
        [ENV.trailAccounts]: '111122223333',
        [ENV.packing]: 'gzip',
        NODE_OPTIONS: '--enable-source-maps --max-semi-space-size=4 --max-old-space-size=832',
      },
    });
  });

  it('is told no more than Lambda takes, or synth says how much it is', () => {
    const accounts = (count: number) => Array.from({ length: count }, (_, n) => `${111111111111 + n}`);
    const trail = { trailBucketName: 'b-b', trailAccounts: accounts(200) };
    expect(resolvedProperties(synthesize(trail), 'AWS::Lambda::Function', 'DeliverFunction')).toMatchObject({
      Environment: { Variables: { [ENV.trailAccounts]: accounts(200).join() } },
    });
    expect(() => synthesize({ ...trail, trailAccounts: accounts(300) })).toThrow(
      /environment has 4\d\d\d bytes and Lambda takes 4096; write fewer trailAccounts/,
    );
  });

  it('leaves out the events that it is told to', () => {
    const template = synthesize({ excludeEvents: ['kms.amazonaws.com:Decrypt', 's3.amazonaws.com:*'] });
    const { Environment } = resolvedProperties(template, 'AWS::Lambda::Function');
    expect(Environment).toMatchObject({
      Variables: { [ENV.excludeEvents]: 'kms.amazonaws.com:Decrypt,s3.amazonaws.com:*' },
    });
  });

  it('gives up after the hours that it is told', () => {
    const { Environment } = resolvedProperties(synthesize({ giveUpAfterHours: 24 }), 'AWS::Lambda::Function');
    expect(Environment).toMatchObject({ Variables: { [ENV.giveUpAfterHours]: '24' } });
  });

  it('has no concurrency set aside unless told', () => {
    expect(resolvedProperties(synthesize(), 'AWS::Lambda::Function')).not.toHaveProperty(
      'ReservedConcurrentExecutions',
    );
  });

  it('has no policy beside its own', () => {
    synthesize().resourceCountIs('AWS::IAM::Policy', 0);
    expect(JSON.stringify(synthesize().findResources('AWS::IAM::Role'))).not.toContain('ManagedPolicyArns');
  });
});
