import { describe, expect, it } from 'vitest';
import { mapConcurrently } from '../../cli/operate/concurrently.ts';
import { explainError } from '../../cli/operate/explain-error.ts';

describe('mapConcurrently', () => {
  it('returns results in order, with at most the given number of calls in flight', async () => {
    let [inFlight, most] = [0, 0];
    const results = await mapConcurrently([5, 1, 3, 0, 2], 2, async (ms) => {
      most = Math.max(most, ++inFlight);
      await new Promise((resolve) => setTimeout(resolve, ms));
      inFlight--;
      return ms * 2;
    });
    expect({ results, most }).toEqual({ results: [10, 2, 6, 0, 4], most: 2 });
  });

  it('starts no further call after an error', async () => {
    const started: number[] = [];
    const run = mapConcurrently([1, 2, 3, 4, 5, 6], 2, async (item) => {
      started.push(item);
      await new Promise((resolve) => setTimeout(resolve, 5));
      if (item === 2) throw new Error('two');
    });
    await expect(run).rejects.toThrow('two');
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(started.length).toBeLessThanOrEqual(3);
  });
});

describe('an error of AWS', () => {
  const call = { name: 'S3 GetObject', action: 's3:GetObject', target: 's3://bucket/key' };
  const fromAws = (name: string, message: string, httpStatusCode = 403) =>
    Object.assign(new Error(message), { name, $metadata: { httpStatusCode } });

  it.each([
    ['AccessDenied', 'Access Denied', 'access denied to s3://bucket/key: allow s3:GetObject'],
    [
      'AccessDenied',
      'User is not authorized to perform: kms:Decrypt on this resource',
      'access denied to s3://bucket/key: allow kms:Decrypt',
    ],
    [
      'PermanentRedirect',
      'm',
      's3://bucket/key: the bucket is in another region. Set AWS_REGION to its region.',
    ],
    [
      'InvalidObjectState',
      'The operation is not valid for the storage class of the object',
      's3://bucket/key: S3 GetObject: InvalidObjectState (HTTP 403)',
    ],
  ])('is one line with what to do: %s, %s', (name, message, expected) => {
    expect(explainError(call, fromAws(name, message)).message).toBe(expected);
  });

  it('stays itself if the command was interrupted', () => {
    const abort = Object.assign(new Error('aborted'), { name: 'AbortError' });
    expect(explainError(call, abort)).toBe(abort);
  });
});
