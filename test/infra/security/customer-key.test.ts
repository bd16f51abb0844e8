import { describe, expect, it } from 'vitest';
import type { PipelineSettings } from '../../../infra/settings/settings.ts';
import { DESTINATIONS, KEY_ARN, ORGANIZATION, SECRET_ARN, TOPIC_ARN } from '../combinations.ts';
import {
  listOf,
  resolve,
  resolvedProperties,
  roleStatements,
  type Statement,
  statementsOf,
  synthesize,
} from '../synthesize.ts';

const KEY = { kmsKeyArn: KEY_ARN } as const;
const EXISTING = { trailBucketName: 'example-trail-bucket' } as const;

type Resolved = Record<string, Record<string, unknown>>;

/** Returns the resolved properties of all resources of a type by logical ID without its hash. */
function resourcesOf(type: string, settings: PipelineSettings): Resolved {
  return Object.fromEntries(
    Object.entries(synthesize(settings).findResources(type)).map(([id, { Properties }]) => [
      id.slice(0, -8),
      resolve(Properties ?? {}) as Record<string, unknown>,
    ]),
  );
}

/** Default encryption of each bucket. */
function bucketEncryption(settings: PipelineSettings) {
  return Object.fromEntries(
    Object.entries(resourcesOf('AWS::S3::Bucket', settings)).map(([id, { BucketEncryption }]) => {
      const { ServerSideEncryptionConfiguration } = BucketEncryption as {
        ServerSideEncryptionConfiguration: unknown[];
      };
      return [id, ServerSideEncryptionConfiguration[0]];
    }),
  );
}

const withKey = (BucketKeyEnabled: boolean) => ({
  BucketKeyEnabled,
  ServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms', KMSMasterKeyID: KEY_ARN },
});
const withS3Key = { ServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } };

describe('kmsKeyArn', () => {
  it('encrypts every bucket but that of the access logs, which S3 writes only without it', () => {
    expect(bucketEncryption(KEY)).toEqual({
      AccessLogsBucket: withS3Key,
      TrailLogsBucket: withKey(false),
      EventsBucket: withKey(true),
      ClaimsBucket: withKey(true),
    });
  });

  it.each<[string, PipelineSettings]>([
    ['s3', {}],
    ['http', DESTINATIONS.Http],
    ['stream', DESTINATIONS.Stream],
  ])('encrypts every queue, log group and stream: destination %s', (_, settings) => {
    const all = { ...KEY, ...settings };
    const queues = resourcesOf('AWS::SQS::Queue', all);
    expect(Object.keys(queues)).toHaveLength(2);
    for (const queue of Object.values(queues)) {
      expect(queue.KmsMasterKeyId).toBe(KEY_ARN);
      expect(queue).not.toHaveProperty('SqsManagedSseEnabled');
    }
    const logGroups = Object.values(resourcesOf('AWS::Logs::LogGroup', all));
    expect(logGroups.length).toBeGreaterThan(0);
    for (const logGroup of logGroups) expect(logGroup.KmsKeyId).toBe(KEY_ARN);
    for (const stream of Object.values(resourcesOf('AWS::KinesisFirehose::DeliveryStream', all)))
      expect(stream.DeliveryStreamEncryptionConfigurationInput).toEqual({
        KeyType: 'CUSTOMER_MANAGED_CMK',
        KeyARN: KEY_ARN,
      });
  });

  it('encrypts what Firehose writes, even to an existing bucket', () => {
    const kms = { EncryptionConfiguration: { KMSEncryptionConfig: { AWSKMSKeyARN: KEY_ARN } } };
    const s3 = { ...KEY, eventsBucketName: 'their-events' };
    expect(Object.values(resourcesOf('AWS::KinesisFirehose::DeliveryStream', s3))).toMatchObject([
      { ExtendedS3DestinationConfiguration: kms },
      { ExtendedS3DestinationConfiguration: kms },
    ]);
    const http = { ...KEY, ...DESTINATIONS.Http };
    expect(Object.values(resourcesOf('AWS::KinesisFirehose::DeliveryStream', http))).toMatchObject([
      { HttpEndpointDestinationConfiguration: { S3Configuration: kms } },
      { ExtendedS3DestinationConfiguration: kms },
    ]);
  });

  it('encrypts the results of Athena', () => {
    expect(resolvedProperties(synthesize(KEY), 'AWS::Athena::WorkGroup')).toMatchObject({
      WorkGroupConfiguration: {
        ResultConfiguration: { EncryptionConfiguration: { EncryptionOption: 'SSE_KMS', KmsKey: KEY_ARN } },
      },
    });
  });

  it('encrypts the log objects of a new trail, unless encryptTrail creates a key for them', () => {
    const trail = (settings: PipelineSettings) =>
      resolvedProperties(synthesize(settings), 'AWS::CloudTrail::Trail').KMSKeyId;
    expect(trail(KEY)).toBe(KEY_ARN);
    expect(trail({ ...KEY, encryptTrail: true })).toBe('<TrailKey.Arn>');
    expect(bucketEncryption({ ...KEY, encryptTrail: true }).TrailLogsBucket).toEqual(withS3Key);
  });

  it('adds no resource and no permission beyond those of the key', () => {
    const [without, with_] = [{}, KEY].map((settings) => synthesize(settings).toJSON().Resources);
    expect(Object.keys(with_).sort()).toEqual(Object.keys(without).sort());
  });
});

