import type { FirehoseClient } from '@aws-sdk/client-firehose';
import { CallError, isAbort, isThrottle, toCallError } from '../aws/call-error.ts';
import { withFreshCredentials } from '../aws/fresh-credentials.ts';
import { type BatchBody, newPutRecordBatch } from './put-record-batch-body.ts';

export const PUT_RECORD_BATCH = 'Firehose PutRecordBatch';

/** What one PutRecordBatch call did: which records were rejected, and why. */
export interface PutResult {
  /** Their places in the call, in order. */
  rejected: number[];
  /** Entries of a 200 that were rejected. */
  entryErrors: number;
  /** Of those, how many said "slow down". */
  entryThrottles: number;
  /** Whether the call failed as a whole; then nothing counts as accepted. */
  isCallError: boolean;
  /** Whether the whole call was told to slow down. */
  isCallThrottle: boolean;
  /** Why anything was rejected. */
  error?: CallError;
  /** The call was aborted before Firehose answered; `error` is not set then. */
  isAborted?: boolean;
}

/**
 * One PutRecordBatch call. A 200 can carry failures, so each entry is looked at:
 * https://docs.aws.amazon.com/firehose/latest/APIReference/API_PutRecordBatch.html
 *
 * Never throws: the result says what went wrong.
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
    // Attempts of the SDK's own that came before were cut off as well.
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
    // Firehose gives IDs once it has read the body. If a call was cut off, the socket may still be reading it.
    body.detachBuffer();
    const none = { rejected: places, entryErrors: 0, entryThrottles: 0, isCallError: true };
    if (error instanceof Error && isAbort(error)) return { ...none, isCallThrottle: false, isAborted: true };
    const isCallThrottle = error instanceof Error && isThrottle(error);
    return { ...none, isCallThrottle, error: toCallError(PUT_RECORD_BATCH, error) };
  }
}

/** Firehose rejects single entries when it is throttled or fails inside, so another attempt may succeed. */
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
