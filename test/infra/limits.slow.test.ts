import { readFileSync } from 'node:fs';
import type { Template } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { type PipelineSettings, SettingsError, TRIGGERS } from '../../infra/settings/settings.ts';
import { LogLocation } from '../../infra/trail/log-location.ts';
import { MAX_STREAMS } from '../../lambda/deliver/limits.ts';
import { KIND_FOLDERS, KINDS } from '../../lambda/trigger/trail-kinds.ts';
import { outOfScope } from '../../lambda/trigger/trail-scope.ts';
import { encodeKey } from '../../samples/s3-notification.ts';
import { DESTINATIONS, KEY_ARN, ORGANIZATION, TOPIC_ARN } from './combinations.ts';
import { eventPatterns, isMatch } from './event-pattern.ts';
import { findAllowing } from './policy-evaluation.ts';
import {
  type Json,
  notificationFilters,
  resolve,
  roleStatements,
  statementsOf,
  synthesize,
} from './synthesize.ts';

/**
 * AWS's limits for what the stack creates:
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-how-to-filtering.html
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-policies.html
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-policies.html
 * https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-limits.html
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_limits.html
 */
const LIMITS = {
  rolePolicy: 10_240,
  eventPattern: 2_048,
  /** Above two or three, EventBridge may reject a rule as too complex. */
  wildcardsInRule: 1,
  /** Of 300 in a bus, 100 in some regions. */
  rules: 10,
  notificationRules: 100,
  filterValue: 1_024,
  queuePolicy: 8_192,
  queueStatements: 20,
  queueConditions: 10,
  bucketPolicy: 20_480,
  environment: 4_096,
  resources: 500,
  template: 1_000_000,
  metricsInAlarm: 10,
  metricsInWidget: 500,
  metricsInDashboard: 2_500,
  alarmsInWidget: 100,
};

/** Longest names of the pseudo parameters, and 160 characters for each reference to a resource. */
const LONGEST = {
  'AWS::Region': 'us-isof-south-1',
  'AWS::Partition': 'aws-us-gov',
  'AWS::URLSuffix': 'amazonaws.com.cn',
};

/** A stream's name, or its ARN. */
const STREAM = /<\w*Stream\d*(\.Arn)?>/g;

function deployed(value: unknown): string {
  return JSON.stringify(resolve(value, LONGEST))
    .replace(STREAM, (_, arn) => 'x'.repeat(arn ? 132 : 64))
    .replace(/<[\w.]+>/g, 'x'.repeat(160));
}

function sizes(template: Template): Record<keyof typeof LIMITS, number> {
  const resources = Object.values<{ Type: string; Properties: Json }>(template.toJSON().Resources);
  const all = (type: string) =>
    resources.filter(({ Type }) => Type === type).map(({ Properties }) => Properties);
  const longest = (values: unknown[]) => Math.max(0, ...values.map((value) => deployed(value).length));
  const most = (counts: number[]) => Math.max(0, ...counts);
  const policies = all('AWS::SQS::QueuePolicy').map(({ PolicyDocument }) => PolicyDocument);
  const patterns = all('AWS::Events::Rule').map(({ EventPattern }) => EventPattern);
  const filters = notificationFilters(template);
  const environments = all('AWS::Lambda::Function').flatMap(({ Environment }) => Environment ?? []);
  return {
    rolePolicy: most(
      all('AWS::IAM::Role').map(({ Policies }) =>
        ((Policies ?? []) as Json[]).reduce(
          (sum, { PolicyDocument }) => sum + deployed(PolicyDocument).length,
          0,
        ),
      ),
    ),
    eventPattern: longest(patterns),
    wildcardsInRule: most(patterns.map((pattern) => deployed(pattern).split('"wildcard"').length - 1)),
    rules: patterns.length,
    notificationRules: filters.length,
    filterValue: most(filters.flatMap(({ prefix, suffix }) => [prefix.length, suffix.length])),
    queuePolicy: longest(policies),
    queueStatements: most(policies.map((policy) => statementsOf(policy).length)),
    queueConditions: most(
      policies.map(
        (policy) => statementsOf(policy).flatMap(({ Condition = {} }) => Object.keys(Condition)).length,
      ),
    ),
    bucketPolicy: longest(all('AWS::S3::BucketPolicy').map(({ PolicyDocument }) => PolicyDocument)),
    environment: most(
      environments.map((environment) =>
        Object.entries((environment as { Variables: Json }).Variables).reduce(
          (sum, [name, value]) => sum + name.length + deployed(value).length - 2,
          0,
        ),
      ),
    ),
    resources: resources.length,
    template: JSON.stringify(template.toJSON()).length,
    ...watchSizes(all('AWS::CloudWatch::Alarm'), all('AWS::CloudWatch::Dashboard')),
  };
}

