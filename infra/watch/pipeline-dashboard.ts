import { Stack } from 'aws-cdk-lib';
import {
  AlarmStatusWidget,
  Dashboard,
  GraphWidget,
  type IAlarm,
  type IMetric,
  type IWidget,
  Stats,
} from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import type { METRICS } from '../../lambda/contract.ts';
import type { WorkQueue } from '../function/work-queue.ts';
import type { MonitoredBackfill, MonitoredResources } from './alarm-spec.ts';
import { consoleDomain } from './console-domain.ts';
import {
  dropMetric,
  PERIOD,
  pipelineMetric,
  ruleMetric,
  streamMetric,
  streamsMetric,
  topicMetric,
} from './pipeline-metrics.ts';

export interface PipelineDashboardProps extends MonitoredResources {
  /** Alarms whose state the first widget shows. */
  readonly alarms: readonly IAlarm[];
}

/** A dashboard with one row each for alarms, inputs, rules, outputs, delays, costs and a backfill. */
export class PipelineDashboard extends Construct {
  readonly url: string;

  constructor(scope: Construct, id: string, props: PipelineDashboardProps) {
    super(scope, id);
    const { stackName, region } = Stack.of(this);
    // Dashboards are global, so a stack of the same name in another region needs another one.
    // https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Dashboards.html
    const dashboardName = `${stackName}-${region}`;
    new Dashboard(this, 'Dashboard', {
      dashboardName,
      widgets: [
        [new AlarmStatusWidget({ title: 'Alarms', alarms: [...props.alarms], width: 24, height: 3 })],
        ...senders(props),
        inputs(props),
        ...drops(props),
        outputs(props),
        delays(props),
        costs(props),
        ...(props.backfill ? [backfillRow(props.backfill, props)] : []),
      ],
    });
    this.url = `https://${region}.${consoleDomain(this)}/cloudwatch/home?region=${region}#dashboards:name=${dashboardName}`;
  }
}

/** A row for the services between the bucket and the work queue, if there are any. */
function senders({ lambda, senders = {} }: MonitoredResources): IWidget[][] {
  const { rules = [], topic, isDirect = false } = senders;
  const sum = { statistic: Stats.SUM, period: PERIOD };
  const widgets = [
    ...rules.map((rule, i) =>
      graph(
        `EventBridge rule${i === 0 ? '' : ` ${i + 1}`}`,
        ['Invocations', 'FailedInvocations', 'InvocationsSentToDlq', 'InvocationsFailedToBeSentToDlq'].map(
          (name) => ruleMetric(rule, name),
        ),
      ),
    ),
    ...(topic
      ? [
          graph(
            'SNS topic',
            [
              'NumberOfMessagesPublished',
              'NumberOfNotificationsFailed',
              'NumberOfNotificationsRedrivenToDlq',
              'NumberOfNotificationsFailedToRedriveToDlq',
            ].map((name) => topicMetric(topic, name)),
          ),
        ]
      : []),
    ...(isDirect
      ? [
          graph('Direct invocations', [
            lambda.metric('AsyncEventsReceived', sum),
            lambda.metric('AsyncEventsDropped', sum),
            lambda.metric('DestinationDeliveryFailures', sum),
          ]),
        ]
      : []),
  ];
  return widgets.length > 0 ? [widgets] : [];
}

function inputs({ lambda, workQueue }: MonitoredResources): IWidget[] {
  const sums = sumsOf(lambda.functionName);
  return [
    graph('Queued messages', queueMetrics(workQueue)),
    graph(
      'Log objects',
      sums(
        'objects',
        'objectsDone',
        'withoutRecords',
        'unknownKinds',
        'resumes',
        'superseded',
        'itemsFailed',
      ),
    ),
    graph(
      'Skipped',
      sums(
        'skippedDigests',
        'skippedOthers',
        'skippedNotCreated',
        'skippedKinds',
        'skippedOutside',
        'skippedTestEvents',
        'skippedEmpty',
      ),
    ),
    graph('Records', sums('recordsRead', 'delivered', 'filtered', 'failed', 'leftForResume')),
  ];
}

/** A row for the rules, if there are any. */
function drops({ lambda, droppingRules = [] }: MonitoredResources): IWidget[][] {
  if (droppingRules.length === 0) return [];
  // A widget has at most 500 metrics, and there are at most 101 rules.
  const metrics = droppingRules.map((rule) => dropMetric(lambda.functionName, rule, { label: rule }));
  return [[graph('Records dropped by rule', metrics)]];
}

