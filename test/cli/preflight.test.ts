import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import type { AdvancedEventSelector, Trail } from '@aws-sdk/client-cloudtrail';
import type { LifecycleRule } from '@aws-sdk/client-s3';
import { describe, expect, it } from 'vitest';
import type { Finding } from '../../cli/operate/finding.ts';
import {
  judgeLifecycle,
  judgeNewest,
  judgeNotifications,
  judgeRegion,
  plannedRules,
} from '../../cli/operate/preflight/judge-bucket.ts';
import { judgeConcurrency, judgeFunction, judgeMapping } from '../../cli/operate/preflight/judge-function.ts';
import { judgeKeyPolicy, judgeKeyState } from '../../cli/operate/preflight/judge-key.ts';
import { defaultQuota, GROWTH, judgeQuota, judgeStream } from '../../cli/operate/preflight/judge-stream.ts';
import {
  chooseTrail,
  judgeCopies,
  judgeEventConfiguration,
  judgeInsights,
  judgeSelectors,
  judgeStatus,
  judgeTrail,
} from '../../cli/operate/preflight/judge-trail.ts';
import { overlap, rulesOf } from '../../cli/operate/preflight/notification-rules.ts';
import {
  renderConclusion,
  renderFindings,
  renderJson,
  statusOf,
} from '../../cli/operate/preflight/preflight-summary.ts';
import { PACKINGS } from '../../lambda/contract.ts';
import { ObjectLedger } from '../../lambda/deliver/ledger.ts';
import { Packer } from '../../lambda/deliver/pack-events.ts';
import { normalizeRecord } from '../../lambda/normalize/normalize-record.ts';

const short = (findings: Finding | readonly Finding[]) =>
  [findings]
    .flat()
    .map(({ check, level, detail, fix }) => `${level} ${check}: ${detail}${fix ? ` → ${fix}` : ''}`);
const levels = (findings: Finding | readonly Finding[]) =>
  Object.fromEntries([findings].flat().map(({ check, level }) => [check, level]));

/** A typical log object. */
const VARIED =
  'AWSLogs/123456789012/CloudTrail/us-east-1/2026/11/03/123456789012_CloudTrail_us-east-1_20261103T0815Z_vArIeD7xKc3mPq9Z.json.gz';

const ARN = 'arn:aws:cloudtrail:us-east-2:123456789012:trail/my-trail';

/** https://docs.aws.amazon.com/cli/latest/reference/cloudtrail/describe-trails.html, with its bucket. */
const TRAIL: Trail = {
  IncludeGlobalServiceEvents: true,
  Name: 'my-trail',
  TrailARN: ARN,
  LogFileValidationEnabled: true,
  IsMultiRegionTrail: true,
  HasCustomEventSelectors: false,
  S3BucketName: 'my-bucket',
  HomeRegion: 'us-east-2',
};

describe('the trail', () => {
  const choose = (trail: string | undefined, trails = [TRAIL], bucket = 'my-bucket') =>
    chooseTrail(trails, { trail, bucket, region: 'us-east-2' });

  it('is found by name, by ARN, or by the bucket that it writes to', () => {
    const other = { ...TRAIL, Name: 'other', TrailARN: `${ARN}2`, S3BucketName: 'other' };
    expect(choose('my-trail', [other, TRAIL])).toBe(TRAIL);
    expect(choose(ARN, [other, TRAIL])).toBe(TRAIL);
    expect(choose(undefined, [other, TRAIL])).toBe(TRAIL);
  });

  it('must exist', () => {
    expect(choose('none')).toMatchObject({ level: 'FAIL', detail: 'none does not exist in us-east-2' });
    // A trail of another account may write there.
    expect(choose(undefined, [TRAIL], 'other')).toMatchObject({ level: '?' });
  });

  it.each<[string, Partial<Trail>, string | undefined, string]>([
    ['OK', {}, undefined, `${ARN} writes to my-bucket/AWSLogs/`],
    ['OK', {}, 'AWSLogs/o-a1b2c3d4e5/', `${ARN} writes to my-bucket/AWSLogs/`],
    ['OK', { S3KeyPrefix: 'p/q' }, 'p/q/AWSLogs/', `${ARN} writes to my-bucket/p/q/AWSLogs/`],
    ['FAIL', { S3BucketName: 'other' }, undefined, `${ARN} writes to other, not to my-bucket`],
    [
      'FAIL',
      { S3KeyPrefix: 'p' },
      'AWSLogs/',
      `${ARN} has the key prefix p, but the function reads AWSLogs/`,
    ],
    ['FAIL', {}, 'p/AWSLogs/', `${ARN} has no key prefix, but the function reads p/AWSLogs/`],
  ])('is %s with %j for the folder %s', (level, change, root, detail) => {
    expect(judgeTrail({ ...TRAIL, ...change }, 'my-bucket', root)).toMatchObject({ level, detail });
  });
});

