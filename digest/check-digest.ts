import { createHash } from 'node:crypto';
import type { DigestKey } from './digest-key.ts';
import { type Digest, DigestError, parseDigest } from './parse-digest.ts';
import { isSignedBy } from './signature.ts';

/** A digest as the bucket holds it. */
export interface StoredDigest {
  readonly bucket: string;
  readonly key: string;
  /** Parsed from `key`. */
  readonly place: DigestKey;
  /** The inflated object, or why it cannot be inflated. */
  readonly content: { readonly inflated: Uint8Array } | { readonly error: string };
  /** The object's metadata `signature`; `undefined` if it has none. */
  readonly signature: string | undefined;
}

/** Verdict about a digest without its chain. Only a valid one proves anything. */
export type DigestStatus = 'valid' | 'bad signature' | 'not validated' | 'malformed digest';

export interface CheckedDigest {
  readonly key: string;
  readonly place: DigestKey;
  readonly status: DigestStatus;
  /** Why it is not valid. */
  readonly reason?: string;
  /** The content of a valid digest. Other content is not trusted. */
  readonly digest?: Digest;
  /** Lowercase hexadecimal SHA-256 of the inflated object. */
  readonly hash?: string;
}

/**
 * Checks form, place and signature of one digest.
 *
 * @param findKey returns the public key with a fingerprint; `undefined` if there is none
 */
export async function checkDigest(
  stored: StoredDigest,
  findKey: (fingerprint: string) => Promise<Uint8Array | undefined>,
): Promise<CheckedDigest> {
  const { bucket, key, place, content, signature } = stored;
  const fail = (status: DigestStatus, reason: string): CheckedDigest => ({ key, place, status, reason });
  if ('error' in content) return fail('malformed digest', content.error);
  const digest = tryToParse(content.inflated);
  if (digest instanceof DigestError) return fail('malformed digest', digest.message);
  // A signature covers the digest's own name, so a valid digest copied over another one would pass the next check.
  if (digest.bucket !== bucket || digest.key !== key)
    return fail('bad signature', 'it is a copy of another digest');
  if (signature === undefined) return fail('bad signature', 'the object has no metadata `signature`');
  const publicKey = await findKey(digest.fingerprint);
  if (!publicKey) return fail('not validated', `no public key with fingerprint ${digest.fingerprint}`);
  const hash = createHash('sha256').update(content.inflated).digest('hex');
  if (!isSignedBy(digest, hash, signature, publicKey))
    return fail('bad signature', 'the signature does not match');
  return { key, place, status: 'valid', digest, hash };
}

function tryToParse(inflated: Uint8Array): Digest | DigestError {
  try {
    return parseDigest(Buffer.from(inflated).toString('utf8'));
  } catch (error) {
    if (error instanceof DigestError) return error;
    throw error;
  }
}

/** A digest whose signature is valid. */
export type ValidDigest = CheckedDigest & { readonly digest: Digest };

export function isValid(checked: CheckedDigest): checked is ValidDigest {
  return checked.status === 'valid';
}
