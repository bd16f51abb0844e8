import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Hang } from '../faults.ts';
import { hang, Refusal, readBody } from './serve.ts';
import { signedService } from './signature.ts';

/** A service that speaks awsJson: POST /, operation in `X-Amz-Target`, JSON request and response. */
export interface AwsJsonService {
  /** Service in the signature's scope: `firehose`, `sqs`, `cloudtrail`. */
  readonly scope: string;
  /** Part of `X-Amz-Target` before the operation. Some SDKs put a namespace in front of it. */
  readonly target: string;
  readonly version: '1.0' | '1.1';
  /** A longer body gets a bare 413. */
  readonly maxBodyBytes: number;
  /** Returns the awsQuery code of an error, for services that send one (SQS). */
  queryError?(refusal: Refusal): string;
}

export type JsonObject = Record<string, unknown>;

/** The output, a page, no answer, or the end of the connection: `reset` by RST, `hangUp` by FIN. */
export type JsonAnswer =
  | { output: JsonObject }
  | { page: string; status: number }
  | { hang: Hang }
  | 'reset'
  | 'hangUp';

let requestCount = 0;

/**
 * Answers one awsJson request: https://smithy.io/2.0/aws/protocols/aws-json-1_1-protocol.html
 *
 * @param call receives only signed, parsed requests; a `Refusal` that it throws becomes the service's error.
 */
export async function answerAwsJson(
  service: AwsJsonService,
  call: (operation: string, input: JsonObject) => JsonAnswer | Promise<JsonAnswer>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const body = await readBody(request, service.maxBodyBytes);
  try {
    if (body === undefined) throw new Refusal(413, '', '');
    const answer = await call(operationOf(service, request), inputOf(service, request, body));
    if (answer === 'reset') request.socket.resetAndDestroy();
    else if (answer === 'hangUp') request.socket.destroy();
    else if ('hang' in answer) await hang(request, answer.hang);
    else if ('page' in answer)
      response.writeHead(answer.status, { 'content-type': 'text/html' }).end(answer.page);
    else send(service, response, 200, JSON.stringify(answer.output));
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    refuse(service, response, error);
  }
}

function operationOf(service: AwsJsonService, request: IncomingMessage): string {
  const [operation, target] = String(request.headers['x-amz-target'] ?? '')
    .split('.')
    .reverse();
  const typed = request.headers['content-type'] === `application/x-amz-json-${service.version}`;
  if (request.method !== 'POST' || !typed || target !== service.target || !operation) {
    throw new Refusal(400, 'UnknownOperationException', '');
  }
  return operation;
}

/** Parses the body, then checks the signature. The services use this order too: a malformed body fails first. */
function inputOf(service: AwsJsonService, request: IncomingMessage, body: Buffer): JsonObject {
  const input = parse(body);
  if (typeof input !== 'object' || input === null || Array.isArray(input)) {
    throw new Refusal(400, 'SerializationException', '');
  }
  const scope = signedService(request.headers.authorization);
  if (scope === 'missing') {
    throw new Refusal(400, 'MissingAuthenticationTokenException', 'Missing Authentication Token');
  }
  if (scope === 'malformed') {
    throw new Refusal(
      400,
      'IncompleteSignatureException',
      'Authorization header is not a complete AWS4-HMAC-SHA256 header.',
    );
  }
  if (scope !== service.scope) {
    throw new Refusal(
      400,
      'InvalidSignatureException',
      `Credential should be scoped to correct service: '${service.scope}'.`,
    );
  }
  // The signature covers the hash, and the hash covers the body.
  const sha256 = request.headers['x-amz-content-sha256'];
  if (sha256 !== undefined && sha256 !== createHash('sha256').update(body).digest('hex')) {
    throw new Refusal(
      400,
      'InvalidSignatureException',
      'The request signature we calculated does not match the signature you provided.',
    );
  }
  return input as JsonObject;
}

function parse(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString());
  } catch {
    return undefined;
  }
}

function refuse(service: AwsJsonService, response: ServerResponse, refusal: Refusal): void {
  const queryError = service.queryError?.(refusal);
  if (queryError !== undefined) response.setHeader('x-amzn-query-error', queryError);
  // A 413 comes from the service's front end, which does not speak JSON, so it has no body.
  const body =
    refusal.code === ''
      ? ''
      : JSON.stringify({ __type: refusal.code, message: refusal.message || undefined });
  send(service, response, refusal.status, body);
}

function send(service: AwsJsonService, response: ServerResponse, status: number, body: string): void {
  requestCount += 1;
  response.writeHead(status, {
    'content-type': `application/x-amz-json-${service.version}`,
    'content-length': Buffer.byteLength(body),
    'x-amzn-requestid': `local-${requestCount}`,
  });
  response.end(body);
}

/** @throws Refusal ValidationException in the wording of the services' generated validators. */
export function failValidation(value: string, path: string, constraint: string): never {
  throw new Refusal(
    400,
    'ValidationException',
    `1 validation error detected: Value ${value} at '${path}' failed to satisfy constraint: ${constraint}`,
  );
}

/** @throws Refusal SerializationException for a value of another JSON type; null counts as absent. */
export function stringOrAbsent(value: unknown, path: string): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'string') return value;
  throw new Refusal(
    400,
    'SerializationException',
    `${path}: ${jsonType(value)} can not be converted to a String`,
  );
}

/** @throws Refusal SerializationException for a value of another JSON type; null counts as absent. */
export function listOrAbsent(value: unknown, path: string): unknown[] | undefined {
  if (value === undefined || value === null) return undefined;
  if (Array.isArray(value)) return value;
  throw new Refusal(400, 'SerializationException', `${path}: Expected list or null`);
}

/** @throws Refusal SerializationException for a value of another JSON type; null counts as empty. */
export function structure(value: unknown, path: string): JsonObject {
  if (value === undefined || value === null) return {};
  if (typeof value === 'object' && !Array.isArray(value)) return value as JsonObject;
  throw new Refusal(400, 'SerializationException', `${path}: Expected structure or null`);
}

function jsonType(value: unknown): string {
  return Array.isArray(value) ? 'list' : typeof value;
}