describe('the status of the trail', () => {
  /** https://docs.aws.amazon.com/cli/latest/reference/cloudtrail/get-trail-status.html */
  const STATUS = {
    $metadata: {},
    LatestDeliveryTime: new Date(1441139757497),
    LatestDeliveryAttemptTime: '2015-09-01T20:35:57Z',
    LatestNotificationAttemptSucceeded: '2015-09-01T20:35:57Z',
    LatestDeliveryAttemptSucceeded: '2015-09-01T20:35:57Z',
    IsLogging: true,
    TimeLoggingStarted: '2015-09-01T00:54:02Z',
    StartLoggingTime: new Date(1441068842760),
    LatestDigestDeliveryTime: new Date(1441140723629),
    LatestNotificationAttemptTime: '2015-09-01T20:35:57Z',
    TimeLoggingStopped: '',
  };
  const status = (change: object, trail = TRAIL) => judgeStatus(trail, { ...STATUS, ...change });

  it('is OK for a trail that delivers', () => {
    expect(levels(status({}))).toEqual({ logging: 'OK', delivery: 'OK', digests: 'OK' });
  });

  it('fails for a stopped trail, with the time', () => {
    const stopped = status({ IsLogging: false, StopLoggingTime: new Date(1441068842000) });
    expect(short(stopped)[0]).toBe(
      `FAIL logging: the trail is stopped since 2015-09-01T00:54:02.000Z → aws cloudtrail start-logging --name ${ARN}`,
    );
  });

  it.each([
    [{ LatestDeliveryError: 'AccessDenied' }, { delivery: 'FAIL' }],
    [{ LatestDigestDeliveryError: 'AccessDenied' }, { digests: 'FAIL' }],
    [{ LatestNotificationError: 'NotFound' }, { 'trail topic': 'FAIL' }],
    [{ LatestDeliveryTime: undefined }, { delivery: 'OK' }],
    [{ IsLogging: false }, { logging: 'FAIL' }],
    [{ StopLoggingTime: new Date(0) }, { logging: 'OK' }],
  ])('with %j is %j', (change, expected) => {
    expect(levels(status(change))).toMatchObject(expected);
  });

  it('warns without log file validation', () => {
    expect(levels(status({}, { ...TRAIL, LogFileValidationEnabled: false }))).toMatchObject({
      digests: 'WARN',
    });
  });
});

