import { type RemovalPolicy, Stack } from 'aws-cdk-lib';
import { CfnTrail } from 'aws-cdk-lib/aws-cloudtrail';
import { ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { EncryptedTopic } from '../security/encrypted-topic.ts';
import { LogLocation, type LogLocationProps } from './log-location.ts';
import { TrailBucket } from './trail-bucket.ts';
import { TrailKey } from './trail-key.ts';
import type { TrailSource } from './trail-source.ts';

export interface NewTrailProps extends LogLocationProps {
  /** Gets the server access logs of the trail's bucket. */
  readonly accessLogs: IBucket;
  /** Has the trail write Insight events. @default false */
  readonly insights?: boolean;
  /** A key of its own for the log objects. @default false: S3's own keys */
  readonly encrypt?: boolean;
  /** A topic that CloudTrail tells of new log objects. @default false */
  readonly withTopic?: boolean;
  /** Days after which a log object is dropped; 0 keeps it for ever. @default 0 */
  readonly retentionDays?: number;
  /** Of bucket and key. @default RemovalPolicy.RETAIN */
  readonly removalPolicy?: RemovalPolicy;
}

/** A new multi-region trail of management events with file validation, and the bucket it writes to. */
export class NewTrail extends Construct implements TrailSource {
  readonly bucketName: string;
  readonly bucketArn: string;
  readonly location: LogLocation;
  readonly keyArn?: string;
  readonly topicArn?: string;
  readonly #bucket: TrailBucket;

  constructor(scope: Construct, id: string, props: NewTrailProps) {
    super(scope, id);
    const { accessLogs, encrypt, withTopic, retentionDays, removalPolicy } = props;
    const stack = Stack.of(this);
    // A given name, so that the policies of bucket, key and topic can name the trail's ARN.
    const trailName = `${stack.stackName}-trail`;
    const trailArn = stack.formatArn({ service: 'cloudtrail', resource: 'trail', resourceName: trailName });
    this.location = new LogLocation(props);
    this.#bucket = new TrailBucket(this, 'Logs', {
      trailArn,
      location: this.location,
      accessLogs,
      retentionDays,
      removalPolicy,
    });
    this.bucketName = this.#bucket.bucketName;
    this.bucketArn = this.#bucket.bucketArn;
    if (encrypt) this.keyArn = new TrailKey(this, 'Key', { trailArn, removalPolicy }).key.keyArn;
    const topic = withTopic ? newTrailTopic(this, trailArn) : undefined;
    this.topicArn = topic?.topicArn;

    const trail = new CfnTrail(this, 'Trail', {
      trailName,
      s3BucketName: this.bucketName,
      s3KeyPrefix: props.keyPrefix,
      isLogging: true,
      isMultiRegionTrail: true,
      includeGlobalServiceEvents: true,
      enableLogFileValidation: true,
      isOrganizationTrail: props.organizationId !== undefined,
      kmsKeyId: this.keyArn,
      snsTopicName: topic?.topicName,
      insightSelectors: props.insights
        ? [{ insightType: 'ApiCallRateInsight' }, { insightType: 'ApiErrorRateInsight' }]
        : undefined,
    });
    // CloudTrail tries bucket and topic before it accepts them.
    trail.node.addDependency(this.#bucket);
    if (topic) trail.node.addDependency(topic);
  }

  notifyQueue(queue: Queue): void {
    this.#bucket.notifyQueue(queue);
  }

  notifyFunction(target: IFunction): void {
    this.#bucket.notifyFunction(target);
  }

  notifyEventBridge(): void {
    this.#bucket.notifyEventBridge();
  }
}

/**
 * The topic names the trail; for its key, which is used for nothing else, CloudTrail's page knows no condition.
 * https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-permissions-for-sns-notifications.html
 */
function newTrailTopic(scope: Construct, trailArn: string) {
  const { topic } = new EncryptedTopic(scope, 'Topic', {
    publisher: new ServicePrincipal('cloudtrail.amazonaws.com'),
    conditions: { StringEquals: { 'aws:SourceArn': trailArn } },
  });
  return topic;
}
