import { CallError } from '../aws/call-error.ts';
import type { ObjectResult, PipelineResult } from '../pipeline.ts';
import type { BatchJob } from '../trigger/batch-operations.ts';
import type { WorkItem } from '../trigger/parse-event.ts';
import { isDone } from './decide-item.ts';
import { describeUnknown } from './report.ts';
import { groupByRef, objectsOf, type Settlement } from './settle-items.ts';

/** What S3 Batch Operations is answered: https://docs.aws.amazon.com/AmazonS3/latest/userguide/batch-ops-invoke-lambda.html */
export interface BatchOperationsResponse extends BatchJob {
  treatMissingKeysAs: 'PermanentFailure';
  results: TaskResult[];
}

export interface TaskResult {
  taskId: string;
  /** `TemporaryFailure` is tried again by S3: only where nothing was handed on. */
  resultCode: 'Succeeded' | 'TemporaryFailure' | 'PermanentFailure';
  resultString: string;
}

/** A result for each task. */
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
      ...answerTask(item, objects, failed.has(item), result.deliveryError),
    };
  });
  return { ...job, treatMissingKeysAs: 'PermanentFailure', results };
}

function answerTask(
  item: WorkItem,
  objects: ObjectResult[],
  isFailed: boolean,
  deliveryError: Error | undefined,
): Omit<TaskResult, 'taskId'> {
  const sum = (of: (object: ObjectResult) => number) =>
    objects.reduce((total, object) => total + of(object), 0);
  const counts = `${sum(({ ledger }) => ledger.delivered)} delivered, ${sum(({ ledger }) => ledger.filtered)} filtered`;
  const error = item.error ?? objects.find((object) => object.error !== undefined)?.error ?? deliveryError;
  const isWhole = objects.every(isDone);
  const unknown = objects.flatMap((object) => describeUnknown(object) ?? []);
  if (isFailed || (!isWhole && isForGood(error))) {
    return {
      resultCode: isForGood(error) ? 'PermanentFailure' : 'TemporaryFailure',
      resultString: [error ? `${error.name}: ${error.message}` : 'no time left', counts].join('; '),
    };
  }
  const isEmpty = isWhole && unknown.length > 0 && sum(({ ledger }) => ledger.recordsRead) === 0;
  return {
    resultCode: isEmpty ? 'PermanentFailure' : 'Succeeded',
    resultString: [...unknown, counts, ...(isWhole ? [] : ['the rest handed on'])].join('; '),
  };
}

/** Whether another try would end like this one: the object is damaged, missing or forbidden, or not to be read. */
function isForGood(error: Error | undefined): boolean {
  return error !== undefined && !(error instanceof CallError && error.isPassing);
}
