/**
 * Faults that the local endpoints inject. A hook sees every signed, parsed request once and may return one
 * fault for it. The endpoint counts a fault only if it took effect: a cut past the end of the object does not.
 *
 * Every service has `refuse`, which closes the connection at once. The caller sees an unreachable service,
 * the service sees a killed caller.
 */
/**
 * Accepts the request and never answers. `whileHanging` may advance a clock; `gone` aborts when the client
 * disconnects.
 */
export interface Hang {
  kind: 'hang';
  whileHanging?: (gone: AbortSignal) => void;
}

export type FaultHook<Request, Fault> = (request: Request) => Fault | undefined;
export type S3FaultHook = FaultHook<S3Request, S3Fault>;
export type FirehoseFaultHook = FaultHook<FirehoseRequest, FirehoseFault>;
export type SqsFaultHook = FaultHook<SqsRequest, SqsFault>;

/** How often each kind of fault took effect; lists every kind. */
export type FaultCounts<Fault extends { kind: string }> = Record<Fault['kind'], number>;

/** `sequence` numbers the endpoint's requests from 0 and restarts after each `reset()`. */
export interface S3Request {
  operation:
    | 'GetObject'
    | 'HeadObject'
    | 'PutObject'
    | 'CopyObject'
    | 'DeleteObject'
    | 'ListObjectsV2'
    | 'ListObjects'
    | 'GetBucketLocation';
  bucket: string;
  /** Decoded; empty for a bucket's own operations. */
  key: string;
  /** Set for a request for one version, which needs a different IAM action. */
  versionId?: string;
  /** Of a list. */
  prefix?: string;
  sequence: number;
}

export interface FirehoseRequest {
  operation: 'PutRecordBatch' | 'PutRecord' | 'DescribeDeliveryStream';
  stream: string;
  entryCount: number;
  sequence: number;
}

export interface SqsRequest {
  operation:
    | 'SendMessage'
    | 'SendMessageBatch'
    | 'ReceiveMessage'
    | 'DeleteMessage'
    | 'ChangeMessageVisibility'
    | 'ChangeMessageVisibilityBatch'
    | 'GetQueueAttributes'
    | 'GetQueueUrl';
  queue: string;
  entryCount: number;
  sequence: number;
}

/** Byte offsets count from the start of the response body: for a range request, from the start of the range. */
export type S3Fault =
  | { kind: 'notFound' | 'accessDenied' | 'slowDown' | 'internalError' }
  /** Declares the full length, sends `afterBytes`, closes the connection. */
  | { kind: 'cut'; afterBytes: number }
  /** Waits `pauseMs` before each piece of `pieceBytes` (default 65,536). */
  | { kind: 'slowBody'; pauseMs: number; pieceBytes?: number }
  /** Intact body, with a checksum header that does not match. */
  | { kind: 'wrongChecksum' }
  /** XORs one byte of the body with `mask` (default 0xff) and keeps the stored checksum header. */
  | { kind: 'corrupt'; atByte: number; mask?: number }
  /** Sends the first `toBytes` as a complete body. Only the checksum or the content reveals it. */
  | { kind: 'truncate'; toBytes: number }
  /** Ignores `If-Match`, like a store without conditional reads. */
  | { kind: 'ignoreConditions' }
  | Hang
  | { kind: 'refuse' };

/** Indexes into the call's entries, or a predicate over them. */
export type EntrySelection = readonly number[] | ((index: number) => boolean);

export type FirehoseFault =
  /** Answers 200 and rejects the selected entries. */
  | {
      kind: 'partial';
      entries: EntrySelection;
      errorCode?: 'ServiceUnavailableException' | 'InternalFailure';
    }
  | {
      kind: 'throttle';
      errorCode?: 'ServiceUnavailableException' | 'ThrottlingException' | 'LimitExceededException';
    }
  | { kind: 'badRequest' | 'tooLarge' | 'serverError' | 'notFound' | 'accessDenied' }
  /** Accepts no record and resets the connection. */
  | { kind: 'resetBefore' }
  /** Accepts all records except `entries`, then resets the connection instead of answering. */
  | { kind: 'resetAfter'; entries?: EntrySelection }
  /** Accepts all records except `entries` at once (those fail as in `partial`), answers after `delayMs`. */
  | { kind: 'slow'; delayMs: number; entries?: EntrySelection }
  /** Accepts all records except `entries`, never answers. */
  | (Hang & { entries?: EntrySelection })
  /** Any other error of the service. */
  | { kind: 'answer'; status: number; code: string; message?: string }
  /** A body that is not JSON, like a proxy's error page. */
  | { kind: 'page'; status: number; text: string }
  | { kind: 'refuse' };

export type SqsFault =
  | { kind: 'serverError' | 'accessDenied' | 'throttle' | 'resetBefore' | 'refuse' }
  /** Accepts all messages, then resets the connection instead of answering. */
  | { kind: 'resetAfter' }
  | Hang;

/** Returns whether the entry at `index` is selected. */
export function isSelected(entries: EntrySelection | undefined, index: number): boolean {
  if (entries === undefined) return false;
  return typeof entries === 'function' ? entries(index) : entries.includes(index);
}
