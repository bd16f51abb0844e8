import { CallError } from '../aws/call-error.ts';
import type { ObjectResult, PipelineResult } from '../pipeline.ts';
import type { BatchJob } from '../trigger/batch-operations.ts';
import type { WorkItem } from '../trigger/parse-event.ts';
import { isDone } from './decide-item.ts';
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
      ...answerTask(item, objects, failed.has(item), result.deliveryFault),
    };
  });
  return { ...job, treatMissingKeysAs: 'PermanentFailure', results };
}

function answerTask(
  { error }: WorkItem,
  objects: ObjectResult[],
  isFailed: boolean,
  deliveryFault: Error | undefined,
): Omit<TaskResult, 'taskId'> {
  const sum = (of: (object: ObjectResult) => number) =>
    objects.reduce((total, object) => total + of(object), 0);
  const delivered = sum(({ ledger }) => ledger.delivered);
  const filtered = sum(({ ledger }) => ledger.filtered);
  const counts = `${delivered} delivered, ${filtered} filtered`;
  if (!isFailed) {
    const isWhole = objects.every(isDone);
    const without = objects.find(({ unknown }) => unknown !== undefined)?.unknown;
    if (without !== undefined)
      return { resultCode: 'PermanentFailure', resultString: `holds no records: ${without}` };
    return { resultCode: 'Succeeded', resultString: isWhole ? counts : `${counts}, the rest handed on` };
  }
  const fault = error ?? objects.find((object) => object.fault !== undefined)?.fault;
  const isPassing = fault === undefined || (fault instanceof CallError && fault.isPassing);
  const reason = fault ?? deliveryFault;
  return {
    resultCode: isPassing ? 'TemporaryFailure' : 'PermanentFailure',
    resultString: reason ? `${reason.name}: ${reason.message}; ${counts}` : `no time left; ${counts}`,
  };
}
