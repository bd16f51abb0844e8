import { CfnResource, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { PolicyDocument, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import {
  Bucket,
  type BucketNotificationDestinationConfig,
  BucketNotificationDestinationType,
  EventType,
} from 'aws-cdk-lib/aws-s3';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { allowBucketToInvoke, allowBucketToSend } from './bucket-permissions.ts';
import { LOG_SUFFIX, LogLocation, type LogLocationProps } from './log-location.ts';
import type { TrailSource } from './trail-source.ts';

export interface ExistingTrailBucketProps extends LogLocationProps {
  /** Name of the bucket. */
  readonly bucketName: string;
  /** ARN of the KMS key that encrypts the log objects. @default - no KMS key */
  readonly keyArn?: string;
  /** Days until log events of CDK's notification handler expire. @default RetentionDays.THREE_MONTHS */
  readonly logRetention?: RetentionDays;
  /** Customer key for the log group of the notification handler. @default - the key of CloudWatch Logs */
  readonly encryptionKey?: IKey;
}

/**
 * A bucket that an existing trail writes to. The stack changes only its notifications. Because S3 replaces
 * the entire notification configuration of a bucket, a custom resource of CDK merges new rules into the
 * existing ones.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketNotificationConfiguration.html
 */
export class ExistingTrailBucket extends Construct implements TrailSource {
  readonly bucketName: string;
  readonly bucketArn: string;
  readonly location: LogLocation;
  readonly keyArn?: string;
  readonly #props: ExistingTrailBucketProps;

  constructor(scope: Construct, id: string, props: ExistingTrailBucketProps) {
    super(scope, id);
    this.#props = props;
    this.bucketName = props.bucketName;
    this.bucketArn = `arn:${Stack.of(this).partition}:s3:::${props.bucketName}`;
    this.location = new LogLocation(props);
    this.keyArn = props.keyArn;
  }

  notifyQueue(queue: Queue): void {
    const permission = allowBucketToSend(queue, this.bucketArn);
    this.#notify({
      type: BucketNotificationDestinationType.QUEUE,
      arn: queue.queueArn,
      dependencies: [permission],
    });
  }

  notifyFunction(target: IFunction): void {
    const permission = allowBucketToInvoke(this, target, this.bucketArn);
    this.#notify({
      type: BucketNotificationDestinationType.LAMBDA,
      arn: target.functionArn,
      dependencies: [permission],
    });
  }

  /** Does nothing: the bucket's owner must turn on EventBridge notifications in the bucket. */
  notifyEventBridge(): void {}

  #notify(destination: BucketNotificationDestinationConfig): void {
    const logGroup = this.#newHandlerLog();
    const bucket = Bucket.fromBucketAttributes(this, 'Bucket', {
      bucketArn: this.bucketArn,
      notificationsHandlerRole: this.#newHandlerRole(logGroup).withoutPolicyUpdates(),
    });
    for (const prefix of this.location.notificationPrefixes) {
      bucket.addEventNotification(
        EventType.OBJECT_CREATED,
        { bind: () => destination },
        { prefix, suffix: LOG_SUFFIX },
      );
    }
    setHandlerLog(this, logGroup);
  }

  /** CloudFormation shortens long names, so the ARN of the default log group is unknown. */
  #newHandlerLog(): LogGroup {
    const { logRetention = RetentionDays.THREE_MONTHS, encryptionKey } = this.#props;
    return new LogGroup(this, 'HandlerLog', {
      retention: logRetention,
      encryptionKey,
      // It is of no use without the stack: the handler runs only when the stack changes.
      removalPolicy: RemovalPolicy.DESTROY,
    });
  }

  /** Replaces CDK's default role, which could change the notifications of every bucket. */
  #newHandlerRole({ logGroupArn }: LogGroup): Role {
    return new Role(this, 'HandlerRole', {
      description: 'Changes the notifications of one bucket',
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
      inlinePolicies: {
        MergeNotifications: new PolicyDocument({
          statements: [
            new PolicyStatement({
              actions: ['s3:GetBucketNotification', 's3:PutBucketNotification'],
              resources: [this.bucketArn],
            }),
            new PolicyStatement({
              actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
              resources: [logGroupArn],
            }),
          ],
        }),
      },
    });
  }
}

/** Sets the log group of CDK's notification handler, which has no property for it. */
function setHandlerLog(scope: Construct, { logGroupName }: LogGroup): void {
  const handler = Stack.of(scope)
    .node.children.find(({ node }) => node.id.startsWith('BucketNotificationsHandler'))
    ?.node.findChild('Resource');
  if (!(handler instanceof CfnResource)) throw new Error('the stack has no notification handler of CDK');
  handler.addPropertyOverride('LoggingConfig.LogGroup', logGroupName);
}
