import type { Coverage, Missing } from './coverage.ts';

/** A log object in the bucket. */
export interface PresentObject {
  readonly bucket: string;
  readonly key: string;
  /** Without quotes. */
  readonly etag: string;
  /** When it was written: milliseconds since 1970. */
  readonly modifiedMs: number;
}

/** Whether a log object was delivered. */
export type Delivery = { readonly state: 'received' | 'too early' | 'left out by setting' } | Undelivered;

export interface Undelivered {
  readonly state: 'incomplete';
  readonly object: PresentObject;
  readonly reason: string;
  /** Unset if all records are missing, or nobody knows which. */
  readonly missing?: Missing;
}

export interface DeliveryFacts {
  /** Of all receipts since the start of the range. */
  readonly coverage: Coverage;
  /** Whether the function is told not to read an object. */
  readonly isLeftOut: (bucket: string, key: string) => boolean;
  readonly nowMs: number;
}

/**
 * CloudTrail's object reaches the function within a minute or two. Firehose then buffers its receipt for up to 15
 * minutes, and writes it.
 */
const RECEIPT_IS_DUE_MS = 30 * 60_000;

/** Judges by its receipts whether an object was delivered. */
export function judgeDelivery(
  object: PresentObject,
  { coverage, isLeftOut, nowMs }: DeliveryFacts,
): Delivery {
  const { bucket, key, etag, modifiedMs } = object;
  const received = coverage.judge(`s3://${bucket}/${key}`, etag);
  if (received.state === 'received') return { state: 'received' };
  // An object may have been received before the setting.
  if (isLeftOut(bucket, key)) return { state: 'left out by setting' };
  if (nowMs - modifiedMs < RECEIPT_IS_DUE_MS) return { state: 'too early' };
  const { state, reason = state, missing } = received;
  return { state: 'incomplete', object, reason, ...(missing && { missing }) };
}
