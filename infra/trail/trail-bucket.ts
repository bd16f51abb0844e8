import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { BlockPublicAccess, Bucket, BucketEncryption, CfnBucket, type IBucket } from 'aws-cdk-lib/aws-s3';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { allowBucketToInvoke, allowBucketToSend } from './bucket-permissions.ts';
import { LOG_SUFFIX, type LogLocation } from './log-location.ts';

export interface TrailBucketProps {
  /** The one trail that may write. */
  readonly trailArn: string;
  readonly location: LogLocation;
  /** Gets the server access logs. */
  readonly accessLogs: IBucket;
  /** Days after which a log object is dropped; 0 keeps it for ever. @default 0 */
  readonly retentionDays?: number;
  /** What becomes of the bucket with the stack. @default RemovalPolicy.RETAIN */
  readonly removalPolicy?: RemovalPolicy;
}

/**
 * The bucket of a new trail. Its name is given, not generated: so each policy can name its exact ARN, its
 * notifications stand in the bucket itself rather than in a custom resource with a function and a role of its
 * own, and a bucket kept by `cdk destroy` is taken over again by `cdk deploy --import-existing-resources`.
 */
export class TrailBucket extends Construct {
  readonly bucketName: string;
  readonly bucketArn: string;
  readonly bucket: Bucket;
  readonly #resource: CfnBucket;
  readonly #location: LogLocation;

  constructor(scope: Construct, id: string, props: TrailBucketProps) {
    super(scope, id);
    const { location, accessLogs, retentionDays = 0, removalPolicy = RemovalPolicy.RETAIN } = props;
    this.#location = location;
    this.bucketName = nameTrailBucket(this);
    this.bucketArn = `arn:${Stack.of(this).partition}:s3:::${this.bucketName}`;
    this.bucket = new Bucket(this, 'Bucket', {
      bucketName: this.bucketName,
      encryption: BucketEncryption.S3_MANAGED,
      enforceSSL: true,
      minimumTLSVersion: 1.2,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      // A log object that is overwritten or deleted stays as evidence.
      versioned: true,
      serverAccessLogsBucket: accessLogs,
      serverAccessLogsPrefix: 'trail/',
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

  /** CloudTrail uploads in one piece or in parts, so any kind of creation counts. */
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

/** Unlike any other account's by the account number in it. */
export function nameTrailBucket(scope: Construct): string {
  const { stackName, account, region } = Stack.of(scope);
  return `${stackName.toLowerCase()}-trail-${account}-${region}`;
}

function cfnBucketOf({ node: { defaultChild } }: Bucket): CfnBucket {
  if (defaultChild instanceof CfnBucket) return defaultChild;
  throw new Error('the bucket has no resource of its own');
}