describe('event selectors', () => {
  const advanced = (...fields: [string, object][]): AdvancedEventSelector => ({
    FieldSelectors: fields.map(([Field, value]) => ({ Field, ...value })),
  });
  const management = (...fields: [string, object][]) =>
    advanced(['eventCategory', { Equals: ['Management'] }], ...fields);

  it.each<[string, Parameters<typeof judgeSelectors>[1], string]>([
    // https://docs.aws.amazon.com/cli/latest/reference/cloudtrail/get-event-selectors.html
    [
      'everything',
      { EventSelectors: [{ IncludeManagementEvents: true, DataResources: [], ReadWriteType: 'All' }] },
      'OK management events: reads and writes are recorded',
    ],
    [
      'everything, by default',
      { EventSelectors: [{}] },
      'OK management events: reads and writes are recorded',
    ],
    [
      'writes',
      { EventSelectors: [{ IncludeManagementEvents: true, ReadWriteType: 'WriteOnly' }] },
      'WARN management events: only writes are recorded',
    ],
    [
      'reads and writes apart',
      { EventSelectors: [{ ReadWriteType: 'WriteOnly' }, { ReadWriteType: 'ReadOnly' }] },
      'OK management events: reads and writes are recorded',
    ],
    [
      'no KMS',
      { EventSelectors: [{ ExcludeManagementEventSources: ['kms.amazonaws.com'] }] },
      'WARN management events: recorded, without kms.amazonaws.com',
    ],
    [
      'data only',
      { EventSelectors: [{ IncludeManagementEvents: false }] },
      'WARN management events: not recorded',
    ],
    ['nothing', {}, 'WARN management events: not recorded'],
    [
      'advanced: everything',
      { AdvancedEventSelectors: [management()] },
      'OK management events: reads and writes are recorded',
    ],
    [
      'advanced: writes',
      { AdvancedEventSelectors: [management(['readOnly', { Equals: ['false'] }])] },
      'WARN management events: only writes are recorded',
    ],
    [
      'advanced: reads',
      { AdvancedEventSelectors: [management(['readOnly', { Equals: ['true'] }])] },
      'WARN management events: only reads are recorded',
    ],
    [
      'advanced: no KMS',
      {
        AdvancedEventSelectors: [
          management(['eventSource', { NotEquals: ['kms.amazonaws.com', 'rdsdata.amazonaws.com'] }]),
        ],
      },
      'WARN management events: recorded, without kms.amazonaws.com, rdsdata.amazonaws.com',
    ],
    [
      'advanced: data only',
      { AdvancedEventSelectors: [advanced(['eventCategory', { Equals: ['Data'] }])] },
      'WARN management events: not recorded',
    ],
  ])('record %s', (_, selectors, expected) => {
    expect(short(judgeSelectors(TRAIL, selectors, undefined))[0]?.replace(/ → .*/, '')).toBe(expected);
  });

  it('may record what the function skips', () => {
    const selectors = {
      AdvancedEventSelectors: [advanced(['eventCategory', { Equals: ['NetworkActivity'] }])],
    };
    const network = (kinds?: 'log'[]) => judgeSelectors(TRAIL, selectors, kinds)[2] as Finding;
    expect(network()).toMatchObject({ level: 'OK', detail: 'recorded' });
    expect(network(['log'])).toMatchObject({
      level: 'WARN',
      fix: 'npx cdk deploy -c kinds=log,networkActivity',
    });
  });
});

