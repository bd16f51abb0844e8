import { ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { describe, expect, it } from 'vitest';
import { withFreshCredentials } from '../../../lambda/aws/fresh-credentials.ts';

/** A client whose tokens come from `tokens`, one for each time that the provider is asked anew. */
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
      // Of the clock, not of the service: it may refuse a token that should still be good.
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
  it('is made once more where the provider has another', async () => {
    const { seen, call } = clientWith(['old', 'new'], (token) => token === 'new');
    expect(await call()).toMatchObject({ KeyCount: 0 });
    expect(await call()).toMatchObject({ KeyCount: 0 });
    expect(seen).toEqual(['old', 'new', 'new']);
  });

  it('is made once more and no oftener', async () => {
    const { seen, call } = clientWith(['a', 'b', 'c'], () => false);
    await expect(call()).rejects.toMatchObject({ name: 'ExpiredToken' });
    expect(seen).toEqual(['a', 'b']);
  });

  it('fails by name where the provider has the same again', async () => {
    const { seen, call } = clientWith(['old'], () => false);
    await expect(call()).rejects.toMatchObject({ name: 'ExpiredToken' });
    expect(seen).toEqual(['old']);
  });
});
