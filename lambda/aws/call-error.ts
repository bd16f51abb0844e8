import { isThrottlingError, isTransientError } from '@smithy/core/retry';

/** What the SDK's errors have besides a name and a message. */
interface ServiceError extends Error {
  /** Of a network error: `ECONNRESET`. Of some services: the error behind this one. */
  code?: string;
  $metadata?: { httpStatusCode?: number; requestId?: string };
}

/**
 * A call to AWS that failed, by service and operation: `Firehose PutRecordBatch: ServiceUnavailableException (HTTP 503)`.
 * Never quotes a record: see `quote`.
 */
export class CallError extends Error {
  override name = 'CallError';

  /**
   * @param call      service and operation
   * @param code      what AWS or the network calls the error
   * @param isPassing whether a later call may succeed although nobody changes anything
   * @param requestId AWS's own, for a support case
   */
  constructor(
    readonly call: string,
    readonly code: string,
    detail: string,
    readonly isPassing: boolean,
    readonly requestId?: string,
    /** Whether AWS asked to slow down. */
    readonly isThrottle = false,
  ) {
    super(`${call}: ${code}${detail}`);
  }
}

/** Wraps whatever the SDK throws. */
export function toCallError(call: string, thrown: unknown): CallError {
  if (thrown instanceof CallError) return thrown;
  const error: ServiceError = thrown instanceof Error ? thrown : new Error('no error object');
  const { httpStatusCode: status, requestId } = statusOf(error);
  const quoted = quote(error);
  const detail = `${status === undefined ? '' : ` (HTTP ${status})`}${quoted ? `: ${quoted}` : ''}`;
  return new CallError(call, codeOf(error), detail, isPassing(error), requestId, isThrottle(error));
}

/** A call that AWS left without an answer until it was aborted. */
export function noAnswerError(call: string, waitedMs: number): CallError {
  return new CallError(call, 'TimeoutError', `: no answer within ${Math.round(waitedMs)} ms`, true);
}

/** Whether a later attempt may succeed and cannot do twice what this one did: AWS threw it out, or never had it. */
export function isRefusedUnsent({ isThrottle, code }: CallError): boolean {
  return isThrottle || NEVER_SENT.has(code);
}

const NEVER_SENT = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH']);

export function isAbort(error: Error): boolean {
  return error.name === 'AbortError';
}

/** Whether AWS asks to slow down. */
export function isThrottle(error: { name: string }): boolean {
  return isThrottlingError(error as Parameters<typeof isThrottlingError>[0]) || THROTTLES.has(error.name);
}

/** Names that the SDK's own list lacks: Firehose says "Slow down." under the first. */
const THROTTLES = new Set(['ServiceUnavailableException', 'OverLimit', 'KmsThrottled']);

/** Whether the token that signed the call has expired. */
export function isExpiredToken(error: { name: string }): boolean {
  return error.name === 'ExpiredTokenException' || error.name === 'ExpiredToken';
}

/** By the SDK's own predicates, and what they leave out. */
function isPassing(error: ServiceError): boolean {
  if (isThrottle(error) || isTransientError(error as Parameters<typeof isTransientError>[0])) return true;
  if (SIGNED_TOO_EARLY.has(error.name) || isUnreadableAnswer(error) || isBusyKms(error)) return true;
  if (error.name === 'InvalidSignatureException') return /expired|not yet current/i.test(error.message);
  if (error.name === 'CredentialsProviderError') return false;
  const { httpStatusCode: status } = statusOf(error);
  return status === undefined || status >= 500 || status === 408;
}

/** A call signed before the function was frozen and sent after: the next one is signed anew. */
const SIGNED_TOO_EARLY = new Set(['RequestExpired', 'RequestTimeTooSkewed', 'RequestInTheFuture']);

/** An answer that did not come from AWS: a proxy's page under any status. */
function isUnreadableAnswer(error: ServiceError): boolean {
  return error instanceof SyntaxError || error.message.includes('Deserialization error');
}

/**
 * KMS behind S3 or Firehose. Firehose wraps each error of KMS in one of its own, and quotes it:
 * https://docs.aws.amazon.com/firehose/latest/APIReference/API_InvalidKMSResourceException.html
 */
function isBusyKms(error: ServiceError): boolean {
  const isKms = error.name === 'InvalidKMSResourceException' || /^kms/i.test(error.name);
  return isKms && BUSY.test(`${error.name} ${error.code ?? ''} ${error.message}`);
}

const BUSY = /throttl|rate exceeded|limitexceeded|kmsinternal|dependencytimeout|unavailable/i;

/** The SDK keeps the response of an answer that it cannot read aside. */
function statusOf(error: ServiceError): {
  httpStatusCode?: number | undefined;
  requestId?: string | undefined;
} {
  const { $metadata = {} } = error;
  const response = (error as { $response?: { statusCode?: number } }).$response;
  return { ...$metadata, httpStatusCode: $metadata.httpStatusCode ?? response?.statusCode };
}

function codeOf(error: ServiceError): string {
  const isFromAws = error.$metadata?.httpStatusCode !== undefined;
  const code = !isFromAws && error.code ? error.code : error.name;
  return /^[\w.:-]{1,100}$/.test(code) ? code : 'Error';
}

const MAX_QUOTED_CHARACTERS = 200;

/** Errors about the input, whose text may quote it. */
const ABOUT_INPUT = /^(Invalid|Validation|Serialization|Malformed|Unknown|BadRequest|SyntaxError)/;

/** What AWS says, as far as it cannot be part of a record; nothing of any other error. */
function quote(error: ServiceError): string | undefined {
  const { message } = error;
  if (error.$metadata?.httpStatusCode === undefined || isUnreadableAnswer(error)) return undefined;
  const isAboutInput = ABOUT_INPUT.test(error.name) && error.name !== 'InvalidKMSResourceException';
  if (!message || message === error.name || isAboutInput || LIKE_A_RECORD.test(message)) return undefined;
  return escapeControls(message.slice(0, MAX_QUOTED_CHARACTERS));
}

/** JSON, or base64. */
const LIKE_A_RECORD = /[{}]|[A-Za-z0-9+/=]{100}/;

/** One line, whatever a key or an answer holds. */
export function escapeControls(text: string): string {
  return text.replace(
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is replaced
    /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