describe('what else a trail records', () => {
  // https://docs.aws.amazon.com/cli/latest/reference/cloudtrail/get-insight-selectors.html
  const insights = { InsightSelectors: [{ InsightType: 'ApiCallRateInsight' as const }] };

  it('is Insights', () => {
    expect(short(judgeInsights(insights, undefined))).toEqual(['OK insights: ApiCallRateInsight']);
    expect(short(judgeInsights({}, ['log']))).toEqual(['OK insights: not recorded']);
    expect(judgeInsights(insights, ['log'])).toMatchObject({ level: 'WARN' });
  });

  // Members and values: https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_GetEventConfiguration.html
  it('is aggregations and large events', () => {
    const aggregation = { Templates: ['API_ACTIVITY' as const], EventCategory: 'Data' as const };
    const configured = { MaxEventSize: 'Large' as const, AggregationConfigurations: [aggregation] };
    expect(levels(judgeEventConfiguration(configured, undefined))).toEqual({
      aggregation: 'OK',
      'event size': 'WARN',
    });
    expect(levels(judgeEventConfiguration(configured, ['log']))).toEqual({
      aggregation: 'WARN',
      'event size': 'WARN',
    });
    expect(levels(judgeEventConfiguration({ MaxEventSize: 'Standard' }, ['log']))).toEqual({
      aggregation: 'OK',
      'event size': 'OK',
    });
    expect(judgeEventConfiguration({}, undefined)[1]).toMatchObject({
      level: 'WARN',
      detail: /could not tell/,
    });
  });

  it('is a second copy of management events', () => {
    const selectors = { EventSelectors: [{}] };
    const other = { ...TRAIL, TrailARN: `${ARN}2` };
    expect(judgeCopies(TRAIL, [], true)).toMatchObject({ level: 'OK' });
    expect(
      judgeCopies(
        TRAIL,
        [{ trail: other, selectors: { EventSelectors: [{ IncludeManagementEvents: false }] } }],
        true,
      ),
    ).toMatchObject({ level: 'OK' });
    expect(judgeCopies(TRAIL, [{ trail: other, selectors }], true)).toMatchObject({
      level: 'WARN',
      detail: new RegExp(`^${ARN}2 `),
    });
    expect(judgeCopies(TRAIL, [{ trail: other, selectors }], false)).toMatchObject({ level: 'OK' });
  });
});

describe('the bucket', () => {
  it('is in the Region of the stack', () => {
    expect(judgeRegion('b', 'eu-west-3', 'eu-west-3')).toMatchObject({ level: 'OK' });
    expect(judgeRegion('b', 'eu-west-1', 'eu-west-3')).toMatchObject({
      level: 'FAIL',
      fix: 'AWS_REGION=eu-west-1 npx cdk deploy',
    });
  });

  const QUEUE = 'arn:aws:sqs:eu-west-3:111122223333:work';
  const rule = (prefix: string, suffix: string, events = ['s3:ObjectCreated:*'], QueueArn = QUEUE) => ({
    QueueConfigurations: [
      {
        Id: 'theirs',
        QueueArn,
        Events: events as 's3:ObjectCreated:*'[],
        Filter: {
          Key: {
            FilterRules: [
              { Name: 'prefix' as const, Value: prefix },
              { Name: 'suffix' as const, Value: suffix },
            ],
          },
        },
      },
    ],
  });

  it.each([
    ['AWSLogs/', '.json.gz', ['s3:ObjectCreated:*'], true],
    ['AWSLogs/111122223333/CloudTrail-Digest/', '', ['s3:ObjectCreated:Put'], true],
    ['', 'gz', ['s3:ObjectRemoved:*', 's3:ObjectCreated:Copy'], true],
    ['', 'x.json.gz', ['s3:ObjectCreated:*'], true],
    ['AWSLogs/111122223333/Config/', '.json.gz', ['s3:ObjectCreated:*'], false],
    ['AWSLogs/', '.csv', ['s3:ObjectCreated:*'], false],
    ['AWSLogs/', '.json.gz', ['s3:ObjectRemoved:*'], false],
    ['AWSLogs/111122223334/', '', ['s3:ObjectCreated:*'], false],
  ])('rejects two rules on "%s" and "%s" of %j: %s', (prefix, suffix, events, expected) => {
    const [planned] = plannedRules('AWSLogs/', '111122223333', false);
    const [theirs] = rulesOf(rule(prefix, suffix, events));
    if (!planned || !theirs) throw new Error('no rules');
    expect(overlap(planned, theirs)).toBe(expected);
    expect(overlap(theirs, planned)).toBe(expected);
  });

  it('has form-encoded prefixes, and one rule for an organization', () => {
    expect(plannedRules('my trails/é/AWSLogs/', '111122223333', false)[0]?.prefix).toBe(
      'my+trails/%C3%A9/AWSLogs/111122223333/CloudTrail',
    );
    expect(plannedRules('AWSLogs/o-a1b2c3d4e5/', '111122223333', true)[0]?.prefix).toBe(
      'AWSLogs/o-a1b2c3d4e5/',
    );
  });

  it('has no rule that clashes before a deployment', () => {
    const planned = plannedRules('AWSLogs/', '111122223333', false);
    const before = { bucket: 'b', trigger: 'queue' as const, deployed: undefined };
    expect(levels(judgeNotifications({}, before, planned))).toEqual({ notifications: 'OK' });
    const clash = judgeNotifications(rule('AWSLogs/', ''), before, planned);
    expect(clash).toMatchObject([
      { level: 'FAIL', fix: 'npx cdk deploy -c trailBucketName=b -c trigger=eventbridge' },
    ]);
    expect(levels(judgeNotifications(rule('AWSLogs/', ''), { ...before, trigger: 'sns' }, planned))).toEqual({
      notifications: 'OK',
    });
  });

  it('notifies the pipeline after a deployment', () => {
    const deployed = { functionName: 'deliver', workQueueArn: QUEUE, role: undefined };
    const level = (configuration: object, trigger?: 'queue' | 'eventbridge' | 'sns') =>
      judgeNotifications(configuration, { bucket: 'b', trigger, deployed }, [])[0]?.level;
    expect(level(rule('AWSLogs/', '.json.gz'))).toBe('OK');
    const LambdaFunctionArn = 'arn:aws:lambda:eu-west-3:111122223333:function:deliver';
    expect(level({ LambdaFunctionConfigurations: [{ LambdaFunctionArn, Events: [] }] })).toBe('OK');
    expect(level({ EventBridgeConfiguration: {} })).toBe('OK');
    expect(level({ EventBridgeConfiguration: {} }, 'eventbridge')).toBe('OK');
    expect(level({}, 'sns')).toBe('OK');
    expect(level({}, 'eventbridge')).toBe('FAIL');
    expect(level({}, 'queue')).toBe('FAIL');
    expect(level(rule('', '', undefined, `${QUEUE}2`), 'queue')).toBe('FAIL');
    expect(level({})).toBe('WARN');
  });
});

