import { Duration, type RemovalPolicy, Size } from 'aws-cdk-lib';
import type { Role } from 'aws-cdk-lib/aws-iam';
import {
  Compression,
  DeliveryStream,
  EnableLogging,
  HttpBackupMode,
  HttpEndpoint,
} from 'aws-cdk-lib/aws-kinesisfirehose';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { acknowledgeStreamMapping } from '../security/acknowledge.ts';
import { allowUnknownRegion } from './cidr-mapping.ts';
import { ERROR_FOLDER } from './event-bucket.ts';
import type { EventStream } from './event-stream.ts';
import { keepStream } from './keep-stream.ts';
import { encryptStream } from './stream-encryption.ts';
import { StreamRole } from './stream-role.ts';

export interface HttpStreamProps {
  /** HTTPS URL of the endpoint. */
  readonly url: string;
  /** ARN of a secret with `{"api_key":"…"}`, which Firehose sends as `X-Amz-Firehose-Access-Key`. */
  readonly secretArn: string;
  /** Bucket for events that the endpoint rejected. */
  readonly failedEvents: IBucket;
  /** Customer key of the stream, the rejected events, the error log and maybe the secret. @default - keys that AWS owns */
  readonly encryptionKey?: IKey;
  /** Longest time that Firehose buffers an event. @default Duration.seconds(60) */
  readonly bufferingInterval?: Duration;
  /**
   * Time that Firehose retries before it writes the events to the bucket.
   *
   * @default Duration.hours(2), the maximum
   */
  readonly retryDuration?: Duration;
  /** Days until events in the error log of Firehose expire. @default RetentionDays.THREE_MONTHS */
  readonly logRetention?: RetentionDays;
  /**
   * Another stream with the same properties, whose role and error log this one uses.
   *
   * @default - a role and an error log of its own
   */
  readonly sharedWith?: HttpStream;
  /**
   * What happens to the stream, its role and its error log when they leave the stack. A stream that
   * CloudFormation replaces is always kept.
   *
   * @default RemovalPolicy.RETAIN
   */
  readonly removalPolicy?: RemovalPolicy;
}

/** A delivery stream to an HTTP endpoint. Firehose writes rejected events to a bucket under `errors/`. */
export class HttpStream extends Construct implements EventStream {
  readonly deliveryStreamName: string;
  readonly deliveryStreamArn: string;
  readonly destinations = ['HttpEndpoint'];
  readonly bucket: IBucket;
  readonly errorLogGroupName: string;
  /** Role that Firehose delivers with. */
  readonly role: Role;

  constructor(scope: Construct, id: string, props: HttpStreamProps) {
    super(scope, id);
    const { url, secretArn, failedEvents, encryptionKey, removalPolicy } = props;
    // CDK names the log stream after the destination, so each delivery stream needs its own construct of the log group.
    const logGroup = props.sharedWith
      ? LogGroup.fromLogGroupName(this, 'Log', props.sharedWith.errorLogGroupName)
      : new LogGroup(this, 'Log', {
          retention: props.logRetention ?? RetentionDays.THREE_MONTHS,
          encryptionKey,
        });
    this.errorLogGroupName = logGroup.logGroupName;
    this.role =
      props.sharedWith?.role ??
      new StreamRole(this, 'Role', {
        bucketArn: failedEvents.bucketArn,
        folders: [ERROR_FOLDER],
        logGroup,
        encryptionKey,
        secretArn,
      }).role;
    const { role } = this;
    allowUnknownRegion(this);
    const stream = new DeliveryStream(this, 'Stream', {
      ...encryptStream(encryptionKey, role),
      destination: new HttpEndpoint({
        endpointConfig: { url, secret: Secret.fromSecretCompleteArn(this, 'Secret', secretArn) },
        role: role.withoutPolicyUpdates(),
        loggingConfig: new EnableLogging(logGroup),
        bufferingHints: {
          interval: props.bufferingInterval ?? Duration.seconds(60),
          size: Size.mebibytes(1),
        },
        retryOptions: { duration: props.retryDuration ?? Duration.hours(2) },
        backupMode: HttpBackupMode.FAILED,
        s3Backup: {
          bucket: failedEvents,
          compression: Compression.GZIP,
          encryptionKey,
          dataOutputPrefix: ERROR_FOLDER,
          errorOutputPrefix: `${ERROR_FOLDER}!{firehose:error-output-type}/day=!{timestamp:yyyy-MM-dd}/`,
          loggingConfig: new EnableLogging(logGroup),
        },
      }),
    });
    acknowledgeStreamMapping(this);
    keepStream(this, removalPolicy);
    this.deliveryStreamName = stream.deliveryStreamName;
    this.deliveryStreamArn = stream.deliveryStreamArn;
    this.bucket = failedEvents;
  }
}
