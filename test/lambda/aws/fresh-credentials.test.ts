import { ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { describe, expect, it } from 'vitest';
import { withFreshCredentials } from '../../../lambda/aws/fresh-credentials.ts';

/** A client whose credentials provider returns the next of `tokens` on every call. */
function clientWith(tokens: string[], isAccepted: (token: string) => boolean) {
  const seen: string[] = [];
  let at = 0;
  const client = new S3Client({
    region: 'eu-west-3',
    maxAttempts: 1,
    credentials: async () => ({
      accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
      secretAccessKey: 'local',
      sessionToken: tokens[Math.min(at++, tokens.length - 1)] as string,
      // In the future, because the service may refuse a token that has not expired by its date.
      expiration: new Date(Date.now() + 3_600_000),
    }),
    requestHandler: {
      handle: async ({ headers }: { headers: Record<string, string> }) => {
        const token = headers['x-amz-security-token'] ?? '';
        seen.push(token);
        const body = isAccepted(token)
          ? '<ListBucketResult><KeyCount>0</KeyCount></ListBucketResult>'
          : '<Error><Code>ExpiredToken</Code><Message>The provided token has expired.</Message></Error>';
        return {
          response: { statusCode: isAccepted(token) ? 200 : 400, headers: {}, body: Buffer.from(body) },
        };
      },
    } as never,
  });
  const list = () => client.send(new ListObjectsV2Command({ Bucket: 'b' }));
  return { seen, call: () => withFreshCredentials(client, list) };
}

describe('a call whose token has expired', () => {
  it('is repeated if the provider has a new one', async () => {
    const { seen, call } = clientWith(['old', 'new'], (token) => token === 'new');
    expect(await call()).toMatchObject({ KeyCount: 0 });
    expect(await call()).toMatchObject({ KeyCount: 0 });
    expect(seen).toEqual(['old', 'new', 'new']);
  });

  it('is repeated only once', async () => {
    const { seen, call } = clientWith(['a', 'b', 'c'], () => false);
    await expect(call()).rejects.toMatchObject({ name: 'ExpiredToken' });
    expect(seen).toEqual(['a', 'b']);
  });

  it('fails with ExpiredToken if the provider returns the same token', async () => {
    const { seen, call } = clientWith(['old'], () => false);
    await expect(call()).rejects.toMatchObject({ name: 'ExpiredToken' });
    expect(seen).toEqual(['old']);
  });
});