describe('the lifecycle of log objects', () => {
  const NOW = Date.parse('2026-11-03T00:00:00Z');
  const judgeRule = (rule: Partial<LifecycleRule>, giveUpAfterHours = 72) =>
    judgeLifecycle(
      [{ ID: 'r', Status: 'Enabled', Filter: { Prefix: '' }, ...rule }],
      { bucket: 'b', root: 'AWSLogs/', giveUpAfterHours },
      NOW,
    )[0]?.level;

  it.each<[string, Partial<LifecycleRule>]>([
    ['FAIL', { Expiration: { Days: 6 } }],
    ['WARN', { Expiration: { Days: 7 } }],
    ['WARN', { Expiration: { Days: 13 } }],
    ['OK', { Expiration: { Days: 14 } }],
    ['FAIL', { Transitions: [{ Days: 1, StorageClass: 'DEEP_ARCHIVE' }] }],
    [
      'FAIL',
      {
        Transitions: [
          { Days: 30, StorageClass: 'STANDARD_IA' },
          { Days: 6, StorageClass: 'GLACIER' },
        ],
      },
    ],
    ['OK', { Transitions: [{ Days: 0, StorageClass: 'GLACIER_IR' }] }],
    ['FAIL', { Expiration: { Date: new Date('2026-11-01T00:00:00Z') } }],
    ['OK', { Expiration: { Date: new Date('2026-11-17T00:00:00Z') } }],
    ['OK', { Expiration: { Days: 1 }, Status: 'Disabled' }],
    ['OK', { Expiration: { Days: 1 }, Filter: { Prefix: 'athena/' } }],
    ['FAIL', { Expiration: { Days: 1 }, Filter: { Prefix: 'AWSLogs/111122223333/' } }],
    ['FAIL', { Expiration: { Days: 1 }, Filter: { And: { Prefix: 'AWS', ObjectSizeGreaterThan: 1 } } }],
    ['OK', { Expiration: { Days: 1 }, Filter: { Tag: { Key: 'a', Value: 'b' } } }],
    ['OK', { Expiration: { Days: 1 }, Filter: { And: { Prefix: '', Tags: [{ Key: 'a', Value: 'b' }] } } }],
    ['FAIL', { Expiration: { Days: 1 }, Filter: undefined, Prefix: 'AWSLogs/' }],
    ['OK', { NoncurrentVersionExpiration: { NoncurrentDays: 1 } }],
  ])('is %s with %j', (level, rule) => expect(judgeRule(rule)).toBe(level));

  it('also covers the time that an object is retried', () => {
    expect(judgeRule({ Expiration: { Days: 9 } }, 240)).toBe('FAIL');
    expect(judgeRule({ Expiration: { Days: 10 } }, 240)).toBe('WARN');
    expect(judgeLifecycle([], { bucket: 'b', root: undefined, giveUpAfterHours: 72 }, NOW)).toMatchObject([
      { level: 'OK' },
    ]);
  });
});

