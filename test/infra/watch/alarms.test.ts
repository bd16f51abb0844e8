import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { PipelineSettings } from '../../../infra/settings/settings.ts';
import { METRIC_DIMENSION, METRIC_NAMESPACE, METRICS } from '../../../lambda/contract.ts';
import { DESTINATIONS, ORGANIZATION, TOPIC_ARN } from '../combinations.ts';
import { type Json, resolve, resolvedProperties, statementsOf, synthesize } from '../synthesize.ts';
import awsMetrics from './aws-metrics.json' with { type: 'json' };

/** Properties of an alarm that CloudFormation sets, with resolved references. */
type AlarmProperties = Json & { AlarmName: string; AlarmDescription: string };

/** A foreign topic, and the triggers by the senders that they add. */
const TRIGGERS = {
  queue: {},
  direct: { trigger: 'direct' },
  sns: { trigger: 'sns' },
  snsOfAnExistingTopic: { trigger: 'sns', trailBucketName: 'b-b', topicArn: TOPIC_ARN },
  eventbridge: { trigger: 'eventbridge' },
} satisfies Record<string, PipelineSettings>;

const NAMES = { TrailTopic: 'arn:aws:sns:eu-west-3:111122223333:Test-TrailTopic' };

function alarmsOf(settings: PipelineSettings = {}): Record<string, AlarmProperties> {
  const template = synthesize(settings);
  const [stream = 'siem'] = Object.keys(template.findResources('AWS::KinesisFirehose::DeliveryStream'));
  const alarms = Object.values(template.findResources('AWS::CloudWatch::Alarm')).map(
    ({ Properties }) => resolve(Properties, { ...NAMES, [stream]: 'siem' }) as AlarmProperties,
  );
  return Object.fromEntries(alarms.map((alarm) => [alarm.AlarmName.replace(/^Test-/, ''), alarm]));
}

const headings = readFileSync(new URL('../../../docs/runbook.md', import.meta.url), 'utf8')
  .split('\n')
  .filter((line) => line.startsWith('## '))
  .map((line) => line.slice(3));

/** Statistic, threshold and time of one alarm. */
type Rule = [
  statistic: 'Sum' | 'Maximum' | 'Average',
  operator: '>=' | '>' | '<',
  threshold: number,
  period: number,
  evaluationPeriods: number,
];

const OPERATORS = {
  '>=': 'GreaterThanOrEqualToThreshold',
  '>': 'GreaterThanThreshold',
  '<': 'LessThanThreshold',
};

/** Every property of an alarm but its name and description. */
function alarm(
  metric: [namespace: string, name: string, dimension: string, resource: string],
  [Statistic, operator, Threshold, Period, EvaluationPeriods]: Rule,
  TreatMissingData = 'notBreaching',
) {
  const [Namespace, MetricName, Name, Value] = metric;
  return {
    Namespace,
    MetricName,
    Dimensions: [{ Name, Value }],
    Statistic,
    ComparisonOperator: OPERATORS[operator],
    Threshold,
    Period,
    EvaluationPeriods,
    TreatMissingData,
    ...ACTIONS,
  };
}

const ACTIONS = { AlarmActions: ['<AlarmTopic>'], OKActions: ['<AlarmTopic>'] };

const own = (name: string): [string, string, string, string] => [
  METRIC_NAMESPACE,
  name,
  METRIC_DIMENSION,
  '<DeliverFunction>',
];
const ofFunction = (name: string): [string, string, string, string] => [
  'AWS/Lambda',
  name,
  'FunctionName',
  '<DeliverFunction>',
];
const ofStream = (name: string): [string, string, string, string] => [
  'AWS/Firehose',
  name,
  'DeliveryStreamName',
  'siem',
];
const ofQueue = (queue: string, name: string): [string, string, string, string] => [
  'AWS/SQS',
  name,
  'QueueName',
  `<${queue}.QueueName>`,
];

/** One metric of a metric math expression. */
function term(Id: string, [Namespace, MetricName, Name, Value]: ReturnType<typeof own>) {
  const Metric = { Namespace, MetricName, Dimensions: [{ Name, Value }] };
  return { Id, MetricStat: { Metric, Period: 300, Stat: 'Average' }, ReturnData: false };
}

const ONCE: Rule = ['Sum', '>=', 1, 300, 1];

