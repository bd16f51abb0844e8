import { constants, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { mapConcurrently } from '../../cli/operate/concurrently.ts';
import { explainError } from '../../cli/operate/explain-error.ts';
import { inflateMember } from '../../cli/operate/inflate-member.ts';
import { readDeadLetter } from '../../cli/operate/read-dead-letter.ts';
import { formatCursor, newCursor } from '../../lambda/backfill/cursor.ts';

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

describe('a file of one gzip member', () => {
  const text = JSON.stringify({
    Records: Array.from({ length: 500 }, (_, i) => ({ eventID: `${i * 7919}` })),
  });
  const member = gzipSync(text);

  async function inflate(stored: Buffer, pieceBytes = stored.length): Promise<string> {
    async function* pieces() {
      for (let at = 0; at < stored.length; at += pieceBytes) yield stored.subarray(at, at + pieceBytes);
    }
    const chunks: Uint8Array[] = [];
    for await (const chunk of inflateMember(pieces())) chunks.push(chunk);
    return Buffer.concat(chunks).toString();
  }

  it.each([1, 7, 4096, member.length])('is inflated in pieces of %i bytes', async (pieceBytes) => {
    expect(await inflate(member, pieceBytes)).toBe(text);
    expect(await inflate(gzipSync(''), pieceBytes)).toBe('');
    expect(await inflate(gzipSync(text, { level: constants.Z_NO_COMPRESSION }), pieceBytes)).toBe(text);
  });

  it('may have extra fields, a name, a comment and a checksum in its header', async () => {
    const header = Buffer.from([0x1f, 0x8b, 8, 2 | 4 | 8 | 16, 0, 0, 0, 0, 0, 3]);
    const fields = Buffer.from([3, 0, 1, 2, 3, ...Buffer.from('a.json\0comment\0'), 0xab, 0xcd]);
    const stored = Buffer.concat([header, fields, member.subarray(10)]);
    for (const pieceBytes of [1, 13, stored.length]) expect(await inflate(stored, pieceBytes)).toBe(text);
  });

  const memberWith = (...bytes: Uint8Array[]) => Buffer.concat([member, ...bytes]);
  const changed = (at: number) =>
    member.map((byte, i) => (i === member.length + at ? byte ^ 1 : byte)) as Buffer;
  it.each<[string, Buffer, string]>([
    ['a byte', memberWith(Buffer.from('x')), 'bytes after the gzip data'],
    ['a zero byte', memberWith(Buffer.alloc(1)), 'bytes after the gzip data'],
    ['eight bytes', memberWith(member.subarray(-8)), 'bytes after the gzip data'],
    ['the same member', memberWith(member), 'bytes after the gzip data'],
    ['an empty member', memberWith(gzipSync('')), 'bytes after the gzip data'],
    ['a missing byte at its end', member.subarray(0, -1), 'truncated'],
    ['no trailer', member.subarray(0, -8), 'truncated'],
    ['half its data', member.subarray(0, member.length / 2), 'damaged or truncated'],
    ['half its header', member.subarray(0, 5), 'truncated'],
    ['another checksum', changed(-8), 'the gzip checksum does not match'],
    ['another length', changed(-4), 'the gzip checksum does not match'],
    ['no bytes', Buffer.alloc(0), 'truncated'],
    ['one byte', Buffer.from('{'), 'not gzip'],
    ['text', Buffer.from('{"Records":[]}'), 'not gzip'],
  ])('is rejected with %s', async (_, stored, message) => {
    for (const pieceBytes of [1, 5, Math.max(1, stored.length)])
      await expect(inflate(stored, pieceBytes)).rejects.toThrow(message);
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

  it.each([
    [
      'RequestTimeTooSkewed',
      'The difference between the request time and the current time is too large.',
      'clock',
    ],
    [
      'InvalidSignatureException',
      'Signature not yet current: 20261103T100000Z is still later than …',
      'clock',
    ],
    ['SignatureDoesNotMatch', 'Signature expired: 20261103T100000Z is now earlier than …', 'clock'],
    ['ExpiredTokenException', 'The security token included in the request is expired', 'credentials'],
    [
      'InvalidAccessKeyId',
      'The AWS Access Key Id you provided does not exist in our records.',
      'credentials',
    ],
    ['InvalidSignatureException', 'The request signature we calculated does not match', undefined],
    ['SignatureDoesNotMatch', 'The request signature we calculated does not match', undefined],
    ['ResourceNotFoundException', 'Function not found', undefined],
  ])('may concern every call: %s, %s', (name, message, what) => {
    const error = explainError(call, fromAws(name, message));
    const lines = {
      clock: 'the clock of this machine is off. Set it, then run the command again.',
      credentials: `the AWS credentials are invalid or have expired (${name})`,
    };
    if (what !== undefined) expect(error.message).toBe(lines[what as keyof typeof lines]);
    expect(error).toMatchObject({ name: 'CouldNotTellError', concernsEveryCall: what !== undefined });
  });

  it('may deny in the words of another service', () => {
    for (const name of ['AuthorizationError', 'AccessDeniedException', '403'])
      expect(explainError(call, fromAws(name, 'm')).message).toBe(
        'access denied to s3://bucket/key: allow s3:GetObject',
      );
    expect(
      explainError({ ...call, target: 'stream s' }, fromAws('ResourceNotFoundException', 'm', 400)).message,
    ).toBe('stream s does not exist');
  });

  it('stays itself if the command was interrupted', () => {
    const abort = Object.assign(new Error('aborted'), { name: 'AbortError' });
    expect(explainError(call, abort)).toBe(abort);
  });
});

describe('a dead letter of a backfill', () => {
  const cursor = newCursor({
    job: 'job',
    bucket: 'example-trail-bucket',
    prefix: 'AWSLogs/111122223333/CloudTrail/eu-west-3/',
    from: '2026-01-01',
    until: '2026-02-01',
    order: 'oldest-first',
  });

  it('is a cursor', () => {
    expect(readDeadLetter({ Body: formatCursor(cursor) })).toMatchObject({
      kind: 'backfill cursor',
      objects: [],
    });
  });

  it('is unknown if the function cannot read the cursor', () => {
    const { kind, reason } = readDeadLetter({ Body: formatCursor({ ...cursor, from: 'secret' }) });
    expect(kind).toBe('unknown');
    expect(reason).toContain('from');
    expect(reason).not.toContain('secret');
  });
});
