import { Stack } from 'aws-cdk-lib';
import { Alarm, ComparisonOperator, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { listAlarms } from './alarm-list.ts';
import type { AlarmSpec, MonitoredResources } from './alarm-spec.ts';

export interface AlarmsProps extends MonitoredResources {
  /** Topic that is notified when an alarm starts and when it ends. */
  readonly topic: ITopic;
  /**
   * URL of the page that each alarm links to, with the alarm's heading as anchor.
   *
   * @default - the description names the heading in `docs/runbook.md`
   */
  readonly runbookUrl?: string;
}

/** Creates the alarms of `alarm-list.ts`. */
export class Alarms extends Construct {
  readonly alarms: readonly Alarm[];

  constructor(scope: Construct, id: string, props: AlarmsProps) {
    super(scope, id);
    const action = new SnsAction(props.topic);
    this.alarms = listAlarms(props).map((spec) => {
      const alarm = this.#newAlarm(spec, props.runbookUrl);
      alarm.addAlarmAction(action);
      alarm.addOkAction(action);
      return alarm;
    });
  }

  #newAlarm({ heading, qualifier, summary, metric, ...options }: AlarmSpec, runbookUrl?: string): Alarm {
    return new Alarm(this, `${heading}${qualifier ?? ''}`, {
      alarmName: [Stack.of(this).stackName, heading, qualifier]
        .filter((part) => part !== undefined)
        .join('-'),
      alarmDescription: `${summary} ${pointToRunbook(heading, runbookUrl)}`,
      metric,
      threshold: 1,
      evaluationPeriods: 1,
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      treatMissingData: TreatMissingData.NOT_BREACHING,
      ...options,
    });
  }
}

/** Anchors of Markdown headings are lowercase. */
function pointToRunbook(heading: string, runbookUrl: string | undefined): string {
  return runbookUrl === undefined
    ? `See ${heading} in docs/runbook.md.`
    : `${runbookUrl}#${heading.toLowerCase()}`;
}
