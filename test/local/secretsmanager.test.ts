import {
  GetSecretValueCommand,
  ListSecretsCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { describe, expect, it } from 'vitest';
import { startSecretsManager } from '../../local/secretsmanager/endpoint.ts';
import { failureOf, useEndpoint } from './use-endpoint.ts';

const ARN = 'arn:aws:secretsmanager:eu-west-3:111122223333:secret:team/key-AbCdEf';
const BINARY = 'arn:aws:secretsmanager:eu-west-3:111122223333:secret:binary-AbCdEf';

const secrets = useEndpoint(
  'SECRETS_MANAGER',
  () => startSecretsManager({ secrets: { [ARN]: 'größe', [BINARY]: Buffer.from([1, 2]) } }),
  (config) => new SecretsManagerClient(config),
);

const get = (SecretId: string | undefined, others: object = {}) =>
  secrets.client.send(new GetSecretValueCommand({ SecretId, ...others }));

describe('GetSecretValue', () => {
  it.each([ARN, 'team/key'])('finds a secret by %s', async (id) => {
    expect(await get(id)).toMatchObject({ ARN, Name: 'team/key', SecretString: 'größe' });
    expect(secrets.endpoint.counts.requests).toBe(1);
  });

  it('returns bytes', async () => {
    const { SecretString, SecretBinary } = await get(BINARY);
    expect([SecretString, SecretBinary]).toEqual([undefined, new Uint8Array([1, 2])]);
  });

  it.each([
    ['an unknown secret', 'other', {}, 'ResourceNotFoundException'],
    ['an unknown version', ARN, { VersionStage: 'AWSPENDING' }, 'ResourceNotFoundException'],
    ['no secret', undefined, {}, 'ValidationException'],
    ['a name that is too long', 'a'.repeat(2_049), {}, 'ValidationException'],
  ])('is rejected for %s', async (_, id, others, name) => {
    expect(await failureOf(get(id, others))).toMatchObject({ name });
  });

  it.each([
    ['accessDenied', 'AccessDeniedException'],
    ['throttled', 'ThrottlingException'],
    ['internalError', 'InternalServiceError'],
    ['decryptionFailure', 'DecryptionFailure'],
  ] as const)('can fail with %s', async (kind, name) => {
    secrets.endpoint.reset({ fault: () => ({ kind }) });
    expect(await failureOf(get(ARN))).toMatchObject({ name });
  });

  it('is the only operation', async () => {
    expect(await failureOf(secrets.client.send(new ListSecretsCommand({})))).toMatchObject({
      name: 'UnknownOperationException',
    });
  });
});
