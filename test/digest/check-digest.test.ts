import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { checkDigest, type StoredDigest } from '../../digest/check-digest.ts';
import { parseDigestKey } from '../../digest/digest-key.ts';
import { BUCKET, createSigningKey, DAY, HOUR_MS, SignedTrail } from '../../samples/signed-trail.ts';

const signer = createSigningKey();
const findKey = async (fingerprint: string) =>
  fingerprint === signer.fingerprint ? signer.publicKey : undefined;

function storedDigest(edit?: (text: string) => string): StoredDigest {
  const trail = new SignedTrail({ signer });
  trail.addHour(DAY);
  return stored(trail, trail.addHour(DAY + HOUR_MS, 2, edit ? { edit } : {}).digest);
}

function stored(trail: SignedTrail, key: string): StoredDigest {
  const { bytes = Buffer.alloc(0), metadata = {} } = trail.objects.get(key) ?? {};
  const place = parseDigestKey(key);
  if (!place) throw new Error(`not a digest: ${key}`);
  return {
    bucket: BUCKET,
    key,
    place,
    content: { inflated: gunzipSync(bytes) },
    signature: metadata.signature,
  };
}

describe('a digest', () => {
  it('is valid with its signature, with a predecessor and without', async () => {
    const checked = await checkDigest(storedDigest(), findKey);
    expect(checked).toMatchObject({ status: 'valid', digest: { startMs: DAY, endMs: DAY + HOUR_MS } });
    expect(checked.digest?.files).toHaveLength(2);
    expect(checked.digest?.previous?.key).toContain('20240514T000000Z');

    const trail = new SignedTrail({ signer });
    const first = await checkDigest(stored(trail, trail.addDigest(DAY, [])), findKey);
    expect(first).toMatchObject({ status: 'valid' });
    expect(first.digest?.previous).toBeUndefined();
  });

  it('is valid with a signature in uppercase', async () => {
    const digest = storedDigest();
    expect(
      await checkDigest({ ...digest, signature: digest.signature?.toUpperCase() }, findKey),
    ).toMatchObject({
      status: 'valid',
    });
  });

  const otherKey = createSigningKey();
  it.each<[string, (digest: StoredDigest) => Partial<StoredDigest>, string]>([
    ['no signature', () => ({ signature: undefined }), 'the object has no metadata `signature`'],
    ['a zeroed signature', () => ({ signature: '0'.repeat(512) }), 'the signature does not match'],
    ['an empty signature', () => ({ signature: '' }), 'the signature does not match'],
    ['a signature that is not hexadecimal', () => ({ signature: 'xyz' }), 'the signature does not match'],
    [
      'a shorter signature',
      ({ signature }) => ({ signature: signature?.slice(2) }),
      'the signature does not match',
    ],
    [
      'a changed byte',
      ({ content }) => ({
        content: { inflated: Buffer.from('inflated' in content ? `${Buffer.from(content.inflated)} ` : '') },
      }),
      'the signature does not match',
    ],
    ['another key', ({ key }) => ({ key: key.replace('T01', 'T02') }), 'it is a copy of another digest'],
    ['another bucket', () => ({ bucket: 'other-bucket' }), 'it is a copy of another digest'],
  ])('has a bad signature with %s', async (_, change, reason) => {
    const digest = storedDigest();
    expect(await checkDigest({ ...digest, ...change(digest) }, findKey)).toEqual({
      ...{ key: change(digest).key ?? digest.key, place: digest.place },
      ...{ status: 'bad signature', reason },
    });
  });

  it('has a bad signature with the key of another signer under its fingerprint', async () => {
    for (const key of [otherKey.publicKey, Buffer.from('no key')])
      expect(await checkDigest(storedDigest(), async () => key)).toMatchObject({ status: 'bad signature' });
  });

  it('is not validated without a key', async () => {
    expect(await checkDigest(storedDigest(), async () => undefined)).toMatchObject({
      status: 'not validated',
      reason: `no public key with fingerprint ${signer.fingerprint}`,
    });
  });

  it.each<[string, (text: string) => string, string]>([
    ['text that is not JSON', () => 'secret', 'it is not JSON'],
    ['a list', () => '["secret"]', 'the digest is not an object'],
    ['no end', (text) => text.replace('digestEndTime', 'end'), 'digestEndTime of the digest is not a string'],
    [
      'a local time',
      (text) => text.replace('2024-05-14T01:00:00Z', '2024-05-14T01:00:00'),
      'digestEndTime of the digest is not a time in UTC',
    ],
    [
      'an end before its start',
      (text) => text.replace('2024-05-14T00:00:00Z', '2024-05-14T02:00:00Z'),
      'digestEndTime is not after digestStartTime',
    ],
    [
      'an unknown algorithm',
      (text) => text.replace('SHA256withRSA', 'secret'),
      'digestSignatureAlgorithm is not SHA256withRSA',
    ],
    [
      'an unknown hash',
      (text) => text.replace('"SHA-256","newest', '"MD5","newest'),
      'hashAlgorithm of logFiles[0] is not SHA-256',
    ],
    [
      'a short hash',
      (text) => text.replace(/"hashValue":"[0-9a-f]{2}/, '"hashValue":"'),
      'hashValue of logFiles[0] is not a SHA-256 in hexadecimal',
    ],
    [
      'no list of files',
      (text) => text.replace(/"logFiles":.*\]/, '"logFiles":null'),
      'logFiles of the digest is not a list',
    ],
    [
      'half a predecessor',
      (text) => text.replace(/"previousDigestSignature":"[0-9a-f]*"/, '"previousDigestSignature":null'),
      'previousDigestSignature of the digest is not a string',
    ],
  ])('is malformed with %s, although it is signed', async (_, edit, reason) => {
    const checked = await checkDigest(storedDigest(edit), findKey);
    expect(checked).toMatchObject({ status: 'malformed digest', reason });
    expect(checked.digest).toBeUndefined();
  });
});