function watchSizes(alarms: Json[], dashboards: Json[]) {
  const widgets = dashboards.flatMap(
    ({ DashboardBody }) => JSON.parse(String(resolve(DashboardBody))).widgets,
  );
  const metrics = widgets.map(({ properties }) => properties.metrics?.length ?? 0);
  return {
    metricsInAlarm: Math.max(
      0,
      ...alarms.map(({ Metrics = [] }) => (Metrics as Json[]).filter(({ MetricStat }) => MetricStat).length),
    ),
    metricsInWidget: Math.max(0, ...metrics),
    metricsInDashboard: metrics.reduce((sum, count) => sum + count, 0),
    alarmsInWidget: Math.max(0, ...widgets.map(({ properties }) => properties.alarms?.length ?? 0)),
  };
}

const accounts = (count: number) => Array.from({ length: count }, (_, i) => `${222200000001 + i * 7}`);

/** The longest that fits in a notification rule when form-encoded. */
const LONG_PREFIX = `${'é'.repeat(140)}${'p'.repeat(60)}`;

/** One hundred accounts, with the settings that make policies and patterns longer. */
const TRAILS: Record<string, PipelineSettings> = {
  'a new organization trail': { organizationId: ORGANIZATION },
  'a new organization trail, encrypted, with a long prefix': {
    organizationId: ORGANIZATION,
    encryptTrail: true,
    insights: true,
    trailKeyPrefix: LONG_PREFIX,
  },
  'an existing bucket': { trailBucketName: 'b'.repeat(63) },
  'an existing bucket, each kind by name': { trailBucketName: 'b'.repeat(63), kinds: KINDS },
  'an existing bucket, one kind, a long prefix': {
    trailBucketName: 'b'.repeat(63),
    kinds: ['insight'],
    organizationId: ORGANIZATION,
    trailKeyPrefix: LONG_PREFIX,
  },
  'an existing bucket, each kind by name, a long prefix': {
    trailBucketName: 'b'.repeat(63),
    kinds: KINDS,
    organizationId: ORGANIZATION,
    trailKeyPrefix: LONG_PREFIX,
  },
};

const CASES = Object.entries(TRAILS).flatMap(([name, trail]) =>
  TRIGGERS.map((trigger): [string, PipelineSettings] => [
    `${name}, ${trigger}`,
    { ...trail, trigger, ...(trigger === 'sns' && trail.trailBucketName ? { topicArn: TOPIC_ARN } : {}) },
  ]),
);

describe.each(CASES)('the accounts of %s', (_, settings) => {
  it.each([1, 100, 200])('fit in every limit: %i', (count) => {
    const template = synthesize({ ...settings, trailAccounts: accounts(count) });
    const over = Object.entries(sizes(template)).filter(
      ([name, size]) => size > LIMITS[name as keyof typeof LIMITS],
    );
    expect(over).toEqual([]);
  });

  it.each([1, 100])('are all read, and no others: %i', (count) => {
    const trailAccounts = accounts(count);
    const template = synthesize({ ...settings, trailAccounts });
    const bucket = settings.trailBucketName ?? 'test-trail-111122223333-eu-west-3';
    const prefix = settings.trailKeyPrefix ? `${settings.trailKeyPrefix}/` : '';
    const root = `${prefix}AWSLogs/${settings.organizationId ? `${settings.organizationId}/` : ''}`;
    const statements = roleStatements(template, 'DeliverRole');
    const patterns = eventPatterns(template);
    const filters = notificationFilters(template);
    const times = (key: string) =>
      patterns.filter((pattern) => isMatch(pattern, bucket, key)).length +
      filters.filter(({ prefix }) => encodeKey(key).startsWith(prefix)).length;
    const scope = { bucket, root, accounts: trailAccounts, kinds: settings.kinds };

    for (const account of [...trailAccounts, '999999999999'])
      for (const kind of KINDS) {
        const key = `${root}${account}/${KIND_FOLDERS[kind]}/eu-west-3/2026/11/22/a.json.gz`;
        const isRead = outOfScope({ bucket, key }, scope) === undefined;
        expect(isRead, key).toBe(account !== '999999999999' && (settings.kinds ?? KINDS).includes(kind));
        if (!isRead) continue;
        if (settings.trigger !== 'sns') expect(times(key), key).toBe(1);
        expect(
          findAllowing(statements, { action: 's3:GetObject', resource: `arn:aws:s3:::${bucket}/${key}` }),
        ).toBeDefined();
        expect(
          findAllowing(statements, {
            action: 's3:ListBucket',
            resource: `arn:aws:s3:::${bucket}`,
            prefix: key,
          }),
        ).toBeDefined();
      }
  });
});