const viaService = (service: string) => ({
  StringEquals: { 'kms:ViaService': `${service}.eu-west-3.amazonaws.com` },
});

function keyStatements(settings: PipelineSettings, role: string): Statement[] {
  return roleStatements(synthesize(settings), role).filter(({ Action }) =>
    listOf(Action).some((action) => action.startsWith('kms:')),
  );
}

describe('the roles with kmsKeyArn', () => {
  const use = { Effect: 'Allow', Action: ['kms:Decrypt', 'kms:GenerateDataKey'], Resource: KEY_ARN };

  it('the function can use the key through SQS, and through S3 for log objects and claims', () => {
    expect(keyStatements(KEY, 'DeliverRole')).toEqual([
      {
        Sid: 'DecryptLogObjects',
        Effect: 'Allow',
        Action: 'kms:Decrypt',
        Resource: KEY_ARN,
        Condition: viaService('s3'),
      },
      { ...use, Sid: 'EncryptMessages', Condition: viaService('sqs') },
      {
        ...use,
        Sid: 'EncryptClaims',
        Condition: {
          ...viaService('s3'),
          StringLike: {
            'kms:EncryptionContext:aws:s3:arn': ['<ClaimsBucket.Arn>', '<ClaimsBucket.Arn>/claims/*'],
          },
        },
      },
    ]);
  });

  it('the function decrypts the log objects of an existing trail with the key of that trail', () => {
    const trailKmsKeyArn = KEY_ARN.replace('0a1b', 'ffff');
    const statements = keyStatements({ ...KEY, ...EXISTING, trailKmsKeyArn }, 'DeliverRole');
    expect(statements.map(({ Sid, Resource }) => [Sid, Resource])).toEqual([
      ['DecryptLogObjects', trailKmsKeyArn],
      ['EncryptMessages', KEY_ARN],
      ['EncryptClaims', KEY_ARN],
    ]);
    expect(keyStatements({ ...KEY, ...EXISTING }, 'DeliverRole').map(({ Sid }) => Sid)).toEqual([
      'EncryptMessages',
      'EncryptClaims',
    ]);
  });

  it('Firehose can use the key for its objects in the bucket', () => {
    expect(keyStatements(KEY, 'StreamRole')).toEqual([
      {
        ...use,
        Sid: 'EncryptObjects',
        Condition: {
          ...viaService('s3'),
          StringLike: {
            'kms:EncryptionContext:aws:s3:arn': [
              '<EventsBucket.Arn>',
              '<EventsBucket.Arn>/events/*',
              '<EventsBucket.Arn>/errors/*',
            ],
          },
        },
      },
    ]);
  });

  it('Firehose can decrypt the secret of an HTTP endpoint if it has the same key', () => {
    expect(keyStatements({ ...KEY, ...DESTINATIONS.Http }, 'HttpSingleStreamRole').at(-1)).toEqual({
      Sid: 'DecryptSecret',
      Effect: 'Allow',
      Action: 'kms:Decrypt',
      Resource: KEY_ARN,
      Condition: {
        ...viaService('secretsmanager'),
        StringLike: { 'kms:EncryptionContext:SecretARN': [SECRET_ARN] },
      },
    });
  });

  it('have no permission on a key without it', () => {
    for (const role of ['DeliverRole', 'StreamRole']) expect(keyStatements({}, role)).toEqual([]);
  });
});

/** A request to KMS. */
interface Request {
  /** Service principal, or `root` for a role whose own policy allows the request. */
  readonly principal: string;
  readonly action: string;
  /** Values of condition keys. */
  readonly context: Record<string, string>;
}