/** Alarms of every stack. */
const ALWAYS = {
  WorkQueueAge: alarm(ofQueue('WorkQueue', 'ApproximateAgeOfOldestMessage'), ['Maximum', '>=', 3600, 300, 3]),
  // An object is requeued with a delay of up to 15 minutes by invocations of up to 15.
  OldestUnfinishedObject: alarm(own(METRICS.oldestUnfinishedSeconds), ['Maximum', '>=', 3600, 1800, 1]),
  DeadLetterQueueNotEmpty: alarm(ofQueue('WorkDeadLetters', 'ApproximateNumberOfMessagesVisible'), [
    'Maximum',
    '>=',
    1,
    300,
    1,
  ]),
  DeadLetterQueueGrows: {
    Metrics: [
      { Id: 'expr_1', Expression: 'DIFF(visible + inFlight)', Label: 'New dead letters', ReturnData: true },
      term('visible', ofQueue('WorkDeadLetters', 'ApproximateNumberOfMessagesVisible')),
      term('inFlight', ofQueue('WorkDeadLetters', 'ApproximateNumberOfMessagesNotVisible')),
    ],
    ComparisonOperator: OPERATORS['>='],
    Threshold: 0.5,
    EvaluationPeriods: 1,
    TreatMissingData: 'notBreaching',
    ...ACTIONS,
  },
  FunctionErrors: alarm(ofFunction('Errors'), ONCE),
  FunctionThrottles: alarm(ofFunction('Throttles'), ['Sum', '>=', 1, 300, 3]),
  RecordCountMismatch: alarm(own(METRICS.unbalanced), ONCE),
  WithoutRecords: alarm(own(METRICS.withoutRecords), ONCE),
  UnknownKinds: alarm(own(METRICS.unknownKinds), ['Sum', '>=', 1, 3600, 1]),
  MalformedRecords: alarm(own(METRICS.malformed), ONCE),
  TruncatedEvents: alarm(own(METRICS.truncated), ONCE),
  FirehoseThrottled: alarm(ofStream('ThrottledRecords'), ['Sum', '>=', 1, 300, 3]),
  NoDelivery: alarm(own(METRICS.delivered), ['Sum', '<', 1, 300, 12], 'breaching'),
};

const toDestination = (destination: string) => ({
  [`FirehoseDeliveryFailed-${destination}`]: alarm(ofStream(`DeliveryTo${destination}.Success`), [
    'Average',
    '<',
    1,
    300,
    1,
  ]),
  [`FirehoseDeliveryLag-${destination}`]: alarm(ofStream(`DeliveryTo${destination}.DataFreshness`), [
    'Maximum',
    '>',
    900,
    300,
    1,
  ]),
});

const S3 = { ...ALWAYS, ...toDestination('S3') };

/** Replaces the function in the dimension of an expected alarm. */
const ofBackfill = ([namespace, name, dimension]: ReturnType<typeof own>): ReturnType<typeof own> => [
  namespace,
  name,
  dimension,
  '<BackfillDeliverFunction>',
];

/** Alarms that `backfill=true` adds. */
const BACKFILL = {
  BackfillDeadLetters: alarm(ofQueue('BackfillWorkDeadLetters', 'ApproximateNumberOfMessagesVisible'), [
    'Maximum',
    '>=',
    1,
    300,
    1,
  ]),
  'FunctionErrors-Backfill': alarm(ofBackfill(ofFunction('Errors')), ONCE),
  'RecordCountMismatch-Backfill': alarm(ofBackfill(own(METRICS.unbalanced)), ONCE),
  'WithoutRecords-Backfill': alarm(ofBackfill(own(METRICS.withoutRecords)), ONCE),
  'UnknownKinds-Backfill': alarm(ofBackfill(own(METRICS.unknownKinds)), ['Sum', '>=', 1, 3600, 1]),
  'MalformedRecords-Backfill': alarm(ofBackfill(own(METRICS.malformed)), ONCE),
  'TruncatedEvents-Backfill': alarm(ofBackfill(own(METRICS.truncated)), ONCE),
};

/** Alarms of a backfill with a stream of its own. */
const OWN_STREAM = Object.fromEntries(
  Object.entries(toDestination('S3')).map(([name, expected]) => [
    name.replace('-S3', '-BackfillS3'),
    { ...expected, Dimensions: [{ Name: 'DeliveryStreamName', Value: '<StreamOfBackfillStream>' }] },
  ]),
);

