import { UsageError } from '../../endings.ts';
import { readOutputs, type StackOutputs } from '../stack-outputs.ts';

/** What `backfill=true` deploys. */
export interface Backfill {
  readonly queueUrl: string;
  readonly deadLetterQueueUrl: string;
  /** UUID of the event source mapping from the queue to the function. */
  readonly mapping: string;
  /** Log group of the backfill function. */
  readonly logGroup: string;
}

/** Outputs of the stack; see `infra/outputs.ts`. */
export const BACKFILL_OUTPUTS = {
  queueUrl: 'BackfillQueueUrl',
  deadLetterQueueUrl: 'BackfillDeadLetterQueueUrl',
  mapping: 'BackfillMapping',
  logGroup: 'BackfillFunctionLogGroup',
} as const satisfies Record<keyof Backfill, string>;

/**
 * Reads the names of a stack's backfill.
 *
 * @throws UsageError if the stack has none; CouldNotTellError without such a stack
 */
export async function findBackfill(stack: string, stop: AbortSignal): Promise<Backfill> {
  const outputs = await readOutputs(stack, stop);
  requireBackfill(stack, outputs);
  const { queueUrl, deadLetterQueueUrl, mapping, logGroup } = BACKFILL_OUTPUTS;
  return {
    queueUrl: outputs.get(queueUrl),
    deadLetterQueueUrl: outputs.get(deadLetterQueueUrl),
    mapping: outputs.get(mapping),
    logGroup: outputs.get(logGroup),
  };
}

/** @throws UsageError with the command that mends it */
export function requireBackfill(stack: string, outputs: StackOutputs): void {
  if (outputs.find(BACKFILL_OUTPUTS.queueUrl) === undefined) throw withoutBackfill(stack);
}

export function withoutBackfill(stack: string): UsageError {
  return new UsageError(
    `stack ${stack} was deployed without backfill. Deploy it again with the same settings and -c backfill=true.`,
  );
}
