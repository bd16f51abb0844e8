import { Readable } from 'node:stream';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SQSClient } from '@aws-sdk/client-sqs';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { readSecret } from '../../../lambda/aws/read-secret.ts';
import { systemClock } from '../../../lambda/clock.ts';

interface SentRequest {
  protocol: string;
  hostname: string;
  method: string;
  path: string;
  headers: Record<string, string>;
  body: string | Uint8Array;
}

/** Answers every request of a client with a secret, and keeps the requests. */
function capture() {
  const requests: SentRequest[] = [];
  const handle = async (request: SentRequest) => {
    requests.push(request);
    const headers = { 'content-type': 'application/x-amz-json-1.1' };
    const body = Readable.from([Buffer.from('{"SecretString":"val'), Buffer.from('ue"}')]);
    return { response: { statusCode: 200, headers, body } };
  };
  return { requests, requestHandler: { handle } };
}

const credentials = { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'secret', sessionToken: 'token' };

/** Key, date, region and service in the signature's header. */
function scopeOf(request: SentRequest | undefined): string | undefined {
  return /Credential=([^,]+),/.exec(request?.headers.authorization ?? '')?.[1];
}

describe('readSecret', () => {
  // Files of a tier share a process, and some point the clients to local endpoints.
  beforeEach(() => {
    for (const name of ['AWS_ENDPOINT_URL', 'AWS_ENDPOINT_URL_SECRETS_MANAGER']) vi.stubEnv(name, undefined);
  });
  afterEach(() => vi.unstubAllEnvs());

  it.each([
    ['eu-west-3', 'aws', 'secretsmanager.eu-west-3.amazonaws.com'],
    ['cn-north-1', 'aws-cn', 'secretsmanager.cn-north-1.amazonaws.com.cn'],
    ['us-gov-west-1', 'aws-us-gov', 'secretsmanager.us-gov-west-1.amazonaws.com'],
  ])('sends the same request as the client of the SDK in %s', async (region, awsPartition, hostname) => {
    const arn = `arn:${awsPartition}:secretsmanager:${region}:111122223333:secret:key-AbCdEf`;
    const [own, sdk] = [capture(), capture()];
    // Any client lends its credentials, even one of another region.
    const sqs = new SQSClient({
      region: 'eu-west-1',
      credentials,
      requestHandler: own.requestHandler as never,
    });
    const source = { arn, config: sqs.config, clock: systemClock, random: () => 0 };
    expect(await readSecret(source)).toBe('value');
    const client = new SecretsManagerClient({
      region,
      credentials,
      requestHandler: sdk.requestHandler as never,
    });
    const { SecretString } = await client.send(new GetSecretValueCommand({ SecretId: arn }));
    expect(SecretString).toBe('value');

    const [sent, expected] = [own.requests[0], sdk.requests[0]];
    expect(sent).toMatchObject({ protocol: 'https:', hostname, method: 'POST', path: '/' });
    for (const name of ['protocol', 'hostname', 'method', 'path'] as const)
      expect(sent?.[name]).toBe(expected?.[name]);
    expect(String(sent?.body)).toBe(new TextDecoder().decode(expected?.body as Uint8Array));
    for (const name of ['host', 'content-type', 'x-amz-target', 'x-amz-security-token'])
      expect(sent?.headers[name], name).toBe(expected?.headers[name]);
    expect(scopeOf(sent)).toBe(scopeOf(expected));
    expect(scopeOf(sent)).toMatch(new RegExp(`/${region}/secretsmanager/aws4_request$`));
    const signed = /SignedHeaders=([^,]+)/.exec(sent?.headers.authorization ?? '')?.[1]?.split(';');
    expect(signed).toEqual(
      expect.arrayContaining(['content-type', 'host', 'x-amz-date', 'x-amz-security-token', 'x-amz-target']),
    );
  });
});
