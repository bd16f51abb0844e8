import { Lazy, type RemovalPolicy, Stack } from 'aws-cdk-lib';
import { CfnTrail } from 'aws-cdk-lib/aws-cloudtrail';
import { ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { IBucket, ObjectLockRetention } from 'aws-cdk-lib/aws-s3';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct, type IConstruct } from 'constructs';
import { EncryptedTopic } from '../security/encrypted-topic.ts';
import { createTrailCommand, type TrailOptions } from './create-trail-command.ts';
import { type ArnPrefixes, type EventSelectorProps, selectEvents } from './event-selectors.ts';
import { LogLocation, type LogLocationProps } from './log-location.ts';
import { TrailBucket } from './trail-bucket.ts';
import { TrailKey } from './trail-key.ts';
import type { TrailSource } from './trail-source.ts';

export interface NewTrailProps extends LogLocationProps, EventSelectorProps {
  /** Bucket for the server access logs of the trail bucket. */
  readonly accessLogs: IBucket;
  /** Records Insights events. @default false */
  readonly insights?: boolean;
  /** Encrypts the log objects with a new KMS key instead of SSE-S3. @default false */
  readonly encrypt?: boolean;
  /** Customer key of the log objects, unless `encrypt` creates one. @default - SSE-S3 */
  readonly encryptionKey?: IKey;
  /** How long nobody can delete a version of a log object. @default - no Object Lock */
  readonly objectLock?: ObjectLockRetention;
  /** Creates a topic that CloudTrail notifies of new log objects. @default false */
  readonly withTopic?: boolean;
  /** Days until log objects expire; 0 keeps them indefinitely. @default 0 */
  readonly retentionDays?: number;
  /**
   * What happens to the bucket and key when the stack is deleted.
   *
   * @default RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE
   */
  readonly removalPolicy?: RemovalPolicy;
}

/** A new multi-region trail, of management events unless it gets selectors, with log file validation, and its bucket. */
export class NewTrail extends Construct implements TrailSource {
  readonly bucketName: string;
  readonly bucketArn: string;
  readonly location: LogLocation;
  readonly keyArn?: string;
  readonly topicArn?: string;
  readonly trailArn: string;
  readonly #bucket: TrailBucket;
  /** Commands that create the trail, if it belongs to another account. @default - the stack creates it */
  readonly createCommand?: string;
  readonly #trail: CfnTrail | undefined;
  #own: ArnPrefixes = {};

  constructor(scope: Construct, id: string, props: NewTrailProps) {
    super(scope, id);
    const { accessLogs, encrypt, withTopic, retentionDays, removalPolicy } = props;
    const stack = Stack.of(this);
    // With a fixed name, the policies of the bucket, key and topic can name the trail's ARN.
    const trailName = `${stack.stackName}-trail`;
    // An organization trail belongs to the management account, even if a delegated administrator creates it.
    // https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-delegated-administrator.html
    const trailArn = stack.formatArn({
      service: 'cloudtrail',
      resource: 'trail',
      resourceName: trailName,
      account: props.managementAccount,
    });
    this.location = new LogLocation(props);
    this.#bucket = new TrailBucket(this, 'Logs', {
      trailArn,
      location: this.location,
      accessLogs,
      encryptionKey: encrypt ? undefined : props.encryptionKey,
      objectLock: props.objectLock,
      retentionDays,
      removalPolicy,
    });
    this.bucketName = this.#bucket.bucketName;
    this.bucketArn = this.#bucket.bucketArn;
    this.trailArn = trailArn;
    this.keyArn = encrypt
      ? new TrailKey(this, 'Key', { trailArn, trailAccount: props.managementAccount, removalPolicy }).key
          .keyArn
      : props.encryptionKey?.keyArn;
    const topic = withTopic ? newTrailTopic(this, trailArn) : undefined;
    this.topicArn = topic?.topicArn;

    const selectors = () => selectEvents(props, this.#own);
    const options: TrailOptions = {
      trailName,
      s3BucketName: this.bucketName,
      s3KeyPrefix: props.keyPrefix,
      kmsKeyId: this.keyArn,
      snsTopicName: topic?.topicName,
      insightSelectors: props.insights
        ? [{ insightType: 'ApiCallRateInsight' }, { insightType: 'ApiErrorRateInsight' }]
        : undefined,
    };
    if (props.managementAccount !== undefined && props.managementAccount !== stack.account) {
      const foreign = { ...options, snsTopicName: topic?.topicArn };
      this.createCommand = Lazy.string({
        produce: () => createTrailCommand(this, trailArn, foreign, selectors()),
      });
      return;
    }
    this.#trail = new CfnTrail(this, 'Trail', {
      ...options,
      isLogging: true,
      isMultiRegionTrail: true,
      includeGlobalServiceEvents: true,
      enableLogFileValidation: true,
      isOrganizationTrail: props.organizationId !== undefined,
      advancedEventSelectors: Lazy.any({ produce: selectors }),
    });
    // CloudTrail tests its access to the bucket and topic when the trail is created.
    this.#trail.node.addDependency(this.#bucket);
    if (topic) this.#trail.node.addDependency(topic);
  }

  /** Leaves the data events of these resources out: those of the pipeline itself. */
  leaveOut(own: ArnPrefixes): void {
    this.#own = own;
  }

  /**
   * Creates the trail after other parts of the stack. If one of them fails, the bucket is still empty, so the
   * rollback can delete it and the next deployment can create it again.
   */
  createTrailAfter(parts: readonly IConstruct[]): void {
    this.#trail?.node.addDependency(...parts);
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
 * Only this trail can publish. CloudTrail documents no condition for the key, which only this topic uses.
 * https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-permissions-for-sns-notifications.html
 */
function newTrailTopic(scope: Construct, trailArn: string) {
  const { topic } = new EncryptedTopic(scope, 'Topic', {
    publisher: new ServicePrincipal('cloudtrail.amazonaws.com'),
    conditions: { StringEquals: { 'aws:SourceArn': trailArn } },
  });
  return topic;
}
