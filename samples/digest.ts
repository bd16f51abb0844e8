import { createHash } from 'node:crypto';
import type { Random } from './random.ts';

export interface DigestOptions {
  readonly accountId: string;
  readonly bucket: string;
  /** The digest's own key. */
  readonly key: string;
  /** Key of the previous hour's digest. */
  readonly previousKey: string;
  readonly endTime: Date;
  /** The log objects of the hour, inflated. */
  readonly logObjects: readonly { readonly key: string; readonly inflated: Buffer }[];
}

/**
 * Renders a digest object: no `Records`, only the names and hashes of one hour's log objects.
 * https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-validation-digest-file-structure.html
 */
export function renderDigest(random: Random, options: DigestOptions): string {
  const endMs = options.endTime.getTime();
  const minutesBefore = (minutes: number): string =>
    `${new Date(endMs - minutes * 60_000).toISOString().slice(0, 19)}Z`;
  return JSON.stringify({
    awsAccountId: options.accountId,
    digestStartTime: minutesBefore(60),
    digestEndTime: minutesBefore(0),
    digestS3Bucket: options.bucket,
    digestS3Object: options.key,
    digestPublicKeyFingerprint: random.hex(32),
    digestSignatureAlgorithm: 'SHA256withRSA',
    newestEventTime: minutesBefore(8),
    oldestEventTime: minutesBefore(60),
    previousDigestS3Bucket: options.bucket,
    previousDigestS3Object: options.previousKey,
    previousDigestHashValue: random.hex(64),
    previousDigestHashAlgorithm: 'SHA-256',
    previousDigestSignature: random.hex(512),
    logFiles: options.logObjects.map((object) => ({
      s3Bucket: options.bucket,
      s3Object: object.key,
      // Hash of the inflated content, not of the stored bytes.
      hashValue: createHash('sha256').update(object.inflated).digest('hex'),
      hashAlgorithm: 'SHA-256',
      newestEventTime: minutesBefore(56),
      oldestEventTime: minutesBefore(60),
    })),
  });
}