describe('the newest log file', () => {
  const NOW = Date.parse('2026-11-03T10:00:00Z');
  it.each([
    ['CloudTrail', 60, 'OK'],
    ['CloudTrail', 61, 'WARN'],
    ['CloudTrail', undefined, 'WARN'],
    ['CloudTrail-Insight', 3000, 'OK'],
    ['CloudTrail-Insight', undefined, 'OK'],
  ])('of %s, %s minutes old, is %s', (kind, minutes, level) => {
    const newestMs = minutes === undefined ? undefined : NOW - minutes * 60_000;
    expect(judgeNewest([{ kind, newestMs }], 'b', 'AWSLogs/', NOW)).toMatchObject([{ level }]);
  });
  it('is missing in an empty bucket', () => {
    expect(judgeNewest([], 'b', 'AWSLogs/', NOW)).toMatchObject([{ level: 'WARN', detail: 'no log files' }]);
  });
});

describe('a key', () => {
  const KEY = 'arn:aws:kms:us-east-2:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab';
  const ROLE = 'arn:aws:iam::111122223333:role/Deliver';
  const policyOf = (...Statement: object[]) => JSON.stringify({ Version: '2012-10-17', Statement });
  // https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html
  const DEFAULT = {
    Sid: 'Enable IAM User Permissions',
    Effect: 'Allow',
    Principal: { AWS: 'arn:aws:iam::111122223333:root' },
    Action: 'kms:*',
    Resource: '*',
  };
  // https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-kms-key-policy-for-cloudtrail.html
  const CLOUDTRAIL = {
    Effect: 'Allow',
    Principal: { Service: 'cloudtrail.amazonaws.com' },
    Action: 'kms:GenerateDataKey*',
    Resource: '*',
  };
  const decrypt = (change: object = {}) => ({
    Effect: 'Allow',
    Principal: { AWS: ROLE },
    Action: ['kms:Decrypt'],
    Resource: '*',
    ...change,
  });

  it.each<[string, string, string | undefined]>([
    ['OK', policyOf(DEFAULT), ROLE],
    ['OK', policyOf(DEFAULT), undefined],
    ['OK', policyOf(CLOUDTRAIL, decrypt()), ROLE],
    ['OK', policyOf(decrypt({ Action: 'kms:De*' })), ROLE],
    ['OK', policyOf(decrypt({ Principal: { AWS: ['x', '111122223333'] } })), ROLE],
    [
      'OK',
      policyOf(
        decrypt({
          Condition: {
            StringEquals: {
              'kms:ViaService': 's3.us-east-2.amazonaws.com',
              'kms:CallerAccount': '111122223333',
            },
          },
        }),
      ),
      ROLE,
    ],
    ['?', policyOf(decrypt({ Condition: { StringEquals: { 'kms:EncryptionContext:a': 'b' } } })), ROLE],
    [
      '?',
      policyOf(decrypt({ Condition: { StringEquals: { 'kms:ViaService': 'ec2.us-east-2.amazonaws.com' } } })),
      ROLE,
    ],
    ['FAIL', policyOf(CLOUDTRAIL), ROLE],
    ['WARN', policyOf(CLOUDTRAIL), undefined],
    ['FAIL', policyOf(decrypt({ Principal: { AWS: `${ROLE}2` } })), ROLE],
    ['FAIL', policyOf(decrypt({ Action: 'kms:Encrypt' })), ROLE],
    ['FAIL', policyOf(DEFAULT, decrypt({ Effect: 'Deny' })), ROLE],
    ['?', policyOf(DEFAULT, decrypt({ Effect: 'Deny', Condition: { Bool: {} } })), ROLE],
    ['?', 'not json', ROLE],
  ])('is %s with the policy %s for the role %s', (level, policy, role) => {
    expect(judgeKeyPolicy(KEY, policy, role)).toMatchObject({ level });
  });

  it('is usable', () => {
    // https://docs.aws.amazon.com/kms/latest/APIReference/API_KeyMetadata.html
    const key = { KeyId: 'k', Arn: KEY, KeyState: 'Enabled' as const, KeyManager: 'CUSTOMER' as const };
    expect(judgeKeyState(key)).toBeUndefined();
    expect(judgeKeyState({ ...key, KeyManager: 'AWS' })).toMatchObject({ level: 'OK' });
    for (const KeyState of ['Disabled', 'PendingDeletion'] as const)
      expect(judgeKeyState({ ...key, KeyState })).toMatchObject({
        level: 'FAIL',
        detail: `${KEY} is ${KeyState}`,
      });
  });
});