/** Evaluates a key policy as KMS does: one statement that allows the request is enough. */
function isAllowed(statements: readonly Statement[], { principal, action, context }: Request): boolean {
  return statements.some(
    ({ Effect, Principal, Action, Condition = {} }) =>
      Effect === 'Allow' &&
      Object.values(Principal as Record<string, string>)[0] ===
        (principal === 'root' ? 'arn:aws:iam::111122223333:root' : principal) &&
      listOf(Action).some((pattern) => matches(pattern, action)) &&
      Object.values(Condition)
        .flatMap((keys) => Object.entries(keys))
        .every(([key, patterns]) =>
          listOf(patterns as string).some((pattern) => matches(pattern, context[key] ?? '')),
        ),
  );
}

function matches(pattern: string, text: string): boolean {
  return new RegExp(`^${pattern.replace(/[.+^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*')}$`, 's').test(
    text,
  );
}

function keyPolicy(settings: PipelineSettings): Statement[] {
  const { KmsKeyPolicyStatements } = synthesize(settings).toJSON().Outputs;
  return JSON.parse(String(resolve(KmsKeyPolicyStatements.Value)));
}

const TRAIL = 'arn:aws:cloudtrail:eu-west-3:111122223333:trail/Test-trail';

/** Requests that a deployment with a new trail and destination s3 causes with any trigger. */
const NEEDED: Request[] = [
  {
    principal: 'cloudtrail.amazonaws.com',
    action: 'kms:GenerateDataKey',
    context: {
      'aws:SourceArn': TRAIL,
      'kms:EncryptionContext:aws:cloudtrail:arn': TRAIL.replace('eu-west-3', 'us-east-1'),
    },
  },
  {
    principal: 'cloudtrail.amazonaws.com',
    action: 'kms:DescribeKey',
    context: { 'aws:SourceArn': TRAIL },
  },
  ...['kms:Decrypt', 'kms:GenerateDataKey'].flatMap((action) =>
    ['s3', 'sqs'].map((service) => ({
      principal: 'root',
      action,
      context: { 'kms:ViaService': `${service}.eu-west-3.amazonaws.com` },
    })),
  ),
  {
    principal: 'root',
    action: 'kms:CreateGrant',
    context: { 'kms:ViaService': 'firehose.eu-west-3.amazonaws.com', 'kms:GrantIsForAWSResource': 'true' },
  },
  { principal: 'root', action: 'kms:DescribeKey', context: {} },
];

/** CloudFormation appends a random suffix to the stack's name and the logical ID. */
const logRequests = (settings: PipelineSettings): Request[] =>
  Object.entries(synthesize(settings).findResources('AWS::Logs::LogGroup')).flatMap(
    ([id, { Properties }]) => {
      const name = Properties.LogGroupName ?? `Test-${id}-a1B2c3D4e5F6`;
      return ['kms:Encrypt', 'kms:Decrypt', 'kms:ReEncryptTo', 'kms:GenerateDataKey', 'kms:DescribeKey'].map(
        (action) => ({
          principal: 'logs.eu-west-3.amazonaws.com',
          action,
          context: {
            'kms:EncryptionContext:aws:logs:arn': `arn:aws:logs:eu-west-3:111122223333:log-group:${name}`,
          },
        }),
      );
    },
  );

const send = (service: string, context: Record<string, string>): Request[] =>
  ['kms:Decrypt', 'kms:GenerateDataKey'].map((action) => ({
    principal: `${service}.amazonaws.com`,
    action,
    context,
  }));

const SENDERS = ['s3', 'sns', 'events'];

