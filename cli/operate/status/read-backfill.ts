import { GetEventSourceMappingCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { type Answer, ask } from '../ask.ts';
import { CLIENT_OPTIONS } from '../client-options.ts';

/** Reads the state of the trigger of a backfill. @param uuid of the mapping; `undefined` if the stack has none */
export async function readBackfill(
  uuid: string | undefined,
  stop: AbortSignal,
): Promise<Answer<string> | undefined> {
  if (uuid === undefined) return undefined;
  const lambda = new LambdaClient(CLIENT_OPTIONS);
  const call = {
    name: 'Lambda GetEventSourceMapping',
    action: 'lambda:GetEventSourceMapping',
    target: `mapping ${uuid}`,
    regionOf: 'stack',
  };
  try {
    return await ask('backfill', call, async () => {
      const { State = 'unknown' } = await lambda.send(new GetEventSourceMappingCommand({ UUID: uuid }), {
        abortSignal: stop,
      });
      return State;
    });
  } finally {
    lambda.destroy();
  }
}
