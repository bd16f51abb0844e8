import { UsageError } from '../endings.ts';
import type { QueueOptions } from './replay-options.ts';
import { readOutputs } from './stack-outputs.ts';

/** URLs of a pipeline's queues. */
export interface Queues {
  readonly work: string;
  readonly deadLetter: string;
}

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
    const outputs = await readOutputs(stack, stop);
    return { work: outputs.get('WorkQueueUrl'), deadLetter: outputs.get('DeadLetterQueueUrl') };
  }
  if (workQueue === undefined || deadLetterQueue === undefined)
    throw new UsageError('--dead-letter-queue and --work-queue go together. Name both, or the stack.');
  if (workQueue === deadLetterQueue)
    throw new UsageError('--dead-letter-queue and --work-queue are the same queue');
  return { work: workQueue, deadLetter: deadLetterQueue };
}

/** @throws CouldNotTellError without such a stack */
export async function findWorkQueue({ stack, workQueue }: QueueOptions, stop: AbortSignal): Promise<string> {
  return workQueue ?? (await readOutputs(stack, stop)).get('WorkQueueUrl');
}
