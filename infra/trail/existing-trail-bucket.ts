import { ArnFormat, Stack } from 'aws-cdk-lib';
import { PolicyDocument, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import {
  Bucket,
  type BucketNotificationDestinationConfig,
  BucketNotificationDestinationType,
  EventType,
  type IBucket,
} from 'aws-cdk-lib/aws-s3';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { acknowledgeWildcards } from '../security/acknowledge.ts';
import { allowBucketToInvoke, allowBucketToSend } from './bucket-permissions.ts';
import { LOG_SUFFIX, LogLocation, type LogLocationProps } from './log-location.ts';
import type { TrailSource } from './trail-source.ts';

export interface ExistingTrailBucketProps extends LogLocationProps {
  /** Name of the bucket. */
  readonly bucketName: string;
  /** ARN of the KMS key that encrypts the log objects. @default - no KMS key */
  readonly keyArn?: string;
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

  constructor(scope: Construct, id: string, props: ExistingTrailBucketProps) {
    super(scope, id);
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
    const bucket = this.#importBucket();
    for (const prefix of this.location.notificationPrefixes) {
      bucket.addEventNotification(
        EventType.OBJECT_CREATED,
        { bind: () => destination },
        { prefix, suffix: LOG_SUFFIX },
      );
    }
  }

  #importBucket(): IBucket {
    return Bucket.fromBucketAttributes(this, 'Bucket', {
      bucketArn: this.bucketArn,
      notificationsHandlerRole: this.#newHandlerRole().withoutPolicyUpdates(),
    });
  }

  /** Replaces CDK's default role, which could change the notifications of every bucket. */
  #newHandlerRole(): Role {
    const logs = Stack.of(this).formatArn({
      service: 'logs',
      resource: 'log-group',
      resourceName: `/aws/lambda/${startOfName(Stack.of(this).stackName)}*`,
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    });
    const role = new Role(this, 'HandlerRole', {
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
              actions: ['logs:CreateLogGroup', 'logs:CreateLogStream', 'logs:PutLogEvents'],
              resources: [logs],
            }),
          ],
        }),
      },
    });
    acknowledgeWildcards(role, [logs], "CloudFormation generates the end of the handler's name.");
    return role;
  }
}

/**
 * Returns how the name of a function starts that CloudFormation generates. A function name has at most 64 characters, so
 * CloudFormation shortens a long stack name.
 */
function startOfName(stackName: string): string {
  return stackName.length <= SAFE_NAME_LENGTH ? `${stackName}-` : stackName.slice(0, SAFE_NAME_LENGTH);
}

/** 64 characters without a suffix of 12, two hyphens and an equally long logical ID. */
const SAFE_NAME_LENGTH = 24;
