import { Duration, RemovalPolicy, Validations } from 'aws-cdk-lib';
import { BlockPublicAccess, Bucket, BucketEncryption } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { WORK_QUEUE } from '../../lambda/contract.ts';
import { DEAD_LETTER_DAYS } from './work-queue.ts';

export interface ClaimBucketProps {
  /** What becomes of the bucket with the stack. @default RemovalPolicy.RETAIN */
  readonly removalPolicy?: RemovalPolicy;
}

/**
 * Which hand-over of a message's remaining work continues. If the answer to SendMessage is lost, the message is
 * redelivered and hands the same work over once more. The first resume message to be received writes
 * `claims/<message id>` with `If-None-Match`; the others end there. See `lambda/settle/claims.ts`.
 */
export class ClaimBucket extends Construct {
  readonly bucket: Bucket;

  constructor(scope: Construct, id: string, { removalPolicy = RemovalPolicy.RETAIN }: ClaimBucketProps = {}) {
    super(scope, id);
    this.bucket = new Bucket(this, 'Bucket', {
      encryption: BucketEncryption.S3_MANAGED,
      enforceSSL: true,
      minimumTLSVersion: 1.2,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      lifecycleRules: [{ id: 'Retention', expiration: Duration.days(CLAIM_DAYS) }],
      removalPolicy,
    });
    Validations.of(this.bucket).acknowledge({
      id: 'AwsSolutions-S1',
      reason: 'Holds only ids of hand-overs, never data, and only the function reads and writes them.',
    });
  }
}

/**
 * A day more than the last copy of a message can wait: up to 14 days until an operator redrives it from the
 * dead-letter queue, which keeps its age, and 7 days on the work queue, which start anew with the redrive.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-configure-dead-letter-queue-redrive.html
 */
const CLAIM_DAYS = DEAD_LETTER_DAYS + WORK_QUEUE.retentionDays + 1;
