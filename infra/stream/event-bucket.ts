import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { BlockPublicAccess, Bucket, BucketEncryption, type IBucket } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';

/** Folders of the bucket. */
export const EVENT_FOLDER = 'events/';
export const ERROR_FOLDER = 'errors/';
export const QUERY_FOLDER = 'athena/';

export interface EventBucketProps {
  /** Gets the server access logs. */
  readonly accessLogs: IBucket;
  /** Days after which an event is dropped; 0 keeps it for ever. @default 365 */
  readonly retentionDays?: number;
  /** What becomes of the bucket with the stack. @default RemovalPolicy.RETAIN */
  readonly removalPolicy?: RemovalPolicy;
}

/** The bucket of normalized events, or of those that an HTTP endpoint did not take. */
export class EventBucket extends Construct {
  readonly bucket: Bucket;

  constructor(scope: Construct, id: string, props: EventBucketProps) {
    super(scope, id);
    const { accessLogs, retentionDays = 365, removalPolicy = RemovalPolicy.RETAIN } = props;
    const dropped = Duration.days(30);
    this.bucket = new Bucket(this, 'Bucket', {
      encryption: BucketEncryption.S3_MANAGED,
      enforceSSL: true,
      minimumTLSVersion: 1.2,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      versioned: true,
      serverAccessLogsBucket: accessLogs,
      serverAccessLogsPrefix: EVENT_FOLDER,
      lifecycleRules: [
        {
          id: 'Unfinished',
          abortIncompleteMultipartUploadAfter: Duration.days(7),
          noncurrentVersionExpiration: dropped,
        },
        { id: 'QueryResults', prefix: QUERY_FOLDER, expiration: dropped },
        ...(retentionDays > 0
          ? [EVENT_FOLDER, ERROR_FOLDER].map((prefix) => ({
              id: `Retention-${prefix.slice(0, -1)}`,
              prefix,
              expiration: Duration.days(retentionDays),
            }))
          : []),
      ],
      removalPolicy,
    });
  }
}
