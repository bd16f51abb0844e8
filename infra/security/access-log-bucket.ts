import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { BlockPublicAccess, Bucket, BucketEncryption } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';

export interface AccessLogBucketProps {
  /** Days after which a log is dropped. @default 90 */
  readonly retentionDays?: number;
  /** What becomes of the bucket with the stack. @default RemovalPolicy.RETAIN */
  readonly removalPolicy?: RemovalPolicy;
}

/** Server access logs of the stack's other buckets: who read the trail, and who the events. */
export class AccessLogBucket extends Construct {
  readonly bucket: Bucket;

  constructor(scope: Construct, id: string, props: AccessLogBucketProps = {}) {
    super(scope, id);
    const { retentionDays = 90, removalPolicy = RemovalPolicy.RETAIN } = props;
    this.bucket = new Bucket(this, 'Bucket', {
      // S3 writes access logs to buckets with S3's own keys only.
      // https://docs.aws.amazon.com/AmazonS3/latest/userguide/enable-server-access-logging.html
      encryption: BucketEncryption.S3_MANAGED,
      enforceSSL: true,
      minimumTLSVersion: 1.2,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      lifecycleRules: [{ id: 'Retention', expiration: Duration.days(retentionDays) }],
      removalPolicy,
    });
  }
}
