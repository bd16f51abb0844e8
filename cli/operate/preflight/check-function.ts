import {
  GetAccountSettingsCommand,
  GetFunctionConcurrencyCommand,
  LambdaClient,
  ListEventSourceMappingsCommand,
} from '@aws-sdk/client-lambda';
import { answered, ask, judge } from '../ask.ts';
import { CLIENT_OPTIONS } from '../client-options.ts';
import type { Finding } from '../finding.ts';
import { judgeConcurrency, judgeMapping } from './judge-function.ts';
import type { Targets } from './targets.ts';

/** Checks that Lambda reads the work queue, and has concurrency left. */
export async function checkFunction(
  { deployed, maxConcurrency }: Targets,
  stop: AbortSignal,
): Promise<Finding[]> {
  const lambda = new LambdaClient(CLIENT_OPTIONS);
  const options = { abortSignal: stop };
  const callOf = (operation: string, action = `lambda:${operation}`) => ({
    ...{
      name: `Lambda ${operation}`,
      action,
      target: deployed?.functionName ?? 'Lambda',
      regionOf: 'function',
    },
  });
  try {
    const findings: Finding[] = [];
    let [reserved, wanted]: (number | undefined)[] = [undefined, maxConcurrency];
    if (deployed) {
      const { functionName: FunctionName, workQueueArn } = deployed;
      const mappings = await ask('work queue', callOf('ListEventSourceMappings'), () =>
        lambda.send(new ListEventSourceMappingsCommand({ FunctionName }), options),
      );
      const all = answered(mappings)?.EventSourceMappings ?? [];
      wanted =
        all.find(({ EventSourceArn }) => EventSourceArn === workQueueArn)?.ScalingConfig
          ?.MaximumConcurrency ?? wanted;
      findings.push(...judge(mappings, () => judgeMapping(all, workQueueArn, FunctionName)));
      const concurrency = await ask('concurrency', callOf('GetFunctionConcurrency'), () =>
        lambda.send(new GetFunctionConcurrencyCommand({ FunctionName }), options),
      );
      if ('finding' in concurrency) return [...findings, concurrency.finding];
      reserved = concurrency.value.ReservedConcurrentExecutions;
    }
    const settings = await ask('concurrency', callOf('GetAccountSettings'), () =>
      lambda.send(new GetAccountSettingsCommand({}), options),
    );
    return [
      ...findings,
      ...judge(settings, (answer) => judgeConcurrency(answer, reserved, wanted ?? maxConcurrency)),
    ];
  } finally {
    lambda.destroy();
  }
}
