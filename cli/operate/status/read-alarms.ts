import { CloudWatchClient, DescribeAlarmsCommand, type MetricAlarm } from '@aws-sdk/client-cloudwatch';
import { CouldNotTellError } from '../../endings.ts';
import { type Answer, ask } from '../ask.ts';
import { CLIENT_OPTIONS } from '../client-options.ts';
import type { AlarmStates } from './status-report.ts';

/**
 * Reads the states of a stack's alarms: those with its name that notify its topic, because the name of another stack may
 * start with the same word.
 */
export async function readAlarms(
  stack: string,
  topicArn: string,
  stop: AbortSignal,
): Promise<Answer<AlarmStates>> {
  const client = new CloudWatchClient(CLIENT_OPTIONS);
  const prefix = `${stack}-`;
  const call = {
    name: 'CloudWatch DescribeAlarms',
    action: 'cloudwatch:DescribeAlarms',
    target: `alarms ${prefix}*`,
    regionOf: 'stack',
  };
  try {
    return await ask('alarms', call, async () => {
      const alarms: MetricAlarm[] = [];
      let NextToken: string | undefined;
      do {
        const input = { AlarmNamePrefix: prefix, NextToken };
        const page = await client.send(new DescribeAlarmsCommand(input), { abortSignal: stop });
        alarms.push(
          ...(page.MetricAlarms ?? []).filter(({ AlarmActions = [] }) => AlarmActions.includes(topicArn)),
        );
        NextToken = page.NextToken;
      } while (NextToken !== undefined);
      if (alarms.length === 0) throw new CouldNotTellError(`no alarm ${prefix}* notifies ${topicArn}`);
      return statesOf(alarms);
    });
  } finally {
    client.destroy();
  }
}

function statesOf(alarms: readonly MetricAlarm[]): AlarmStates {
  const inState = (state: string) => alarms.filter(({ StateValue }) => StateValue === state);
  return {
    total: alarms.length,
    on: inState('ALARM').flatMap(({ AlarmName }) => AlarmName ?? []),
    withoutData: inState('INSUFFICIENT_DATA').length,
  };
}
