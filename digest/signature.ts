import { createPublicKey, verify } from 'node:crypto';
import type { Digest } from './parse-digest.ts';

/**
 * Returns the text that CloudTrail signs:
 * https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-custom-validation.html
 *
 * @param hash lowercase hexadecimal SHA-256 of the inflated digest
 */
function signedText({ endTime, bucket, key, previous }: Digest, hash: string): string {
  return `${endTime}\n${bucket}/${key}\n${hash}\n${previous?.signature ?? 'null'}`;
}

/**
 * Checks the signature of a digest: RSA PKCS #1 v1.5 with SHA-256.
 *
 * @param hash      lowercase hexadecimal SHA-256 of the inflated digest
 * @param signature hexadecimal, from the object's metadata `signature`
 * @param publicKey DER in PKCS #1 form, from ListPublicKeys
 * @returns `false` for a wrong or malformed signature, and for an invalid key
 */
export function isSignedBy(digest: Digest, hash: string, signature: string, publicKey: Uint8Array): boolean {
  if (!/^([0-9a-f]{2})+$/i.test(signature)) return false;
  try {
    const key = createPublicKey({ key: Buffer.from(publicKey), format: 'der', type: 'pkcs1' });
    return verify('sha256', Buffer.from(signedText(digest, hash)), key, Buffer.from(signature, 'hex'));
  } catch {
    return false;
  }
}