describe('the stream', () => {
  // Members: https://docs.aws.amazon.com/firehose/latest/APIReference/API_DeliveryStreamDescription.html
  const STREAM = {
    DeliveryStreamName: 's',
    DeliveryStreamARN: 'arn',
    DeliveryStreamStatus: 'ACTIVE' as const,
    DeliveryStreamType: 'DirectPut' as const,
    VersionId: '1',
    Destinations: [],
    HasMoreDestinations: false,
  };

  it('is active, and accepts records', () => {
    expect(judgeStream(STREAM)).toMatchObject({ level: 'OK' });
    expect(judgeStream({ ...STREAM, DeliveryStreamStatus: 'CREATING' })).toMatchObject({
      level: 'FAIL',
      detail: 's is CREATING',
    });
    expect(judgeStream({ ...STREAM, DeliveryStreamType: 'KinesisStreamAsSource' })).toMatchObject({
      level: 'FAIL',
    });
  });

  it('has a default quota by Region', () => {
    expect([defaultQuota('us-east-1'), defaultQuota('eu-west-1'), defaultQuota('eu-west-3')]).toEqual([
      5_242_880, 5_242_880, 1_048_576,
    ]);
  });

  it.each([
    [0.5, 'OK'],
    [0.51, 'WARN'],
    [1, 'WARN'],
    [1.01, 'FAIL'],
  ])('with %s of its quota is %s', (share, level) => {
    const quota = { bytesPerSecond: 1_000_000, source: 'test' };
    const bytes = (share * 1_000_000 * 3600) / GROWTH.gzip;
    expect(judgeQuota({ bytes, isSample: false }, 'gzip', quota)).toMatchObject({ level });
  });

  it('cannot be judged without log files', () => {
    expect(judgeQuota(undefined, 'gzip', { bytesPerSecond: 1, source: '' })).toMatchObject({ level: '?' });
  });

  it.each(PACKINGS)('receives about as many bytes as assumed with packing %s', (packing) => {
    const file = readFileSync(new URL(`../../events/objects/${VARIED}`, import.meta.url));
    const { Records } = JSON.parse(gunzipSync(file).toString());
    let packed = 0;
    const packer = new Packer(packing, ({ data, release }) => {
      packed += data.length;
      release();
    });
    const ledger = new ObjectLedger();
    for (const [index, record] of Records.entries()) {
      const text = JSON.stringify(record);
      const event = normalizeRecord(text);
      packer.add(JSON.stringify(event), { ledger, index, time: undefined });
    }
    packer.flush();
    const growth = packed / file.length;
    expect(growth / GROWTH[packing]).toBeGreaterThan(0.75);
    expect(growth / GROWTH[packing]).toBeLessThan(1.25);
  });
});

