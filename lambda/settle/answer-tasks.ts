import { CallError } from '../aws/call-error.ts';
import type { ObjectResult } from '../deliver-object.ts';
import type { PipelineResult } from '../pipeline.ts';
import type { BatchJob } from '../trigger/batch-operations.ts';
import type { WorkItem } from '../trigger/parse-event.ts';
import { isDone } from './decide-item.ts';
import { describeUnknown, OUT_OF_TIME } from './list-errors.ts';
import { groupByRef, objectsOf, type Settlement } from './settle-items.ts';

/** Answer to S3 Batch Operations: https://docs.aws.amazon.com/AmazonS3/latest/userguide/batch-ops-invoke-lambda.html */
export interface BatchOperationsResponse extends BatchJob {
  treatMissingKeysAs: 'PermanentFailure';
  results: TaskResult[];
}

export interface TaskResult {
  taskId: string;
  /** `TemporaryFailure` makes S3 retry the task. It is used only if no object was requeued. */
  resultCode: 'Succeeded' | 'TemporaryFailure' | 'PermanentFailure';
  resultString: string;
}

/** Returns one result per task. */
export function answerTasks(
  job: BatchJob,
  items: WorkItem[],
  result: PipelineResult,
  settlement: Settlement,
): BatchOperationsResponse {
  const byRef = groupByRef(result);
  const failed = new Set(settlement.failed);
  const results = items.map((item) => {
    const objects = objectsOf(item, byRef) ?? [];
    return {
      taskId: item.taskId ?? '',
      ...answerTask(item, objects, failed.has(item)),
    };
  });
  return { ...job, treatMissingKeysAs: 'PermanentFailure', results };
}

function answerTask(item: WorkItem, objects: ObjectResult[], isFailed: boolean): Omit<TaskResult, 'taskId'> {
  const sum = (of: (object: ObjectResult) => number) =>
    objects.reduce((total, object) => total + of(object), 0);
  const counts = `${sum(({ ledger }) => ledger.delivered)} delivered, ${sum(({ ledger }) => ledger.filtered)} filtered`;
  const firstOf = (name: 'error' | 'deliveryError') =>
    objects.find((object) => object[name] !== undefined)?.[name];
  const error = item.error ?? firstOf('error') ?? firstOf('deliveryError');
  const isComplete = objects.every(isDone);
  const unknown = objects.flatMap((object) => describeUnknown(object) ?? []);
  if (isFailed || (!isComplete && isPermanent(error))) {
    return {
      resultCode: isPermanent(error) ? 'PermanentFailure' : 'TemporaryFailure',
      resultString: [error ? `${error.name}: ${error.message}` : OUT_OF_TIME, counts].join('; '),
    };
  }
  const isEmpty = isComplete && unknown.length > 0 && sum(({ ledger }) => ledger.recordsRead) === 0;
  return {
    resultCode: isEmpty ? 'PermanentFailure' : 'Succeeded',
    resultString: [...unknown, counts, ...(isComplete ? [] : ['the rest requeued'])].join('; '),
  };
}

/** Whether a retry would fail in the same way: the object is damaged, missing, forbidden or out of scope. */
function isPermanent(error: Error | undefined): boolean {
  return error !== undefined && !(error instanceof CallError && error.isPassing);
}
