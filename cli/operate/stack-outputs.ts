import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { CouldNotTellError } from '../endings.ts';
import { CLIENT_OPTIONS } from './client-options.ts';
import { type AwsCall, explainError } from './explain-error.ts';

/** Stack name of the app; see `infra/`. */
export const DEFAULT_STACK = 'CloudTrailFirehose';

/** Outputs of the stack; see `infra/outputs.ts`. */
export class StackOutputs {
  readonly #stack: string;
  readonly #values: ReadonlyMap<string, string>;

  constructor(stack: string, values: ReadonlyMap<string, string>) {
    this.#stack = stack;
    this.#values = values;
  }

  /** Returns an output that not every stack has, or `undefined`. */
  find(name: string): string | undefined {
    return this.#values.get(name) || undefined;
  }

  /** @throws CouldNotTellError if the stack does not have it */
  get(name: string): string {
    const value = this.find(name);
    if (value !== undefined) return value;
    throw new CouldNotTellError(`stack ${this.#stack} has no output ${name}. Is it a stack of this project?`);
  }

  /** Delivery streams of the events. */
  get streams(): string[] {
    return this.get('DeliveryStream').split(',');
  }
}

/**
 * Reads the outputs of a stack.
 *
 * @throws CouldNotTellError without such a stack
 */
export async function readOutputs(stack: string, stop: AbortSignal): Promise<StackOutputs> {
  const client = new CloudFormationClient(CLIENT_OPTIONS);
  const call: AwsCall = {
    name: 'CloudFormation DescribeStacks',
    action: 'cloudformation:DescribeStacks',
    target: `stack ${stack}`,
    regionOf: 'stack',
  };
  try {
    const { Stacks: [found] = [] } = await client.send(new DescribeStacksCommand({ StackName: stack }), {
      abortSignal: stop,
    });
    const outputs = found?.Outputs ?? [];
    return new StackOutputs(
      stack,
      new Map(outputs.map(({ OutputKey = '', OutputValue = '' }) => [OutputKey, OutputValue])),
    );
  } catch (error) {
    if (!isMissing(error)) throw explainError(call, error);
    const region = await client.config.region();
    throw new CouldNotTellError(`stack ${stack} does not exist in ${region}. Name it with --stack.`);
  } finally {
    client.destroy();
  }
}

/** CloudFormation has no error code for it. */
function isMissing(error: unknown): boolean {
  return error instanceof Error && error.name === 'ValidationError' && /does not exist/.test(error.message);
}
