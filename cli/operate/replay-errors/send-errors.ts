import type { FirehoseClient } from '@aws-sdk/client-firehose';
import type { CallError } from '../../../lambda/aws/call-error.ts';
import type { Clock } from '../../../lambda/clock.ts';
import { ObjectLedger } from '../../../lambda/deliver/ledger.ts';
import { MAX_BATCH_RECORDS } from '../../../lambda/deliver/limits.ts';
import { Sender } from '../../../lambda/deliver/send-records.ts';
import type { ErrorRecord } from './parse-error-record.ts';

const CALLS_IN_FLIGHT = 4;
const RETRY_BASE_MS = 100;

/** A stream that accepts nothing for this long is given up. */
const MAX_STANDSTILL_MS = 300_000;

export interface SendOptions {
  readonly firehose: FirehoseClient;
  readonly stream: string;
  readonly clock: Clock;
  readonly stop: AbortSignal;
  /** Called with the number of records that were handed to the sender. */
  onRecord(): void;
}

export interface SendResult {
  /** Whether Firehose acknowledged every record. */
  readonly isComplete: boolean;
  readonly acknowledged: number;
  /** Firehose's last error; `undefined` if time ran out, or after Ctrl-C. */
  readonly error: CallError | undefined;
}

/**
 * Puts records into a stream with the sender of the function, each as one Firehose record with the same bytes.
 *
 * @throws the error of reading the records, after all open calls have ended
 */
export async function sendErrors(
  records: AsyncIterable<ErrorRecord>,
  { firehose, stream, clock, stop, onRecord }: SendOptions,
): Promise<SendResult> {
  const ledger = new ObjectLedger();
  let [acceptedBefore, progressAt] = [0, clock.now()];
  function sendingMs(): number {
    if (sender.counts.recordsAccepted > acceptedBefore)
      [acceptedBefore, progressAt] = [sender.counts.recordsAccepted, clock.now()];
    return stop.aborted ? 0 : MAX_STANDSTILL_MS - (clock.now() - progressAt);
  }
  const deadline = {
    sendingMs,
    requeueMs: () => 0,
    receiptMs: () => 0,
    isNear: () => sendingMs() <= 0,
    signal: stop,
    clear: () => {},
  };
  const sender: Sender = new Sender({
    firehose,
    deliveryStreamName: stream,
    maxCallsInFlight: CALLS_IN_FLIGHT,
    maxBatchRecords: MAX_BATCH_RECORDS,
    retryBaseMs: RETRY_BASE_MS,
    deadline,
    clock,
  });
  let isRead = false;
  try {
    for await (const { data } of records) {
      if (sender.isClosed || stop.aborted) break;
      // Without `previous`, each record is a range of its own, acknowledged by itself.
      const ranges = [ledger.enter(ledger.recordsRead++)];
      sender.add({
        data,
        events: 1,
        eventBytes: data.length,
        earliest: undefined,
        ranges,
        release: () => {},
      });
      onRecord();
      if (!sender.hasRoom) await sender.waitForRoom();
    }
    isRead = !sender.isClosed && !stop.aborted;
  } catch (error) {
    // Ctrl-C ends the read as well.
    if (!stop.aborted) throw error;
  } finally {
    await sender.finish();
  }
  const isComplete = isRead && !sender.isClosed && ledger.isBalanced && ledger.outstanding === 0;
  return { isComplete, acknowledged: ledger.delivered, error: sender.error };
}
