import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { METRIC_DIMENSION, METRIC_NAMESPACE, METRICS } from '../../../lambda/contract.ts';
import { DESTINATIONS } from '../combinations.ts';
import { type Json, resolve, resolvedProperties, statementsOf, synthesize } from '../synthesize.ts';

interface AlarmProperties {
  AlarmName: string;
  AlarmDescription: string;
  Namespace: string;
  MetricName: string;
  Dimensions: { Name: string; Value: string }[];
  AlarmActions: string[];
  OKActions: string[];
  Threshold: number;
  EvaluationPeriods: number;
  Period: number;
  Statistic: string;
  ComparisonOperator: string;
  TreatMissingData: string;
}

function alarmsOf(settings = {}): AlarmProperties[] {
  return Object.values(synthesize(settings).findResources('AWS::CloudWatch::Alarm')).map(
    ({ Properties }) => resolve(Properties) as AlarmProperties,
  );
}

const alarmOf = (name: string, settings = {}) =>
  alarmsOf(settings).find(({ AlarmName }) => AlarmName === `Test-${name}`);

const headings = readFileSync(new URL('../../../docs/runbook.md', import.meta.url), 'utf8')
  .split('\n')
  .filter((line) => line.startsWith('## '))
  .map((line) => line.slice(3));

describe('the alarms', () => {
  it('refer to one heading of the runbook each, and cover all headings', () => {
    const named = new Set<string>();
    for (const settings of [{}, DESTINATIONS.Http, DESTINATIONS.Stream]) {
      for (const { AlarmDescription } of alarmsOf(settings)) {
        const heading = / See (\w+) in docs\/runbook\.md\.$/.exec(AlarmDescription)?.[1] ?? '';
        expect(headings, AlarmDescription).toContain(heading);
        named.add(heading);
      }
    }
    expect([...named].sort()).toEqual(headings.filter((heading) => !heading.includes(' ')).sort());
  });

  it('notify the topic when they start and when they end', () => {
    for (const { AlarmActions, OKActions } of alarmsOf()) {
      expect(AlarmActions).toEqual(['<AlarmTopic>']);
      expect(OKActions).toEqual(['<AlarmTopic>']);
    }
  });

  it('use metrics that the function writes, with its name as dimension', () => {
    const own = alarmsOf().filter(({ Namespace }) => Namespace === METRIC_NAMESPACE);
    expect(own.map(({ MetricName }) => MetricName).sort()).toEqual(
      [
        METRICS.delivered,
        METRICS.malformed,
        METRICS.oldestUnfinishedSeconds,
        METRICS.truncated,
        METRICS.unbalanced,
        METRICS.withoutRecords,
      ].sort(),
    );
    for (const { Dimensions } of own)
      expect(Dimensions).toEqual([{ Name: METRIC_DIMENSION, Value: '<DeliverFunction>' }]);
  });

  it.each([
    ['DeadLetterQueueNotEmpty', 'ApproximateNumberOfMessagesVisible', 1, 'Maximum'],
    ['WorkQueueAge', 'ApproximateAgeOfOldestMessage', 3600, 'Maximum'],
    ['OldestUnfinishedObject', METRICS.oldestUnfinishedSeconds, 3600, 'Maximum'],
    ['FunctionErrors', 'Errors', 1, 'Sum'],
    ['FunctionThrottles', 'Throttles', 1, 'Sum'],
    ['RecordCountMismatch', METRICS.unbalanced, 1, 'Sum'],
    ['WithoutRecords', METRICS.withoutRecords, 1, 'Sum'],
    ['MalformedRecords', METRICS.malformed, 1, 'Sum'],
    ['TruncatedEvents', METRICS.truncated, 1, 'Sum'],
    ['FirehoseThrottled', 'ThrottledRecords', 1, 'Sum'],
  ])('%s: %s of %i or more', (name, MetricName, Threshold, Statistic) => {
    expect(alarmOf(name)).toMatchObject({
      MetricName,
      Threshold,
      Statistic,
      ComparisonOperator: 'GreaterThanOrEqualToThreshold',
      TreatMissingData: 'notBreaching',
    });
  });

  it('detect an object that is requeued with 15 minutes of delay by invocations of up to 15', () => {
    expect(alarmOf('OldestUnfinishedObject')).toMatchObject({ Period: 1800, EvaluationPeriods: 1 });
  });

  it.each([
    ['S3', {}],
    ['HttpEndpoint', DESTINATIONS.Http],
    ['S3', DESTINATIONS.Stream],
    ['HttpEndpoint', DESTINATIONS.Stream],
  ])('monitor deliveries by Firehose to %s', (destination, settings) => {
    expect(alarmOf(`FirehoseDeliveryFailed-${destination}`, settings)).toMatchObject({
      MetricName: `DeliveryTo${destination}.Success`,
      Statistic: 'Average',
      Threshold: 1,
      ComparisonOperator: 'LessThanThreshold',
    });
    expect(alarmOf(`FirehoseDeliveryLag-${destination}`, settings)).toMatchObject({
      MetricName: `DeliveryTo${destination}.DataFreshness`,
      Statistic: 'Maximum',
      Threshold: 900,
    });
  });

  it('start after noDeliveryMinutes without a delivery, unless it is 0', () => {
    expect(alarmOf('NoDelivery')).toMatchObject({
      Period: 300,
      EvaluationPeriods: 12,
      ComparisonOperator: 'LessThanThreshold',
      TreatMissingData: 'breaching',
    });
    expect(alarmOf('NoDelivery', { noDeliveryMinutes: 15 })?.EvaluationPeriods).toBe(3);
    expect(alarmOf('NoDelivery', { noDeliveryMinutes: 0 })).toBeUndefined();
  });
});

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
  const { DashboardBody } = resolvedProperties(synthesize(), 'AWS::CloudWatch::Dashboard');
  const { widgets }: { widgets: { properties: { title: string; metrics?: unknown[][] } }[] } = JSON.parse(
    String(DashboardBody),
  );

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

  it('shows the number of delayed messages', () => {
    const [, queued] = widgets;
    expect(queued?.properties.metrics?.map(([, name]) => name)).toContain(
      'ApproximateNumberOfMessagesDelayed',
    );
  });

  it('has its URL as an output', () => {
    const { Outputs } = synthesize().toJSON() as { Outputs: Record<string, Json> };
    expect(resolve(Outputs.DashboardUrl?.Value)).toBe(
      'https://eu-west-3.console.aws.amazon.com/cloudwatch/home?region=eu-west-3#dashboards:name=Test',
    );
  });
});