describe('the output KmsKeyPolicyStatements', () => {
  it.each<[PipelineSettings, string | undefined, Record<string, string>]>([
    [{}, 's3', { 'aws:SourceAccount': '111122223333' }],
    [{ trigger: 'direct' }, undefined, {}],
    [{ trigger: 'sns' }, 'sns', { 'aws:SourceAccount': '111122223333' }],
    [{ trigger: 'eventbridge' }, 'events', { 'aws:SourceAccount': '111122223333' }],
  ])('allows what a deployment needs, and the sender of trigger %j', (settings, sender, context) => {
    const all = { ...KEY, ...settings };
    const policy = keyPolicy(all);
    for (const request of [...NEEDED, ...logRequests(all)])
      expect({ ...request, isAllowed: isAllowed(policy, request) }).toMatchObject({ isAllowed: true });
    for (const service of SENDERS)
      for (const request of send(service, context))
        expect(isAllowed(policy, request), `${service} ${request.action}`).toBe(service === sender);
  });

  it('allows an existing topic of any account, and no other topic', () => {
    const topicArn = TOPIC_ARN.replace('111122223333', '222222222222');
    const trail = { ...EXISTING, trailBucketAccount: '222222222222' };
    const policy = keyPolicy({ ...KEY, ...trail, trigger: 'sns', topicArn });
    for (const request of send('sns', { 'aws:SourceArn': topicArn }))
      expect(isAllowed(policy, request)).toBe(true);
    for (const request of send('sns', { 'aws:SourceArn': TOPIC_ARN }))
      expect(isAllowed(policy, request)).toBe(false);
  });

  it.each<[string, Request]>([
    ['S3 for another account', ...send('s3', { 'aws:SourceAccount': '999999999999' }).slice(0, 1)],
    [
      'another trail',
      {
        principal: 'cloudtrail.amazonaws.com',
        action: 'kms:GenerateDataKey',
        context: {
          'aws:SourceArn': TRAIL.replace('Test', 'Other'),
          'kms:EncryptionContext:aws:cloudtrail:arn': TRAIL,
        },
      },
    ],
    [
      'log groups of another stack',
      {
        principal: 'logs.eu-west-3.amazonaws.com',
        action: 'kms:Encrypt',
        context: {
          'kms:EncryptionContext:aws:logs:arn': 'arn:aws:logs:eu-west-3:111122223333:log-group:Other-Log',
        },
      },
    ],
    ['a role without a service in between', { principal: 'root', action: 'kms:Decrypt', context: {} }],
    [
      'a grant that a user creates for something else',
      {
        principal: 'root',
        action: 'kms:CreateGrant',
        context: { 'kms:ViaService': 'firehose.eu-west-3.amazonaws.com' },
      },
    ],
    [
      'a grant for a service other than Firehose',
      {
        principal: 'root',
        action: 'kms:CreateGrant',
        context: { 'kms:ViaService': 'ec2.eu-west-3.amazonaws.com', 'kms:GrantIsForAWSResource': 'true' },
      },
    ],
  ] as [string, Request][])('does not allow %s', (_, request) => {
    expect(isAllowed(keyPolicy(KEY), request)).toBe(false);
  });

  it('allows the organization trail of a management account that a delegated administrator deploys', () => {
    const organization = { organizationId: ORGANIZATION, managementAccount: '999999999999' };
    const arn = TRAIL.replace('111122223333', '999999999999');
    const context = { 'aws:SourceArn': arn, 'kms:EncryptionContext:aws:cloudtrail:arn': arn };
    const request = { principal: 'cloudtrail.amazonaws.com', action: 'kms:GenerateDataKey', context };
    expect(isAllowed(keyPolicy({ ...KEY, ...organization }), request)).toBe(true);
    const { KeyPolicy } = resolvedProperties(
      synthesize({ ...organization, encryptTrail: true }),
      'AWS::KMS::Key',
      'TrailKey',
    );
    expect(isAllowed(statementsOf(KeyPolicy), request)).toBe(true);
  });

  it('leaves out what the stack does not use', () => {
    const sids = (settings: PipelineSettings) => keyPolicy({ ...KEY, ...settings }).map(({ Sid }) => Sid);
    expect(sids({})).toEqual([
      'CloudTrailEncryptsItsLogs',
      'CloudTrailLooksAtTheKey',
      'SenderEncryptsNotifications',
      'LogGroupsEncrypt',
      'RolesUseTheKey',
      'DeploymentGrantsTheKeyToTheStream',
      'DeploymentReadsTheKey',
    ]);
    expect(sids({ encryptTrail: true })).not.toContain('CloudTrailEncryptsItsLogs');
    expect(sids(EXISTING)).not.toContain('CloudTrailEncryptsItsLogs');
    expect(sids({ ...DESTINATIONS.Stream, receipts: false })).not.toContain(
      'DeploymentGrantsTheKeyToTheStream',
    );
    expect(sids(DESTINATIONS.Stream)).toContain('DeploymentGrantsTheKeyToTheStream');
    expect(sids({ trigger: 'direct' })).not.toContain('SenderEncryptsNotifications');
  });

  it('does not exist without kmsKeyArn', () => {
    expect(synthesize().toJSON().Outputs).not.toHaveProperty('KmsKeyPolicyStatements');
  });
});
