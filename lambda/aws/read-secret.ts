import type { SQSClient } from '@aws-sdk/client-sqs';
import { partition } from '@aws-sdk/core/client';
import { HttpRequest } from '@smithy/core/protocols';
import { SignatureV4 } from '@smithy/signature-v4';
import { type Clock, withTimeout } from '../clock.ts';
import { CallError, isAbort, noAnswerError, toCallError } from './call-error.ts';

const GET_SECRET_VALUE = 'SecretsManager GetSecretValue';

/** Longest time of one attempt. Secrets Manager answers within a fraction of a second. */
const TIMEOUT_MS = 5_000;
const MAX_ATTEMPTS = 3;
const FIRST_WAIT_MS = 100;

export interface SecretSource {
  /** ARN of the secret. */
  arn: string;
  /** Any client: its credentials, connections and hash are used. */
  config: Pick<SQSClient['config'], 'credentials' | 'requestHandler' | 'sha256'>;
  /** Of Secrets Manager. @default - the service in the secret's region */
  endpoint?: string | undefined;
  clock: Clock;
  /** For the jitter of retries: 0 to 1. */
  random: () => number;
}

/**
 * Reads the current text of a secret, in up to three attempts. The request is signed with the SDK's own signer, which
 * the other clients bring along. A client for one call would add 14 kB to the bundle.
 * https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetSecretValue.html
 *
 * @throws CallError, which never contains the secret
 */
export async function readSecret(source: SecretSource): Promise<string> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await withTimeout(source.clock, TIMEOUT_MS, (signal) => getSecretValue(source, signal));
    } catch (thrown) {
      const error =
        thrown instanceof Error && isAbort(thrown)
          ? noAnswerError(GET_SECRET_VALUE, TIMEOUT_MS)
          : toCallError(GET_SECRET_VALUE, thrown);
      if (!error.isPassing || attempt === MAX_ATTEMPTS) throw error;
      await source.clock.sleep(source.random() * FIRST_WAIT_MS * 2 ** attempt);
    }
  }
}

async function getSecretValue(
  { arn, config, endpoint, clock }: SecretSource,
  signal: AbortSignal,
): Promise<string> {
  // arn:aws:secretsmanager:eu-west-3:111122223333:secret:name-AbCdEf
  const region = arn.split(':')[3] ?? '';
  const url = new URL(endpoint ?? `https://secretsmanager.${region}.${partition(region).dnsSuffix}`);
  const request = new HttpRequest({
    protocol: url.protocol,
    hostname: url.hostname,
    ...(url.port !== '' && { port: Number(url.port) }),
    method: 'POST',
    path: '/',
    headers: {
      host: url.host,
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': 'secretsmanager.GetSecretValue',
    },
    body: JSON.stringify({ SecretId: arn }),
  });
  const signer = new SignatureV4({ ...config, region, service: 'secretsmanager' });
  const signed = await signer.sign(request, { signingDate: new Date(clock.now()) });
  const { response } = await config.requestHandler.handle(signed as HttpRequest, { abortSignal: signal });
  return secretIn(response.statusCode, response.headers, await readBody(response.body));
}

async function readBody(body: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

/** @throws Error like those of the SDK's clients, if the response has no secret */
function secretIn(status: number, headers: Record<string, string>, body: string): string {
  const answer = parse(body);
  const requestId = headers['x-amzn-requestid'];
  const metadata = { httpStatusCode: status, ...(requestId !== undefined && { requestId }) };
  if (status !== 200) {
    const { __type = 'UnknownError', message = '', Message = message } = answer;
    const name = String(__type).split('#').at(-1) ?? '';
    throw Object.assign(new Error(String(Message)), { name, $metadata: metadata });
  }
  if (typeof answer.SecretString === 'string') return answer.SecretString;
  throw new CallError(GET_SECRET_VALUE, 'NoSecretString', ': expected a secret with text', false, requestId);
}

/** An answer that is not JSON did not come from AWS. */
function parse(body: string): Record<string, unknown> {
  try {
    const answer: unknown = JSON.parse(body);
    return typeof answer === 'object' && answer !== null ? (answer as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