function outputs({ lambda, stream, moreStreams = [] }: MonitoredResources): IWidget[] {
  const streams = [stream, ...moreStreams];
  const sums = sumsOf(lambda.functionName);
  return [
    graph('Record problems', sums('malformed', 'truncated', 'unbalanced', 'receiptsLost')),
    graph('Bytes', sums('inflatedBytes', 'eventBytes', 'firehoseBytes')),
    graph('Retried', sums('entriesRetried', 'callsRetried', 'throttles')),
    graph('Accepted and throttled by Firehose', [
      streamsMetric(streams, 'SUM', 'IncomingRecords'),
      streamsMetric(streams, 'SUM', 'ThrottledRecords'),
    ]),
  ];
}

function delays({ lambda, workQueue, stream, moreStreams = [] }: MonitoredResources): IWidget[] {
  // A line per stream, to see which one is late. A widget has at most 500 metrics.
  const lines = (metricName: (destination: string) => string, statistic: string) =>
    [stream, ...moreStreams].flatMap((each) =>
      each.destinations.map((destination) => streamMetric(each, metricName(destination), { statistic })),
    );
  return [
    graph('From eventTime to delivery (seconds)', [
      pipelineMetric(lambda.functionName, 'deliveryLagSeconds', { statistic: 'p50', label: 'p50' }),
      pipelineMetric(lambda.functionName, 'deliveryLagSeconds', { statistic: Stats.MAXIMUM, label: 'max' }),
    ]),
    graph('Oldest message and unfinished object (seconds)', [
      workQueue.queue.metricApproximateAgeOfOldestMessage({ statistic: Stats.MAXIMUM }),
      pipelineMetric(lambda.functionName, 'oldestUnfinishedSeconds', { statistic: Stats.MAXIMUM }),
    ]),
    graph(
      'Oldest event in the stream (seconds)',
      lines((destination) => `DeliveryTo${destination}.DataFreshness`, Stats.MAXIMUM),
    ),
    graph(
      'Delivery success rate',
      lines((destination) => `DeliveryTo${destination}.Success`, Stats.AVERAGE),
    ),
  ];
}

function costs({ lambda }: MonitoredResources): IWidget[] {
  const sums = sumsOf(lambda.functionName);
  return [
    graph('Accepted and billed by Firehose (bytes)', sums('firehoseBytes', 'billedBytes')),
    graph('Firehose calls and records', sums('firehoseCalls', 'firehoseRecords')),
    graph('Invocations', [lambda.metricInvocations(), lambda.metricErrors(), lambda.metricThrottles()]),
    graph('Lambda duration (milliseconds)', [lambda.metricDuration({ statistic: Stats.SUM })]),
  ];
}

function backfillRow(
  { lambda, workQueue, ownStream }: MonitoredBackfill,
  { stream, moreStreams = [] }: MonitoredResources,
): IWidget[] {
  const streams = ownStream ? [ownStream] : [stream, ...moreStreams];
  const sums = sumsOf(lambda.functionName);
  return [
    graph('Backfill: queued messages', queueMetrics(workQueue)),
    graph('Backfill: log objects', sums('objects', 'objectsDone', 'resumes', 'itemsFailed')),
    graph('Backfill: records', sums('recordsRead', 'delivered', 'filtered', 'failed', 'leftForResume')),
    graph('Backfill: bytes to Firehose, and throttled records', [
      ...sums('firehoseBytes', 'billedBytes'),
      streamsMetric(streams, 'SUM', 'ThrottledRecords'),
    ]),
  ];
}

function queueMetrics({ queue, deadLetters }: WorkQueue): IMetric[] {
  return [
    queue.metricApproximateNumberOfMessagesVisible({ statistic: Stats.MAXIMUM }),
    queue.metricApproximateNumberOfMessagesNotVisible({ statistic: Stats.MAXIMUM }),
    queue.metricApproximateNumberOfMessagesDelayed({ statistic: Stats.MAXIMUM }),
    deadLetters.metricApproximateNumberOfMessagesVisible({ statistic: Stats.MAXIMUM }),
  ];
}

function sumsOf(functionName: string) {
  return (...names: (keyof typeof METRICS)[]) => names.map((name) => pipelineMetric(functionName, name));
}

function graph(title: string, left: IMetric[]): GraphWidget {
  return new GraphWidget({ title, left, width: 6, height: 6, leftYAxis: { min: 0 } });
}