const fromTopic = (topic: string) =>
  alarm(['AWS/SNS', 'NumberOfNotificationsFailedToRedriveToDlq', 'TopicName', topic], ONCE);
const fromRule = (rule: string) =>
  alarm(['AWS/Events', 'InvocationsFailedToBeSentToDlq', 'RuleName', rule], ONCE);

describe('the alarms', () => {
  it.each<[string, PipelineSettings, Record<string, unknown>]>([
    ['trigger queue', TRIGGERS.queue, S3],
    [
      'trigger direct',
      TRIGGERS.direct,
      {
        ...S3,
        'NotificationsLost-Lambda': alarm(ofFunction('DestinationDeliveryFailures'), ONCE),
        DirectInvocationsGivenUp: alarm(ofFunction('AsyncEventsDropped'), ONCE),
      },
    ],
    ['trigger sns', TRIGGERS.sns, { ...S3, 'NotificationsLost-SNS': fromTopic('Test-TrailTopic') }],
    [
      'trigger sns with an existing topic',
      TRIGGERS.snsOfAnExistingTopic,
      { ...S3, 'NotificationsLost-SNS': fromTopic('trail') },
    ],
    [
      'trigger eventbridge',
      TRIGGERS.eventbridge,
      { ...S3, 'NotificationsLost-EventBridge': fromRule('<TriggerNewLogObject>') },
    ],
    ['destination http', DESTINATIONS.Http, { ...ALWAYS, ...toDestination('HttpEndpoint') }],
    [
      'destination stream, whose own destination is unknown',
      DESTINATIONS.Stream,
      { ...ALWAYS, ...toDestination('S3'), ...toDestination('HttpEndpoint') },
    ],
    ['a backfill', { backfill: true }, { ...S3, ...BACKFILL, ...OWN_STREAM }],
    [
      'a backfill that shares a stream',
      { backfill: true, ...DESTINATIONS.Http },
      { ...ALWAYS, ...toDestination('HttpEndpoint'), ...BACKFILL },
    ],
  ])('of %s have exactly these properties', (_, settings, expected) => {
    const alarms = alarmsOf(settings);
    expect(Object.keys(alarms).sort()).toEqual(Object.keys(expected).sort());
    for (const [name, { AlarmName, AlarmDescription, ...properties }] of Object.entries(alarms))
      expect({ [name]: properties }).toEqual({ [name]: expected[name] });
  });

  it('watch each rule if trigger eventbridge needs more than one', () => {
    const trailAccounts = Array.from({ length: 60 }, (_, n) => `${111111111111 + n}`);
    const settings = { ...TRIGGERS.eventbridge, organizationId: ORGANIZATION, trailAccounts };
    const rules = Object.keys(synthesize(settings).findResources('AWS::Events::Rule'));
    expect(rules.length).toBeGreaterThan(1);
    const watched = Object.values(alarmsOf(settings)).filter(({ Namespace }) => Namespace === 'AWS/Events');
    expect(watched.map(({ Dimensions }) => Dimensions)).toEqual(
      rules.map((rule) => [{ Name: 'RuleName', Value: resolve({ Ref: rule }) }]),
    );
    expect(watched.map(({ AlarmName }) => AlarmName).slice(0, 2)).toEqual([
      'Test-NotificationsLost-EventBridge',
      'Test-NotificationsLost-EventBridge2',
    ]);
  });

  it('do not watch a topic of another account, whose metrics are there', () => {
    const topicArn = TOPIC_ARN.replace('111122223333', '222222222222');
    const alarms = alarmsOf({
      ...TRIGGERS.snsOfAnExistingTopic,
      topicArn,
      trailBucketAccount: '222222222222',
    });
    expect(Object.keys(alarms).sort()).toEqual(Object.keys(S3).sort());
  });

  it('start after noDeliveryMinutes without a delivery, unless it is 0', () => {
    expect(alarmsOf({ noDeliveryMinutes: 15 }).NoDelivery?.EvaluationPeriods).toBe(3);
    expect(alarmsOf({ noDeliveryMinutes: 0 })).not.toHaveProperty('NoDelivery');
  });

  it('refer to one heading of the runbook each, and cover all headings', () => {
    const named = new Set<string>();
    const rules: PipelineSettings = { excludeEvents: ['kms.amazonaws.com:Decrypt'], maxDropShare: 30 };
    for (const settings of [
      ...Object.values(TRIGGERS),
      DESTINATIONS.Http,
      DESTINATIONS.Stream,
      { backfill: true },
      rules,
    ]) {
      for (const { AlarmName, AlarmDescription } of Object.values(alarmsOf(settings))) {
        const heading = / See (\w+) in docs\/runbook\.md\.$/.exec(AlarmDescription)?.[1] ?? '';
        expect(headings, AlarmDescription).toContain(heading);
        expect(AlarmName.split('-')[1]).toBe(heading);
        named.add(heading);
      }
    }
    expect([...named].sort()).toEqual(headings.filter((heading) => !heading.includes(' ')).sort());
  });

  it('link to runbookUrl if it is set', () => {
    const alarms = alarmsOf({ runbookUrl: 'https://wiki.example.com/runbook' });
    expect(alarms.WorkQueueAge?.AlarmDescription).toBe(
      'The oldest message on the work queue is more than an hour old. https://wiki.example.com/runbook#workqueueage',
    );
    for (const { AlarmDescription } of Object.values(alarms))
      expect(AlarmDescription).toMatch(/[^ ]\. https:\/\/wiki\.example\.com\/runbook#[a-z]+$/);
  });
});

describe('the metrics of alarms and dashboard', () => {
  const { about, ...lists } = awsMetrics;
  const published: Record<string, { dimension: string; metrics: string[] }> = {
    ...lists,
    [METRIC_NAMESPACE]: { dimension: METRIC_DIMENSION, metrics: Object.values(METRICS) },
  };

  it.each([
    ...Object.entries(TRIGGERS),
    ['http', DESTINATIONS.Http],
    ['stream', DESTINATIONS.Stream],
    ['backfill', { backfill: true }],
  ] as [string, PipelineSettings][])('exist in AWS, with that dimension: %s', (_, settings) => {
    const used = [...metricsOfAlarms(settings), ...metricsOfDashboard(settings)];
    expect(used.length).toBeGreaterThan(20);
    for (const { namespace, name, dimensions } of used) {
      expect(published, namespace).toHaveProperty([namespace]);
      expect(published[namespace]?.metrics, namespace).toContain(name);
      expect(dimensions, name).toEqual([published[namespace]?.dimension]);
    }
  });
});

interface UsedMetric {
  readonly namespace: string;
  readonly name: string;
  /** Names of its dimensions. */
  readonly dimensions: string[];
}

interface AlarmMetric {
  Namespace: string;
  MetricName: string;
  Dimensions: { Name: string }[];
}

function metricsOfAlarms(settings: PipelineSettings): UsedMetric[] {
  return Object.values(alarmsOf(settings)).flatMap((properties) => {
    const { Metrics = [{ MetricStat: { Metric: properties } }] } = properties as {
      Metrics?: { MetricStat?: { Metric: unknown } }[];
    };
    return Metrics.flatMap(({ MetricStat }) => {
      if (!MetricStat) return [];
      const { Namespace, MetricName, Dimensions } = MetricStat.Metric as AlarmMetric;
      return { namespace: Namespace, name: MetricName, dimensions: Dimensions.map(({ Name }) => Name) };
    });
  });
}

/** A metric of a widget is a list: namespace, name, then each dimension's name and value, then options. */
function metricsOfDashboard(settings: PipelineSettings): UsedMetric[] {
  return widgetsOf(settings).flatMap(({ properties }) =>
    (properties.metrics ?? []).map((metric) => {
      const [namespace = '', name = '', ...rest] = metric.filter((part) => typeof part === 'string');
      return { namespace, name, dimensions: rest.filter((_, i) => i % 2 === 0) };
    }),
  );
}

interface Widget {
  properties: { title: string; metrics?: unknown[][] };
}

function widgetsOf(settings: PipelineSettings = {}): Widget[] {
  const { DashboardBody } = resolvedProperties(synthesize(settings), 'AWS::CloudWatch::Dashboard');
  return JSON.parse(String(DashboardBody)).widgets;
}

describe('the topic of the alarms', () => {
  const onlyOurAlarms = {
    StringEquals: { 'aws:SourceAccount': '111122223333' },
    ArnLike: { 'aws:SourceArn': 'arn:aws:cloudwatch:eu-west-3:111122223333:alarm:*' },
  };

  it('is encrypted with a key that CloudWatch can use', () => {
    expect(resolvedProperties(synthesize(), 'AWS::SNS::Topic').KmsMasterKeyId).toBe('<AlarmTopicKey.Arn>');
    const { KeyPolicy } = resolvedProperties(synthesize(), 'AWS::KMS::Key', 'AlarmTopic');
    expect(statementsOf(KeyPolicy)[1]).toMatchObject({
      Principal: { Service: 'cloudwatch.amazonaws.com' },
      Action: ['kms:Decrypt', 'kms:GenerateDataKey*'],
      Condition: onlyOurAlarms,
    });
  });

  it('accepts only messages from this account’s alarms, over TLS', () => {
    const { PolicyDocument } = resolvedProperties(synthesize(), 'AWS::SNS::TopicPolicy', 'AlarmTopic');
    const [deny, allow] = statementsOf(PolicyDocument);
    expect(deny).toMatchObject({ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } });
    expect(allow).toMatchObject({
      Principal: { Service: 'cloudwatch.amazonaws.com' },
      Action: 'sns:Publish',
      Condition: onlyOurAlarms,
    });
  });

  it('sends mail to alarmEmail', () => {
    synthesize().resourceCountIs('AWS::SNS::Subscription', 0);
    const template = synthesize({ alarmEmail: 'oncall@example.com' });
    expect(resolvedProperties(template, 'AWS::SNS::Subscription')).toMatchObject({
      Protocol: 'email',
      Endpoint: 'oncall@example.com',
    });
  });
});

