import { CallError } from '../aws/call-error.ts';
import type { ObjectResult } from '../deliver-object.ts';
import type { PipelineResult } from '../pipeline.ts';
import { nameObject } from '../trigger/log-object-ref.ts';
import type { WorkItem } from '../trigger/parse-event.ts';
import { describeRemaining, lowestOf } from '../trigger/remaining-records.ts';
import { isDone } from './decide-item.ts';
import type { ReceiptCounts } from './put-receipts.ts';
import { groupByRef, objectsOf, type Settlement } from './settle-items.ts';

/** Why an object or an item is not done. Contains places and error names, never the content of records. */
export interface ReportedError {
  object?: string;
  /** Index of the first undelivered record. */
  nextRecord?: number;
  /** Undelivered records, if some after `nextRecord` were delivered. */
  missing?: string;
  error: string;
  /** Delivery stream that refused, if it was one. */
  stream?: string;
  /** AWS's id of the failed request. */
  requestId?: string;
  /** SQS message of the item, and how often it was received. */
  messageId?: string;
  receives?: number;
}

export const OUT_OF_TIME = 'ran out of time';

/** Lists the delivery errors separately, before the errors of the objects. */
export function listErrors(
  items: WorkItem[],
  result: PipelineResult,
  settlement: Settlement,
  receipts: ReceiptCounts,
): ReportedError[] {
  const byRef = groupByRef(result);
  return [
    ...result.deliveryErrors.map(({ stream, error }) => ({
      ...nameError(error),
      ...(stream !== undefined && { stream }),
    })),
    ...items.flatMap((item): ReportedError[] => {
      if (item.error) return [{ ...nameError(item.error, ''), ...messageOf(item) }];
      const unfinished = (objectsOf(item, byRef) ?? []).filter((object) => !isDone(object));
      return unfinished.map((object) => ({
        ...describeUnfinished(object),
        ...messageOf(item),
      }));
    }),
    ...result.objects.flatMap((object) => {
      const error = describeUnknown(object);
      return error === undefined ? [] : [{ object: nameObject(object.ref), error }];
    }),
    ...settlement.resumeErrors.map(({ item, error }) => ({
      ...nameError(error, 'cannot send the resume message: '),
      ...messageOf(item),
    })),
    ...(receipts.error ? [nameError(receipts.error, 'cannot put receipts: ')] : []),
    ...(settlement.isBalanced ? [] : [{ error: 'record counts do not match' }]),
  ];
}

function describeUnfinished(object: ObjectResult): ReportedError {
  const { ref, ledger, error = object.deliveryError } = object;
  const { remaining } = ledger;
  return {
    object: nameObject(ref),
    nextRecord: lowestOf(remaining),
    ...(remaining.ranges.length > 0 && { missing: describeRemaining(remaining) }),
    ...(error ? nameError(error) : { error: OUT_OF_TIME }),
  };
}

/** Describes an object with a document of an unknown form, without records; otherwise `undefined`. */
export function describeUnknown({ unknown, ledger }: ObjectResult): string | undefined {
  if (unknown === undefined) return undefined;
  return ledger.recordsRead === 0
    ? `holds no records: ${unknown}`
    : `a document holds no records: ${unknown}`;
}

/** @param prefix replaces the error's name, which a `CallError` has in its message anyway */
function nameError(error: Error, prefix?: string): ReportedError {
  if (error instanceof CallError)
    return {
      error: `${prefix ?? ''}${error.message}`,
      ...(error.requestId !== undefined && { requestId: error.requestId }),
    };
  return { error: prefix === undefined ? `${error.name}: ${error.message}` : `${prefix}${error.message}` };
}

function messageOf({ messageId, receives }: WorkItem): Pick<ReportedError, 'messageId' | 'receives'> {
  return { ...(messageId !== undefined && { messageId }), ...(receives !== undefined && { receives }) };
}
