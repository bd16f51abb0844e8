/**
 * What a local endpoint can be told to do wrong, and to which request. A hook sees every signed, parsed
 * request once and may name one fault for it; the endpoint obeys and counts the fault when it was really
 * felt (a cut past the end of the object changes nothing and is not counted).
 *
 * `refuse`, which every service has, closes the connection at once and does nothing else: to the caller it
 * looks as if the service were gone, to the service as if the caller had been killed.
 */
/** Accepts the request and never answers. `whileHanging` is told when the client has gone, and may let time pass. */
export interface Hang {
  kind: 'hang';
  whileHanging?: (gone: AbortSignal) => void;
}

export type FaultHook<Request, Fault> = (request: Request) => Fault | undefined;
export type S3FaultHook = FaultHook<S3Request, S3Fault>;
export type FirehoseFaultHook = FaultHook<FirehoseRequest, FirehoseFault>;
export type SqsFaultHook = FaultHook<SqsRequest, SqsFault>;

/** How often each kind of fault was felt by a client, every kind listed. */
export type FaultCounts<Fault extends { kind: string }> = Record<Fault['kind'], number>;

/** `sequence` counts the endpoint's requests from 0, anew after each `reset()`. */
export interface S3Request {
  operation: 'GetObject' | 'HeadObject' | 'PutObject' | 'ListObjectsV2';
  bucket: string;
  /** Decoded; empty for ListObjectsV2. */
  key: string;
  /** Of a request for one version: AWS has an action of its own for that. */
  versionId?: string;
  sequence: number;
}

export interface FirehoseRequest {
  operation: 'PutRecordBatch' | 'PutRecord' | 'DescribeDeliveryStream';
  stream: string;
  entryCount: number;
  sequence: number;
}

export interface SqsRequest {
  operation: 'SendMessage' | 'SendMessageBatch' | 'GetQueueUrl';
  queue: string;
  entryCount: number;
  sequence: number;
}

/** Byte offsets count from the first byte of the answer's body, so from the start of the range if one was asked for. */
export type S3Fault =
  | { kind: 'notFound' | 'accessDenied' | 'slowDown' | 'internalError' }
  /** Declares the whole length, sends `afterBytes`, closes the connection. */
  | { kind: 'cut'; afterBytes: number }
  /** Waits `pauseMs` before each piece of `pieceBytes` (default 65,536). */
  | { kind: 'slowBody'; pauseMs: number; pieceBytes?: number }
  /** Sound body under a checksum header that does not fit it. */
  | { kind: 'wrongChecksum' }
  /** One byte of the body xor-ed with `mask` (default 0xff), checksum header as stored. */
  | { kind: 'corrupt'; atByte: number; mask?: number }
  /** Sends the first `toBytes` as if they were all: only the checksum or the content can tell. */
  | { kind: 'truncate'; toBytes: number }
  /** Reads on as a store without conditional reads does. */
  | { kind: 'ignoreConditions' }
  | Hang
  | { kind: 'refuse' };

/** Indexes into the call's entries, or a predicate over them. */
export type EntrySelection = readonly number[] | ((index: number) => boolean);

export type FirehoseFault =
  /** A 200 in which the selected entries were not taken. */
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
  /** Nothing taken, connection reset. */
  | { kind: 'resetBefore' }
  /** Everything taken (but for `entries`), connection reset instead of an answer. */
  | { kind: 'resetAfter'; entries?: EntrySelection }
  /** Taken at once (but for `entries`, which fail as in `partial`), answered after `delayMs`. */
  | { kind: 'slow'; delayMs: number; entries?: EntrySelection }
  /** Everything taken but for `entries`, never answered. */
  | (Hang & { entries?: EntrySelection })
  /** An answer of the service that the other kinds do not have. */
  | { kind: 'answer'; status: number; code: string; message?: string }
  /** A body that is no JSON: a proxy's page. */
  | { kind: 'page'; status: number; text: string }
  | { kind: 'refuse' };

export type SqsFault =
  | { kind: 'serverError' | 'accessDenied' | 'throttle' | 'resetBefore' | 'refuse' }
  /** Everything taken, and no answer. */
  | { kind: 'resetAfter' }
  | Hang;

/** @returns whether the entry at `index` is one of the selected ones. */
export function isSelected(entries: EntrySelection | undefined, index: number): boolean {
  if (entries === undefined) return false;
  return typeof entries === 'function' ? entries(index) : entries.includes(index);
}
