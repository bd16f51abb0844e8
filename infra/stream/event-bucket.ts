import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { BlockPublicAccess, Bucket, type IBucket } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { encryptBucket } from '../security/customer-key.ts';
import { keepBucketPolicy } from '../security/keep-bucket.ts';

/** Prefixes of the bucket. */
export const EVENT_FOLDER = 'events/';
export const ERROR_FOLDER = 'errors/';
export const RECEIPT_FOLDER = 'receipts/';
/** Apart from `errors/`, whose records belong to the stream of events. */
export const RECEIPT_ERROR_FOLDER = 'receipt-errors/';
export const QUERY_FOLDER = 'athena/';

export interface EventBucketProps {
  /** Bucket for the server access logs. */
  readonly accessLogs: IBucket;
  /** Customer key. @default - S3's own key */
  readonly encryptionKey?: IKey;
  /** Days until events expire; 0 keeps them indefinitely. @default 365 */
  readonly retentionDays?: number;
  /** What happens to the bucket when the stack is deleted. @default RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE */
  readonly removalPolicy?: RemovalPolicy;
}

/** A bucket for normalized events, or for those that an HTTP endpoint rejected, and for receipts. */
export class EventBucket extends Construct {
  readonly bucket: Bucket;

  constructor(scope: Construct, id: string, props: EventBucketProps) {
    super(scope, id);
    const {
      accessLogs,
      retentionDays = 365,
      removalPolicy = RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
    } = props;
    const oneMonth = Duration.days(30);
    this.bucket = new Bucket(this, 'Bucket', {
      ...encryptBucket(props.encryptionKey),
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
          noncurrentVersionExpiration: oneMonth,
        },
        { id: 'QueryResults', prefix: QUERY_FOLDER, expiration: oneMonth },
        ...(retentionDays > 0
          ? [EVENT_FOLDER, ERROR_FOLDER, RECEIPT_FOLDER, RECEIPT_ERROR_FOLDER].map((prefix) => ({
              id: `Retention-${prefix.slice(0, -1)}`,
              prefix,
              expiration: Duration.days(retentionDays),
            }))
          : []),
      ],
      removalPolicy,
    });
    keepBucketPolicy(this.bucket, removalPolicy);
  }
}
