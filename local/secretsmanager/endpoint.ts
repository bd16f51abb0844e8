import type { Hang } from '../faults.ts';
import {
  answerAwsJson,
  failValidation,
  type JsonAnswer,
  type JsonObject,
  stringOrAbsent,
} from '../http/aws-json.ts';
import { Refusal, serve } from '../http/serve.ts';

/** What goes wrong with a call. */
export type SecretsManagerFault =
  | { kind: 'accessDenied' | 'throttled' | 'internalError' | 'decryptionFailure' | 'page' | 'reset' }
  | Hang;

export interface SecretsManagerOptions {
  /** Secrets by full ARN; a text, or bytes for a binary one. */
  readonly secrets: Readonly<Record<string, string | Uint8Array>>;
  /** Called once per signed call. */
  readonly fault?: () => SecretsManagerFault | undefined;
  /** @default any free port */
  readonly port?: number;
}

export interface SecretsManagerEndpoint {
  /** For `AWS_ENDPOINT_URL_SECRETS_MANAGER`. */
  readonly url: string;
  /** Signed calls since the last reset. */
  readonly counts: { readonly requests: number };
  reset(options?: Partial<SecretsManagerOptions>): void;
  close(): Promise<void>;
}

const protocol = {
  scope: 'secretsmanager',
  target: 'secretsmanager',
  version: '1.1',
  maxBodyBytes: 64 * 1024,
} as const;

/** Starts a Secrets Manager with GetSecretValue. */
export async function startSecretsManager(options: SecretsManagerOptions): Promise<SecretsManagerEndpoint> {
  let current = options;
  let counts = { requests: 0 };
  const call = (operation: string, input: JsonObject): JsonAnswer => {
    counts.requests += 1;
    if (operation !== 'GetSecretValue') throw new Refusal(400, 'UnknownOperationException', '');
    return answerFault(current.fault?.()) ?? { output: getSecretValue(current.secrets, input) };
  };
  const server = await serve(
    (request, response) => answerAwsJson(protocol, call, request, response),
    options.port,
  );
  return {
    url: server.url,
    get counts() {
      return counts;
    },
    reset(changed = {}) {
      current = { ...options, ...changed };
      counts = { requests: 0 };
    },
    close: () => server.close(),
  };
}

function answerFault(fault: SecretsManagerFault | undefined): JsonAnswer | undefined {
  switch (fault?.kind) {
    case undefined:
      return undefined;
    case 'accessDenied':
      throw new Refusal(
        400,
        'AccessDeniedException',
        'User: local is not authorized to perform: secretsmanager:GetSecretValue on the resource',
      );
    case 'throttled':
      throw new Refusal(400, 'ThrottlingException', 'Rate exceeded');
    case 'internalError':
      throw new Refusal(500, 'InternalServiceError', 'An error occurred on the server side.');
    case 'decryptionFailure':
      throw new Refusal(
        400,
        'DecryptionFailure',
        "Secrets Manager can't decrypt the protected secret text using the provided KMS key.",
      );
    case 'page':
      return { page: '<html>503 Service Unavailable</html>', status: 503 };
    case 'reset':
      return 'reset';
    case 'hang':
      return { hang: fault };
  }
}

/** https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetSecretValue.html */
function getSecretValue(secrets: SecretsManagerOptions['secrets'], input: JsonObject): JsonObject {
  const id = stringOrAbsent(input.SecretId, 'SecretId');
  if (id === undefined) failValidation('null', 'secretId', 'Member must not be null');
  if (id.length < 1 || id.length > 2048)
    failValidation(`'${id}'`, 'secretId', 'Member must have length between 1 and 2048');
  const stage = stringOrAbsent(input.VersionStage, 'VersionStage') ?? 'AWSCURRENT';
  const arn = Object.keys(secrets).find((known) => namesOf(known).includes(id));
  const value = arn === undefined ? undefined : secrets[arn];
  if (arn === undefined || value === undefined || stage !== 'AWSCURRENT')
    throw new Refusal(400, 'ResourceNotFoundException', "Secrets Manager can't find the specified secret.");
  return {
    ARN: arn,
    Name: namesOf(arn)[1],
    VersionId: '00000000-0000-4000-8000-000000000000',
    VersionStages: ['AWSCURRENT'],
    CreatedDate: 1_767_225_600,
    ...(typeof value === 'string'
      ? { SecretString: value }
      : { SecretBinary: Buffer.from(value).toString('base64') }),
  };
}

/** A secret is found by its full ARN or by its name, which is the end of the ARN without the six random characters. */
function namesOf(arn: string): string[] {
  const name = arn.split(':').slice(6).join(':');
  return [arn, name.slice(0, -'-AbCdEf'.length)];
}
