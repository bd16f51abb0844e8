import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { BlockPublicAccess, Bucket, BucketEncryption } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { keepBucketPolicy } from './keep-bucket.ts';

export interface AccessLogBucketProps {
  /** Days until access logs expire. @default 90 */
  readonly retentionDays?: number;
  /** What happens to the bucket when the stack is deleted. @default RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE */
  readonly removalPolicy?: RemovalPolicy;
}

/** A bucket for the server access logs of the other buckets, which show who read the trail or the events. */
export class AccessLogBucket extends Construct {
  readonly bucket: Bucket;

  constructor(scope: Construct, id: string, props: AccessLogBucketProps = {}) {
    super(scope, id);
    const { retentionDays = 90, removalPolicy = RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE } = props;
    this.bucket = new Bucket(this, 'Bucket', {
      // S3 writes access logs only to buckets that use SSE-S3.
      // https://docs.aws.amazon.com/AmazonS3/latest/userguide/enable-server-access-logging.html
      encryption: BucketEncryption.S3_MANAGED,
      enforceSSL: true,
      minimumTLSVersion: 1.2,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      lifecycleRules: [{ id: 'Retention', expiration: Duration.days(retentionDays) }],
      removalPolicy,
    });
    keepBucketPolicy(this.bucket, removalPolicy);
  }
}
