import type { CallError } from '../aws/call-error.ts';
import { systemClock } from '../clock.ts';
import { ObjectLedger } from '../deliver/ledger.ts';
import { Packer } from '../deliver/pack-events.ts';
import { Sender, type SenderOptions } from '../deliver/send-records.ts';
import type { ObjectResult } from '../deliver-object.ts';
import { makeReceipts } from './make-receipts.ts';

/** Receipts that an invocation put, and those that it could not. */
export interface ReceiptCounts {
  accepted: number;
  lost: number;
  /** Why they were lost; `undefined` if none was, or time ran out. */
  error?: CallError | undefined;
}

/** Firehose answers within a fraction of a second. An outage of this stream must not delay the acknowledgement. */
const MAX_MS = 5_000;

export interface ReceiptOptions extends Omit<SenderOptions, 'deliveryStreamName'> {
  /** Stream for receipts. @default - none are put */
  receiptStreamName: string | undefined;
}

/**
 * Puts a receipt for each object that was started, one per line. Never throws: a lost receipt only means that `verify`
 * cannot prove the delivery.
 *
 * Call it before anything is requeued: if the invocation ends in between, the item is redelivered and makes its receipts
 * again, unless its resume message is already on the queue.
 */
export async function putReceipts(
  objects: readonly ObjectResult[],
  { receiptStreamName, ...options }: ReceiptOptions,
): Promise<ReceiptCounts> {
  if (receiptStreamName === undefined) return { accepted: 0, lost: 0 };
  const { deadline, clock = systemClock } = options;
  const endsAt = clock.now() + MAX_MS;
  const sendingMs = () => Math.min(deadline.receiptMs(), endsAt - clock.now());
  const sender = new Sender({
    ...options,
    deliveryStreamName: receiptStreamName,
    deadline: { ...deadline, sendingMs },
  });
  const packer = new Packer('lines', (record) => sender.add(record));
  const ledger = new ObjectLedger();
  for (const [index, receipt] of makeReceipts(objects, clock.now()).entries())
    packer.add(JSON.stringify(receipt), { ledger, index, time: undefined });
  packer.flush();
  await sender.finish();
  return { accepted: ledger.delivered, lost: ledger.outstanding, error: sender.error };
}
