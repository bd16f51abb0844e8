import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { CouldNotTellError, UsageError } from '../endings.ts';
import { CLIENT_OPTIONS } from './client-options.ts';
import { type AwsCall, explainError } from './explain-error.ts';
import type { QueueOptions } from './replay-options.ts';

/** URLs of a pipeline's queues. */
export interface Queues {
  readonly work: string;
  readonly deadLetter: string;
}

/** Outputs of the stack; see `infra/outputs.ts`. */
const OUTPUTS = { work: 'WorkQueueUrl', deadLetter: 'DeadLetterQueueUrl' } as const;

/**
 * Returns both queues: as named, or from the stack's outputs.
 *
 * @throws UsageError if only one is named, or both are the same. CouldNotTellError without such a stack
 */
export async function findQueues(
  { stack, workQueue, deadLetterQueue }: QueueOptions,
  stop: AbortSignal,
): Promise<Queues> {
  if (workQueue === undefined && deadLetterQueue === undefined) {
    const urls = await readOutputs(stack, stop);
    return { work: urlOf(stack, urls, 'work'), deadLetter: urlOf(stack, urls, 'deadLetter') };
  }
  if (workQueue === undefined || deadLetterQueue === undefined)
    throw new UsageError('--dead-letter-queue and --work-queue go together. Name both, or the stack.');
  if (workQueue === deadLetterQueue)
    throw new UsageError('--dead-letter-queue and --work-queue are the same queue');
  return { work: workQueue, deadLetter: deadLetterQueue };
}

/** @throws CouldNotTellError without such a stack */
export async function findWorkQueue({ stack, workQueue }: QueueOptions, stop: AbortSignal): Promise<string> {
  return workQueue ?? urlOf(stack, await readOutputs(stack, stop), 'work');
}

async function readOutputs(stack: string, stop: AbortSignal): Promise<Map<string | undefined, string>> {
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
    return new Map(found?.Outputs?.map(({ OutputKey, OutputValue = '' }) => [OutputKey, OutputValue]));
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

function urlOf(stack: string, outputs: Map<string | undefined, string>, queue: keyof Queues): string {
  const url = outputs.get(OUTPUTS[queue]);
  if (url) return url;
  throw new CouldNotTellError(
    `stack ${stack} has no output ${OUTPUTS[queue]}. Is it a stack of this project?`,
  );
}