describe('the dashboard', () => {
  const widgets = widgetsOf();

  it('has its widgets in data flow order', () => {
    expect(widgets.map(({ properties }) => properties.title)).toEqual([
      'Alarms',
      'Queued messages',
      'Log objects',
      'Skipped',
      'Records',
      'Record problems',
      'Bytes',
      'Retried',
      'Accepted and throttled by Firehose',
      'From eventTime to delivery (seconds)',
      'Oldest message and unfinished object (seconds)',
      'Oldest event in the stream (seconds)',
      'Delivery success rate',
      'Accepted and billed by Firehose (bytes)',
      'Firehose calls and records',
      'Invocations',
      'Lambda duration (milliseconds)',
    ]);
  });

  it('shows every metric that the function writes', () => {
    const shown = new Set(
      widgets.flatMap(({ properties }) =>
        (properties.metrics ?? [])
          .filter(([namespace]) => namespace === METRIC_NAMESPACE)
          .map(([, name]) => name),
      ),
    );
    expect([...shown].sort()).toEqual(Object.values(METRICS).sort());
  });

  it.each([
    [TRIGGERS.direct, 'Direct invocations', ['AsyncEventsDropped', 'DestinationDeliveryFailures']],
    [TRIGGERS.sns, 'SNS topic', ['NumberOfNotificationsFailedToRedriveToDlq']],
    [TRIGGERS.eventbridge, 'EventBridge rule', ['InvocationsFailedToBeSentToDlq']],
  ])('shows what a sender can lose: %j', (settings, title, names) => {
    const [, sender, ...others] = widgetsOf(settings);
    expect(sender?.properties.title).toBe(title);
    expect(sender?.properties.metrics?.map(([, name]) => name)).toEqual(expect.arrayContaining(names));
    expect(others.map(({ properties }) => properties.title)).toEqual(
      widgets.slice(1).map(({ properties }) => properties.title),
    );
  });

  it('shows the number of delayed messages', () => {
    const [, queued] = widgets;
    expect(queued?.properties.metrics?.map(([, name]) => name)).toContain(
      'ApproximateNumberOfMessagesDelayed',
    );
  });

  it('has its URL as an output', () => {
    const { Outputs } = synthesize().toJSON() as { Outputs: Record<string, Json> };
    expect(resolve(Outputs.DashboardUrl?.Value)).toBe(
      'https://eu-west-3.console.aws.amazon.com/cloudwatch/home?region=eu-west-3#dashboards:name=Test-eu-west-3',
    );
  });
});