describe('the function', () => {
  it('is active', () => {
    const active = { FunctionName: 'f', State: 'Active' as const, LastUpdateStatus: 'Successful' as const };
    expect(judgeFunction(active)).toMatchObject({ level: 'OK' });
    expect(judgeFunction({ ...active, State: 'Inactive' })).toMatchObject({ level: 'OK' });
    expect(judgeFunction({ ...active, State: 'Failed', StateReason: 'why' })).toMatchObject({
      level: 'FAIL',
      detail: 'f is Failed: why',
    });
    expect(judgeFunction({ ...active, LastUpdateStatus: 'Failed' })).toMatchObject({ level: 'FAIL' });
  });

  it('reads the work queue', () => {
    const mapping = { UUID: 'u', EventSourceArn: 'q', State: 'Enabled' };
    const level = (...mappings: object[]) => judgeMapping(mappings, 'q', 'f').level;
    expect([
      level(mapping),
      level({ ...mapping, State: 'Disabled' }),
      level({ ...mapping, EventSourceArn: 'x' }),
      level(),
    ]).toEqual(['OK', 'FAIL', 'FAIL', 'FAIL']);
  });

  /** moto has no GetAccountSettings: members and defaults of https://docs.aws.amazon.com/lambda/latest/api/API_AccountLimit.html */
  const settings = (UnreservedConcurrentExecutions: number) => ({
    AccountLimit: {
      TotalCodeSize: 80530636800,
      CodeSizeUnzipped: 262144000,
      CodeSizeZipped: 52428800,
      ConcurrentExecutions: 1000,
      UnreservedConcurrentExecutions,
    },
  });

  it.each([
    [9, undefined, 'FAIL'],
    [10, undefined, 'WARN'],
    [19, undefined, 'WARN'],
    [20, undefined, 'OK'],
    [1000, 9, 'FAIL'],
    [0, 10, 'OK'],
  ])('with %i unreserved and %s reserved is %s', (unreserved, reserved, level) => {
    expect(judgeConcurrency(settings(unreserved), reserved, 10)).toMatchObject({ level });
  });
});

describe('the result', () => {
  const of = (...found: Finding['level'][]): Finding[] =>
    found.map((level, i) => ({
      check: `check${i}`,
      level,
      detail: 'd\n',
      ...(level !== 'OK' && { fix: 'aws x' }),
    }));

  it('is the worst of its lines', () => {
    expect([statusOf(of('OK', 'WARN')), statusOf(of('OK', '?')), statusOf(of('?', 'FAIL'))]).toEqual([
      0, 2, 1,
    ]);
    expect(renderConclusion(of('OK', 'WARN', 'OK'))).toBe('✔ 1 WARN, 2 OK');
    expect(renderConclusion(of('OK', '?', 'FAIL'))).toBe('✖ 1 FAIL, 1 could not be told, 1 OK');
  });

  it('has a line for each finding, with the command below', () => {
    expect(renderFindings(of('OK', 'FAIL'))).toEqual([
      '  OK    check0  d\\u000a',
      '  FAIL  check1  d\\u000a',
      '                aws x',
    ]);
    expect(JSON.parse(renderJson(of('FAIL')))).toEqual({
      result: 'failed',
      findings: [{ check: 'check0', level: 'FAIL', detail: 'd\n', fix: 'aws x' }],
    });
  });
});
