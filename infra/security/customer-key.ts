import { Stack } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { BucketEncryption } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';

/**
 * Returns the default encryption of a bucket: a customer key, or S3's own without one. A bucket key makes one call
 * to KMS serve many objects.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-key.html
 */
export function encryptBucket(encryptionKey: IKey | undefined) {
  if (!encryptionKey) return { encryption: BucketEncryption.S3_MANAGED };
  return { encryption: BucketEncryption.KMS, encryptionKey, bucketKeyEnabled: true };
}

/** Service that calls KMS for a role. */
export type KeyService = 's3' | 'sqs' | 'secretsmanager';

/** Name of a service in the condition key `kms:ViaService`. */
export function viaService(scope: Construct, service: KeyService): string {
  const { region, urlSuffix } = Stack.of(scope);
  return `${service}.${region}.${urlSuffix}`;
}

/**
 * Allows a role to use a key through one service. A role that writes also needs `kms:Decrypt`: SQS and S3's multipart
 * uploads check each new data key with it.
 *
 * @param contexts encryption context of the service by condition key, with wildcards. @default - any context
 */
export function useKey(
  scope: Construct,
  { keyArn }: Pick<IKey, 'keyArn'>,
  sid: string,
  service: KeyService,
  contexts?: Record<string, string[]>,
): PolicyStatement {
  return new PolicyStatement({
    sid,
    actions: service === 'secretsmanager' ? ['kms:Decrypt'] : ['kms:Decrypt', 'kms:GenerateDataKey'],
    resources: [keyArn],
    conditions: {
      StringEquals: { 'kms:ViaService': viaService(scope, service) },
      ...(contexts && { StringLike: contexts }),
    },
  });
}
