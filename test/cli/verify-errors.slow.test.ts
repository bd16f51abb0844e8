import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { S3FaultHook } from '../../local/faults.ts';
import { type LocalServer, serve } from '../../local/http/serve.ts';
import { ACCOUNT, BUCKET, DAY, HOUR_MS, REGION, SignedTrail, utc } from '../../samples/signed-trail.ts';
import { RANGE, useSignedBucket } from './signed-bucket.ts';

const bucket = useSignedBucket();
const { signer, environment, putAll, run } = bucket;

describe('verify cannot tell', () => {
  const denied =
    (denied: string): S3FaultHook =>
    ({ operation }) =>
      operation === denied ? { kind: 'accessDenied' } : undefined;

  it('without a bucket', async () => {
    expect(await run(RANGE)).toEqual({
      stdout: '',
      stderr: `error: s3://${BUCKET}: the bucket does not exist`,
      status: 2,
    });
  });

  it('without digests', async () => {
    bucket.s3.reset(undefined, [BUCKET]);
    expect(await run(RANGE)).toMatchObject({
      stderr: `error: s3://${BUCKET}/AWSLogs/ has no folder of an account. Check --bucket and --prefix.`,
      status: 2,
    });
    putAll(bucket.trail);
    expect(await run([...RANGE, '--account', ACCOUNT, '--account', '999999999999'])).toMatchObject({
      stderr: `error: s3://${BUCKET}/AWSLogs/999999999999/ has no folder of a trail. Check --account, or name its Regions with --region.`,
      status: 2,
    });
    bucket.s3.reset();
    bucket.trail.addLog(DAY, 'fIrSt');
    for (const key of bucket.trail.digestKeys) bucket.trail.objects.delete(key);
    putAll(bucket.trail);
    const { stdout, stderr, status } = await run(RANGE);
    expect(stderr).toContain(`error: no digests in s3://${BUCKET}/AWSLogs/ from ${utc(DAY)} to `);
    expect({ stdout, status }).toEqual({ stdout: '', status: 2 });
  });

  it('without --organization in the bucket of one', async () => {
    const organization = new SignedTrail({ signer, root: 'AWSLogs/o-a1b2c3d4e5/' });
    organization.addHour(DAY + HOUR_MS);
    putAll(organization);
    expect(await run(RANGE)).toMatchObject({
      stderr: `error: s3://${BUCKET}/AWSLogs/ has no folder of an account. Add --organization o-a1b2c3d4e5.`,
      status: 2,
    });
  });

  it.each([
    ['ListObjectsV2', `access denied to s3://${BUCKET}: allow s3:ListBucket`],
    ['GetObject', /^error: access denied to s3:\/\/.*_CloudTrail-Digest_.*: allow s3:GetObject$/],
  ])('without permission for %s', async (operation, message) => {
    bucket.s3.reset(denied(operation));
    putAll(bucket.trail);
    const { stdout, stderr, status } = await run(RANGE);
    expect({ stdout, status, lines: stderr.split('\n').length }).toEqual({ stdout: '', status: 2, lines: 1 });
    expect(stderr).toEqual(
      typeof message === 'string' ? `error: ${message}` : expect.stringMatching(message),
    );
  });

  it('without permission for ListPublicKeys', async () => {
    bucket.cloudtrail.reset({ isDenied: true });
    putAll(bucket.trail);
    expect(await run(RANGE)).toEqual({
      stdout: '',
      stderr: `error: access denied to CloudTrail in ${REGION}: allow cloudtrail:ListPublicKeys`,
      status: 2,
    });
  });

  it('without credentials or a region', async () => {
    putAll(bucket.trail);
    const none = {
      ...{
        AWS_ACCESS_KEY_ID: undefined,
        AWS_SECRET_ACCESS_KEY: undefined,
        AWS_EC2_METADATA_DISABLED: 'true',
      },
      ...{ AWS_CONFIG_FILE: '/dev/null', AWS_SHARED_CREDENTIALS_FILE: '/dev/null' },
    };
    expect(await run(RANGE, none)).toMatchObject({
      stderr: 'error: no AWS credentials. Configure them as for the AWS CLI.',
      status: 2,
    });
    const noRegion = { AWS_REGION: undefined, AWS_CONFIG_FILE: '/dev/null' };
    expect(await run(RANGE, noRegion)).toMatchObject({
      stderr: 'error: no AWS region. Set AWS_REGION to the region of the bucket.',
      status: 2,
    });
  });

  describe('from another region', () => {
    let elsewhere: LocalServer;
    beforeAll(async () => {
      elsewhere = await serve(async (_request, response) => {
        const headers = { 'content-type': 'application/xml', 'x-amz-bucket-region': 'eu-west-1' };
        response
          .writeHead(301, headers)
          .end('<Error><Code>PermanentRedirect</Code><Message>m</Message></Error>');
      });
    });
    afterAll(() => elsewhere.close());

    it('and names the region of the bucket', async () => {
      expect(await run(RANGE, { AWS_ENDPOINT_URL_S3: elsewhere.url })).toEqual({
        stdout: '',
        stderr: `error: s3://${BUCKET}: the bucket is in another region. Set AWS_REGION=eu-west-1.`,
        status: 2,
      });
    });
  });

  it('after Ctrl-C', async () => {
    let asked = false;
    bucket.s3.reset(() => {
      asked = true;
      return { kind: 'hang' };
    });
    putAll(bucket.trail);
    const child = bucket.cli.start(['verify', ...RANGE], { env: environment() });
    while (!asked) await new Promise((resolve) => setTimeout(resolve, 20));
    child.kill('SIGINT');
    expect(await child.finished).toEqual({ stdout: '', stderr: '✖ interrupted', status: 130 });
  });
});

describe('verify refuses', () => {
  it.each([
    ['no range', ['--bucket', BUCKET], "required option '--from <time>' not specified"],
    ['a local time', ['--from', '2024-05-14T00:00:00+02:00'], 'Expected a time in UTC'],
    ['a date that does not exist', ['--to', '2024-02-30'], 'Expected a time in UTC'],
    ['an empty range', [...RANGE, '--from', utc(DAY + 24 * HOUR_MS)], '--from must be before --to'],
    ['a bucket URL', ['--bucket', 's3://name'], 'Expected the name of a bucket'],
    ['an account name', ['--account', 'production'], 'Expected an account ID'],
    ['an unknown form of region', ['--region', 'Paris'], 'Expected a Region'],
    ['an unknown form of organization', ['--organization', 'acme'], 'Expected an organization ID'],
    [
      'a missing key file',
      [...RANGE, '--keys', 'no-such-file.json'],
      '--keys no-such-file.json: no such file',
    ],
    [
      'a key file of another form',
      [...RANGE, '--keys', 'package.json'],
      '--keys package.json: not the output of',
    ],
  ])('%s, on one line and before any request', async (_, args, message) => {
    const { stdout, stderr, status } = await run(args);
    expect(stderr).toContain(message);
    expect({ stdout, status, lines: stderr.split('\n').length }).toEqual({ stdout: '', status: 2, lines: 1 });
    expect(bucket.s3.counts.requests).toBe(0);
  });
});
