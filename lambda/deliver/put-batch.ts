import type { FirehoseClient } from '@aws-sdk/client-firehose';
import { CallError, isAbort, isThrottle, toCallError } from '../aws/call-error.ts';
import { withFreshCredentials } from '../aws/fresh-credentials.ts';
import { type BatchBody, newPutRecordBatch } from './put-record-batch-body.ts';

export const PUT_RECORD_BATCH = 'Firehose PutRecordBatch';

/** Result of one PutRecordBatch call: which records Firehose rejected, and why. */
export interface PutResult {
  /** Places of the rejected records in the call, in order. */
  rejected: number[];
  /** Rejected entries of a 200 response. */
  entryErrors: number;
  /** Rejected entries of a 200 response that were throttled. */
  entryThrottles: number;
  /** Whether the entire call failed. Then no record counts as accepted. */
  isCallError: boolean;
  /** Whether the entire call was throttled. */
  isCallThrottle: boolean;
  /** Why records were rejected. */
  error?: CallError;
  /** Whether the call was aborted before Firehose answered. Then `error` is not set. */
  isAborted?: boolean;
}

/**
 * Makes one PutRecordBatch call. Checks each entry, because a 200 response can contain failures:
 * https://docs.aws.amazon.com/firehose/latest/APIReference/API_PutRecordBatch.html
 *
 * Never throws: errors are in the result.
 */
export async function putBatch(
  firehose: FirehoseClient,
  deliveryStreamName: string,
  body: BatchBody,
  abortSignal: AbortSignal,
): Promise<PutResult> {
  const places = Array.from({ length: body.records }, (_, place) => place);
  try {
    const { RequestResponses: answers, $metadata } = await withFreshCredentials(firehose, () =>
      firehose.send(newPutRecordBatch(deliveryStreamName, body.end()), { abortSignal }),
    );
    // The SDK's earlier attempts were cut off: a socket may still be reading the body.
    if (($metadata?.attempts ?? 1) > 1) body.detachBuffer();
    if (answers?.length !== body.records) {
      const detail = `: answers for ${answers?.length ?? 0} of ${body.records} records`;
      throw new CallError(PUT_RECORD_BATCH, 'UnexpectedAnswer', detail, true, $metadata?.requestId);
    }
    // Only an entry with a record ID was accepted.
    const rejected = places.filter((place) => !answers[place]?.RecordId);
    const codes = rejected.map((place) => answers[place]?.ErrorCode ?? 'no record ID');
    return {
      rejected,
      entryErrors: rejected.length,
      entryThrottles: codes.filter((name) => isThrottle({ name })).length,
      isCallError: false,
      isCallThrottle: false,
      ...(rejected.length > 0 && { error: entryError(codes, body.records, $metadata?.requestId) }),
    };
  } catch (error) {
    // Firehose returns IDs after reading the body. If the call was cut off, a socket may still read it.
    body.detachBuffer();
    const none = { rejected: places, entryErrors: 0, entryThrottles: 0, isCallError: true };
    if (error instanceof Error && isAbort(error)) return { ...none, isCallThrottle: false, isAborted: true };
    const isCallThrottle = error instanceof Error && isThrottle(error);
    return { ...none, isCallThrottle, error: toCallError(PUT_RECORD_BATCH, error) };
  }
}

/** Firehose rejects single entries on throttling or an internal error, so another attempt may succeed. */
function entryError(codes: string[], records: number, requestId: string | undefined): CallError {
  const [code = ''] = codes;
  const detail = ` for ${codes.length} of ${records} records`;
  return new CallError(
    PUT_RECORD_BATCH,
    /^[\w ]{1,100}$/.test(code) ? code : 'Error',
    detail,
    true,
    requestId,
  );
}
