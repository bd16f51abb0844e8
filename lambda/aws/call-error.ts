import { isThrottlingError, isTransientError } from '@smithy/core/retry';
import { escapeControls } from './escape-controls.ts';

/** Fields of the SDK's errors besides name and message. */
interface ServiceError extends Error {
  /** In a network error: `ECONNRESET`. In errors of some services: the cause. */
  code?: string;
  $metadata?: { httpStatusCode?: number; requestId?: string };
}

/**
 * A failed AWS call. The message is like `Firehose PutRecordBatch: ServiceUnavailableException (HTTP 503)` and never
 * quotes record content; see `quote`.
 */
export class CallError extends Error {
  override name = 'CallError';

  /**
   * @param call      service and operation
   * @param code      error code of AWS or the network
   * @param isPassing whether a later call may succeed without any change
   * @param requestId AWS's request id, to quote in a support case
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

/** Wraps any error of the SDK. */
export function toCallError(call: string, thrown: unknown): CallError {
  if (thrown instanceof CallError) return thrown;
  const error: ServiceError =
    thrown instanceof Error ? thrown : new Error('the thrown value is not an Error');
  const { httpStatusCode: status, requestId } = statusOf(error);
  const quoted = quote(error);
  const detail = `${status === undefined ? '' : ` (HTTP ${status})`}${quoted ? `: ${quoted}` : ''}`;
  return new CallError(call, codeOf(error), detail, isPassing(error), requestId, isThrottle(error));
}

/** Creates the error for a call that was aborted because AWS did not respond. */
export function noAnswerError(call: string, waitedMs: number): CallError {
  return new CallError(call, 'TimeoutError', `: no answer within ${Math.round(waitedMs)} ms`, true);
}

/** Whether a retry may succeed and cannot repeat an effect, because AWS rejected the call or never received it. */
export function isRefusedUnsent({ isThrottle, code }: CallError): boolean {
  return isThrottle || NEVER_SENT.has(code);
}

const NEVER_SENT = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH']);

export function isAbort(error: Error): boolean {
  return error.name === 'AbortError';
}

/** Whether AWS asks the caller to slow down. */
export function isThrottle(error: { name: string }): boolean {
  return isThrottlingError(error as Parameters<typeof isThrottlingError>[0]) || THROTTLES.has(error.name);
}

/** Names missing from the SDK's list. Firehose uses the first for "Slow down." */
const THROTTLES = new Set(['ServiceUnavailableException', 'OverLimit', 'KmsThrottled']);

/** Whether the token that signed the call has expired. */
export function isExpiredToken(error: { name: string }): boolean {
  return error.name === 'ExpiredTokenException' || error.name === 'ExpiredToken';
}

/** Whether a retry may succeed, by the SDK's predicates and the cases that they miss. */
function isPassing(error: ServiceError): boolean {
  if (isThrottle(error) || isTransientError(error as Parameters<typeof isTransientError>[0])) return true;
  if (SIGNED_TOO_EARLY.has(error.name) || isUnreadableAnswer(error) || isBusyKms(error)) return true;
  if (error.name === 'InvalidSignatureException') return /expired|not yet current/i.test(error.message);
  if (error.name === 'CredentialsProviderError') return false;
  const { httpStatusCode: status } = statusOf(error);
  return status === undefined || status >= 500 || status === 408;
}

/** The call was signed before Lambda froze the container and sent after. The next one gets a new signature. */
const SIGNED_TOO_EARLY = new Set(['RequestExpired', 'RequestTimeTooSkewed', 'RequestInTheFuture']);

/** Whether the response did not come from AWS but, for example, from a proxy. */
function isUnreadableAnswer(error: ServiceError): boolean {
  return error instanceof SyntaxError || error.message.includes('Deserialization error');
}

/**
 * Whether KMS is overloaded, as reported by S3 or Firehose. Firehose wraps KMS errors in its own and quotes them:
 * https://docs.aws.amazon.com/firehose/latest/APIReference/API_InvalidKMSResourceException.html
 */
function isBusyKms(error: ServiceError): boolean {
  const isKms = error.name === 'InvalidKMSResourceException' || /^kms/i.test(error.name);
  return isKms && BUSY.test(`${error.name} ${error.code ?? ''} ${error.message}`);
}

const BUSY = /throttl|rate exceeded|limitexceeded|kmsinternal|dependencytimeout|unavailable/i;

/** Returns status and request id. For a response that it cannot parse, the SDK keeps the status in `$response`. */
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

/** Errors about the input. Their messages may quote it. */
const ABOUT_INPUT = /^(Invalid|Validation|Serialization|Malformed|Unknown|BadRequest|SyntaxError)/;

/** Returns the message of an AWS error if it cannot contain record content. */
function quote(error: ServiceError): string | undefined {
  const { message } = error;
  if (error.$metadata?.httpStatusCode === undefined || isUnreadableAnswer(error)) return undefined;
  const isAboutInput = ABOUT_INPUT.test(error.name) && error.name !== 'InvalidKMSResourceException';
  if (!message || message === error.name || isAboutInput || LIKE_A_RECORD.test(message)) return undefined;
  return escapeControls(message.slice(0, MAX_QUOTED_CHARACTERS));
}

/** JSON, or base64. */
const LIKE_A_RECORD = /[{}]|[A-Za-z0-9+/=]{100}/;
