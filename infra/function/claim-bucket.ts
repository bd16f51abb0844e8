import { Duration, RemovalPolicy, Validations } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { BlockPublicAccess, Bucket } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { WORK_QUEUE } from '../../lambda/contract.ts';
import { encryptBucket } from '../security/customer-key.ts';
import { keepBucketPolicy } from '../security/keep-bucket.ts';
import { DEAD_LETTER_DAYS } from './work-queue.ts';

export interface ClaimBucketProps {
  /** Customer key. @default - S3's own key */
  readonly encryptionKey?: IKey;
  /** Days that a queue of the function keeps a message. @default 7 */
  readonly queueDays?: number;
  /** What happens to the bucket when the stack is deleted. @default RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE */
  readonly removalPolicy?: RemovalPolicy;
}

/**
 * A bucket that keeps requeued work from multiplying. If the response to SendMessage is lost, the message is
 * redelivered and its remaining work is requeued twice. The first resume message to be received writes
 * `claims/<message id>` with `If-None-Match`; the others stop. See `lambda/settle/claims.ts`.
 */
export class ClaimBucket extends Construct {
  readonly bucket: Bucket;

  constructor(
    scope: Construct,
    id: string,
    {
      encryptionKey,
      queueDays = WORK_QUEUE.retentionDays,
      removalPolicy = RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
    }: ClaimBucketProps = {},
  ) {
    super(scope, id);
    this.bucket = new Bucket(this, 'Bucket', {
      ...encryptBucket(encryptionKey),
      enforceSSL: true,
      minimumTLSVersion: 1.2,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      lifecycleRules: [{ id: 'Retention', expiration: Duration.days(claimDays(queueDays)) }],
      removalPolicy,
    });
    keepBucketPolicy(this.bucket, removalPolicy);
    Validations.of(this.bucket).acknowledge({
      id: 'AwsSolutions-S1',
      reason: 'Contains only message IDs, never data, and only the function reads and writes them.',
    });
  }
}

/**
 * One day longer than the last copy of a message can wait: up to 14 days until an operator redrives it from
 * the dead-letter queue, where it keeps its age, then some days on the work queue, where its age starts at zero.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-configure-dead-letter-queue-redrive.html
 */
function claimDays(queueDays: number): number {
  return DEAD_LETTER_DAYS + queueDays + 1;
}
