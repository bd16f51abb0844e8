import type { FirehoseClient } from '@aws-sdk/client-firehose';
import { type BatchBody, newPutRecordBatch } from './put-record-batch-body.ts';

/** What one PutRecordBatch call did: which records were not taken, and why. */
export interface PutResult {
  /** Their places in the call, in order. */
  notTaken: number[];
  /** Error codes of single entries of a 200, by count. */
  entryErrors: number;
  /** Of those, how many said "slow down". */
  entryThrottles: number;
  /** The error of a call that failed as a whole; then nothing counts as taken. */
  callError?: Error;
}

/**
 * One PutRecordBatch call. A 200 can carry failures, so each entry is looked at:
 * https://docs.aws.amazon.com/firehose/latest/APIReference/API_PutRecordBatch.html
 *
 * Never throws: whatever goes wrong is the result.
 */
export async function putBatch(
  firehose: FirehoseClient,
  deliveryStreamName: string,
  body: BatchBody,
  abortSignal: AbortSignal,
): Promise<PutResult> {
  const places = Array.from({ length: body.records }, (_, place) => place);
  try {
    const command = newPutRecordBatch(deliveryStreamName, body.end());
    const { RequestResponses: answers, $metadata } = await firehose.send(command, { abortSignal });
    // Tries of the SDK's own that came before were cut off as well.
    if (($metadata?.attempts ?? 1) > 1) body.keep();
    if (answers?.length !== body.records) {
      throw new Error(`PutRecordBatch answered for ${answers?.length ?? 0} of ${body.records} records`);
    }
    const errors = answers.map(({ ErrorCode }) => ErrorCode);
    // Taken is what has an id, and nothing else is.
    const notTaken = places.filter((place) => !answers[place]?.RecordId);
    return { notTaken, entryErrors: notTaken.length, entryThrottles: errors.filter(isThrottle).length };
  } catch (error) {
    // Firehose gives ids once it has read the body. Of a call that was cut off, the socket may still be at it.
    body.keep();
    const callError = error instanceof Error ? error : new Error(String(error));
    return { notTaken: places, entryErrors: 0, entryThrottles: 0, callError };
  }
}

/** Whether Firehose asks to slow down, for one entry or for the call. */
export function isThrottle(errorCode: string | undefined): boolean {
  return errorCode !== undefined && THROTTLES.has(errorCode);
}

const THROTTLES = new Set([
  'ServiceUnavailableException',
  'ThrottlingException',
  'Throttling',
  'LimitExceededException',
  'TooManyRequestsException',
]);

/** Whether another try can help: not where the request, the stream or the permission is wrong. */
export function isWorthRetrying(error: Error): boolean {
  if (isThrottle(error.name)) return true;
  if (error.name === 'CredentialsProviderError') return false;
  const status = (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode;
  return status === undefined || status >= 500 || status === 408 || status === 429;
}