/** Each destination, with a backfill and what else makes a stack large. */
const LARGE: Record<string, PipelineSettings> = {
  s3: { streams: MAX_STREAMS, encryptTrail: true, insights: true, kmsKeyArn: KEY_ARN },
  http: { ...DESTINATIONS.Http, streams: MAX_STREAMS, kmsKeyArn: KEY_ARN },
  stream: {
    destination: 'stream',
    deliveryStreamName: Array.from({ length: MAX_STREAMS }, (_, i) => `${'s'.repeat(62)}${i + 10}`).join(),
  },
};

describe.each(Object.entries(LARGE))(`${MAX_STREAMS} streams of destination %s`, (_, settings) => {
  it.each<[string, PipelineSettings]>([
    ['alone', {}],
    ['with a backfill', { backfill: true }],
    ['with 10 accounts, each by name', { trailBucketName: 'b'.repeat(63), trailAccounts: accounts(10) }],
    ['with 90 accounts', { trailBucketName: 'b'.repeat(63), trailAccounts: accounts(90) }],
    ['with rules', { backfill: true, excludeEvents: ['kms.amazonaws.com:Decrypt'], maxDropShare: 90 }],
  ])('fit in every limit: %s', (_name, more) => {
    const { encryptTrail: _trail, insights: _insights, ...ofExisting } = settings;
    const template = synthesize({ ...('trailBucketName' in more ? ofExisting : settings), ...more });
    const all = sizes(template);
    const over = Object.entries(all).filter(([name, size]) => size > LIMITS[name as keyof typeof LIMITS]);
    expect(over).toEqual([]);
    expect(all.metricsInAlarm).toBe(10);
  });
});

