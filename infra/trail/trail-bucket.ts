import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import {
  BlockPublicAccess,
  Bucket,
  CfnBucket,
  type IBucket,
  type ObjectLockRetention,
} from 'aws-cdk-lib/aws-s3';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { encryptBucket } from '../security/customer-key.ts';
import { keepBucketPolicy } from '../security/keep-bucket.ts';
import { allowBucketToInvoke, allowBucketToSend } from './bucket-permissions.ts';
import { LOG_SUFFIX, type LogLocation } from './log-location.ts';

export interface TrailBucketProps {
  /** ARN of the only trail that can write to the bucket. */
  readonly trailArn: string;
  /** Location of the log objects in the bucket. */
  readonly location: LogLocation;
  /** Bucket for the server access logs. */
  readonly accessLogs: IBucket;
  /** Customer key. @default - S3's own key */
  readonly encryptionKey?: IKey;
  /** How long nobody can delete a version of a log object. @default - no Object Lock */
  readonly objectLock?: ObjectLockRetention;
  /** Days until log objects expire; 0 keeps them indefinitely. @default 0 */
  readonly retentionDays?: number;
  /** What happens to the bucket when the stack is deleted. @default RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE */
  readonly removalPolicy?: RemovalPolicy;
}

/**
 * The bucket of a new trail. Its name is fixed, so each policy can name its exact ARN, and its notifications
 * need no custom resource with another function and role. A kept bucket blocks a new one with its name:
 * "After a failed first deploy" in docs/deploy.md.
 */
export class TrailBucket extends Construct {
  readonly bucketName: string;
  readonly bucketArn: string;
  readonly bucket: Bucket;
  readonly #resource: CfnBucket;
  readonly #location: LogLocation;

  constructor(scope: Construct, id: string, props: TrailBucketProps) {
    super(scope, id);
    const {
      location,
      accessLogs,
      retentionDays = 0,
      removalPolicy = RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
    } = props;
    this.#location = location;
    this.bucketName = nameTrailBucket(this);
    this.bucketArn = `arn:${Stack.of(this).partition}:s3:::${this.bucketName}`;
    this.bucket = new Bucket(this, 'Bucket', {
      bucketName: this.bucketName,
      ...encryptBucket(props.encryptionKey),
      // CloudTrail's encryption context, a condition of the key's policy, needs a data key per object.
      bucketKeyEnabled: props.encryptionKey && false,
      enforceSSL: true,
      minimumTLSVersion: 1.2,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      // Keeps overwritten and deleted log objects as evidence.
      versioned: true,
      serverAccessLogsBucket: accessLogs,
      serverAccessLogsPrefix: 'trail/',
      objectLockDefaultRetention: props.objectLock,
      lifecycleRules: [
        { id: 'Unfinished', abortIncompleteMultipartUploadAfter: Duration.days(7) },
        ...(retentionDays > 0
          ? [
              {
                id: 'Retention',
                expiration: Duration.days(retentionDays),
                noncurrentVersionExpiration: Duration.days(30),
              },
            ]
          : []),
      ],
      removalPolicy,
    });
    keepBucketPolicy(this.bucket, removalPolicy);
    this.#resource = cfnBucketOf(this.bucket);
    this.#allowCloudTrail(props.trailArn);
  }

  notifyQueue(queue: Queue): void {
    const permission = allowBucketToSend(queue, this.bucketArn);
    this.#resource.notificationConfiguration = {
      queueConfigurations: this.#rules().map((rule) => ({ ...rule, queue: queue.queueArn })),
    };
    this.#resource.node.addDependency(permission);
  }

  notifyFunction(target: IFunction): void {
    const permission = allowBucketToInvoke(this, target, this.bucketArn);
    this.#resource.notificationConfiguration = {
      lambdaConfigurations: this.#rules().map((rule) => ({ ...rule, function: target.functionArn })),
    };
    this.#resource.node.addDependency(permission);
  }

  notifyEventBridge(): void {
    this.#resource.notificationConfiguration = {
      eventBridgeConfiguration: { eventBridgeEnabled: true },
    };
  }

  /** CloudTrail uses single and multipart uploads, so the rules cover every `ObjectCreated` event. */
  #rules() {
    return this.#location.notificationPrefixes.map((prefix) => ({
      event: 's3:ObjectCreated:*',
      filter: {
        s3Key: {
          rules: [
            { name: 'prefix', value: prefix },
            { name: 'suffix', value: LOG_SUFFIX },
          ],
        },
      },
    }));
  }

  /** https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-s3-bucket-policy-for-cloudtrail.html */
  #allowCloudTrail(trailArn: string): void {
    const principals = [new ServicePrincipal('cloudtrail.amazonaws.com')];
    const fromTrail = { 'aws:SourceArn': trailArn };
    this.bucket.addToResourcePolicy(
      new PolicyStatement({
        sid: 'CloudTrailLooksAtTheBucket',
        principals,
        actions: ['s3:GetBucketAcl'],
        resources: [this.bucketArn],
        conditions: { StringEquals: fromTrail },
      }),
    );
    this.bucket.addToResourcePolicy(
      new PolicyStatement({
        sid: 'CloudTrailWritesItsLogs',
        principals,
        actions: ['s3:PutObject'],
        resources: this.#location.written.map((key) => `${this.bucketArn}/${key}`),
        conditions: { StringEquals: { ...fromTrail, 's3:x-amz-acl': 'bucket-owner-full-control' } },
      }),
    );
  }
}

/** Returns a bucket name that is unique across accounts because it contains the account ID. */
export function nameTrailBucket(scope: Construct): string {
  const { stackName, account, region } = Stack.of(scope);
  return `${stackName.toLowerCase()}-trail-${account}-${region}`;
}

function cfnBucketOf({ node: { defaultChild } }: Bucket): CfnBucket {
  if (defaultChild instanceof CfnBucket) return defaultChild;
  throw new Error('the bucket has no CfnBucket as default child');
}
