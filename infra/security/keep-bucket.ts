import { RemovalPolicy } from 'aws-cdk-lib';
import type { Bucket } from 'aws-cdk-lib/aws-s3';

/**
 * Keeps a bucket's policy with the bucket. Without it, a kept bucket would accept requests without TLS, and a
 * trail or S3's access logs could no longer write to it.
 */
export function keepBucketPolicy({ policy }: Bucket, removalPolicy: RemovalPolicy): void {
  if (removalPolicy !== RemovalPolicy.DESTROY) policy?.applyRemovalPolicy(removalPolicy);
}