it('docs/scale.md states the size of a stack with the most streams', () => {
  const scale = readFileSync(new URL('../../docs/scale.md', import.meta.url), 'utf8');
  const stated = (pattern: RegExp) => pattern.exec(scale)?.slice(1);
  const [one, most] = [sizes(synthesize()), sizes(synthesize({ streams: MAX_STREAMS }))];
  expect({
    resources: stated(/\| resources \| (\d+) of CloudFormation's 500, (\d+) with one stream/),
    environment: stated(/\| environment of the function \| ([\d.]+) of 4 KB/),
    rolePolicy: stated(/exactly these streams, in up to ([\d,]+) of 10,240 characters/),
  }).toEqual({
    resources: [`${most.resources}`, `${one.resources}`],
    environment: [(most.environment / 1_024).toFixed(1)],
    rolePolicy: [most.rolePolicy.toLocaleString('en')],
  });
});

describe('policies and patterns', () => {
  const existing = { trailBucketName: 'b-b' } satisfies PipelineSettings;

  it.each(Object.entries(TRAILS))('fit with the longest list of exact accounts: %s', (_, settings) => {
    const isExact = (count: number) => {
      const { trailKeyPrefix: keyPrefix, ...location } = settings;
      return !new LogLocation({ ...location, keyPrefix, accounts: accounts(count) }).readable[0]?.includes(
        '/*/',
      );
    };
    const count = Array.from({ length: 60 }, (_, i) => i + 1).findLast(isExact) ?? 0;
    expect(count).toBeGreaterThan(0);
    expect(isExact(count + 1)).toBe(false);
    const { rolePolicy } = sizes(synthesize({ ...settings, trailAccounts: accounts(count) }));
    expect(rolePolicy).toBeGreaterThan(4_000);
    expect(rolePolicy).toBeLessThanOrEqual(LIMITS.rolePolicy);
  });

  it('name each account as long as they can', () => {
    const settings = { ...existing, trailAccounts: accounts(20) };
    const resources = roleStatements(synthesize(settings), 'DeliverRole').find(
      ({ Sid }) => Sid === 'ReadLogObjects',
    );
    expect(resources?.Resource).toEqual(
      accounts(20).map((account) => `arn:aws:s3:::b-b/AWSLogs/${account}/CloudTrail*`),
    );
    const patterns = eventPatterns(synthesize({ ...settings, trigger: 'eventbridge' }));
    expect(patterns).toHaveLength(1);
  });

  it('name no account in the role of a long list, where the function skips the others', () => {
    const settings = { ...existing, trailAccounts: accounts(100) };
    const statements = roleStatements(synthesize(settings), 'DeliverRole');
    expect(statements.find(({ Sid }) => Sid === 'ReadLogObjects')?.Resource).toBe(
      'arn:aws:s3:::b-b/AWSLogs/*/CloudTrail*',
    );
    expect(statements.find(({ Sid }) => Sid === 'LeaveOutDigests')?.Resource).toBe(
      'arn:aws:s3:::b-b/AWSLogs/*/CloudTrail-Digest/*',
    );
  });

  it('are split into rules for a long list, and are one rule for the bucket if there were too many', () => {
    const matchersOf = (settings: PipelineSettings) =>
      eventPatterns(synthesize({ ...existing, trigger: 'eventbridge', ...settings })).map(
        ({ detail }) => detail.object.key,
      );
    const split = matchersOf({ trailAccounts: accounts(100) });
    expect(split.length).toBeGreaterThan(1);
    expect(split.flat()).toEqual(
      accounts(100).map((account) => ({ prefix: `AWSLogs/${account}/CloudTrail` })),
    );

    // 400 folders need 14 rules, 100 accounts need four.
    const kinds = matchersOf({ trailAccounts: accounts(100), organizationId: ORGANIZATION, kinds: KINDS });
    expect(kinds.flat()).toHaveLength(100);

    const long = matchersOf({ trailAccounts: accounts(100), kinds: KINDS, trailKeyPrefix: LONG_PREFIX });
    expect(long).toEqual([[{ prefix: `${LONG_PREFIX}/AWSLogs/` }]]);
  });

  it('send to each queue with one statement for all rules', () => {
    const template = synthesize({ ...existing, trigger: 'eventbridge', trailAccounts: accounts(100) });
    const rules = Object.keys(template.findResources('AWS::Events::Rule'));
    for (const policy of Object.values(template.findResources('AWS::SQS::QueuePolicy'))) {
      const allowed = statementsOf(policy.Properties.PolicyDocument).filter(
        ({ Effect }) => Effect === 'Allow',
      );
      expect(allowed).toHaveLength(1);
      expect(allowed[0]).toMatchObject({
        Principal: { Service: 'events.amazonaws.com' },
        Action: 'sqs:SendMessage',
        Condition: { ArnEquals: { 'aws:SourceArn': rules.map((id) => ({ 'Fn::GetAtt': [id, 'Arn'] })) } },
      });
    }
  });
});

describe('what is still too large', () => {
  const rules = (count: number) =>
    Array.from({ length: count }, (_, i) => `service${100 + i}.amazonaws.com:Action${100 + i}`);

  it.each([{ trailBucketName: 'b-b', trailAccounts: accounts(300) }, { excludeEvents: rules(120) }])(
    'fails synth with the number of bytes and the limit',
    (settings) => {
      expect(() => synthesize(settings)).toThrow(SettingsError);
      expect(() => synthesize(settings)).toThrow(
        /must have at most 4096 bytes \(got [4-9]\d\d\d\)\. Set fewer/,
      );
    },
  );

  it('does not fail one byte earlier', () => {
    const padded = (bytes: number) => ({ excludeEvents: [`s3.amazonaws.com:${'x'.repeat(bytes)}`] });
    const bytes = [4_000, 4_001].map((count) => {
      try {
        synthesize(padded(count));
      } catch (error) {
        return Number(/got (\d+)/.exec(String(error))?.[1]);
      }
      return 0;
    });
    const [most = 0] = bytes.map((got) => 4_000 - (got - 4_096));
    expect(bytes[1]).toBe((bytes[0] ?? 0) + 1);
    expect(() => synthesize(padded(most))).not.toThrow();
    expect(() => synthesize(padded(most + 1))).toThrow('must have at most 4096 bytes (got 4097)');
  });
});
