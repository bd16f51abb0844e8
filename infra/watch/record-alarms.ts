import { Duration } from 'aws-cdk-lib';
import { ComparisonOperator, MathExpression } from 'aws-cdk-lib/aws-cloudwatch';
import type { AlarmSpec, MonitoredResources } from './alarm-spec.ts';
import { dropMetric, pipelineMetric } from './pipeline-metrics.ts';

/** Alarms for log objects and records that are not what the function expects. */
export function recordAlarms(functionName: string): AlarmSpec[] {
  return [
    {
      heading: 'RecordCountMismatch',
      summary: 'Record counts do not add up. Nothing was acknowledged; expect duplicates, not loss.',
      metric: pipelineMetric(functionName, 'unbalanced'),
    },
    {
      heading: 'WithoutRecords',
      summary: 'A log object contains JSON without records. It was acknowledged; the function log names it.',
      metric: pipelineMetric(functionName, 'withoutRecords'),
    },
    {
      heading: 'UnknownKinds',
      summary:
        'The trail writes log objects to a folder that this version does not know. They are delivered.',
      // A new kind arrives with most deliveries of the trail. Hours keep it from ending and starting the alarm.
      metric: pipelineMetric(functionName, 'unknownKinds', { period: Duration.hours(1) }),
    },
    {
      heading: 'MalformedRecords',
      summary: 'Some records could not be normalized and were delivered as pipeline_error events.',
      metric: pipelineMetric(functionName, 'malformed'),
    },
    {
      heading: 'TruncatedEvents',
      summary: 'Some events were truncated to fit in a Firehose record.',
      metric: pipelineMetric(functionName, 'truncated'),
    },
  ];
}

/** A rule that drops more than it should is too wide, or someone uses what it drops to hide. */
export function ruleAlarms({ lambda, droppingRules = [], maxDropShare }: MonitoredResources): AlarmSpec[] {
  if (maxDropShare === undefined) return [];
  // One log object may have only records that a rule drops. An hour has many.
  const period = Duration.hours(1);
  return droppingRules.map((rule) => ({
    heading: 'RuleDropsTooMuch',
    qualifier: rule,
    summary: `Rule ${rule} dropped more than ${maxDropShare} % of the records within an hour.`,
    metric: new MathExpression({
      expression: '100 * dropped / records',
      usingMetrics: {
        dropped: dropMetric(lambda.functionName, rule, { period }),
        records: pipelineMetric(lambda.functionName, 'recordsRead', { period }),
      },
      period,
      label: 'Dropped (%)',
    }),
    threshold: maxDropShare,
    comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
  }));
}
