import { Duration, type RemovalPolicy, Size } from 'aws-cdk-lib';
import type { Role } from 'aws-cdk-lib/aws-iam';
import {
  AppendDelimiterToRecordProcessor,
  Compression,
  DeliveryStream,
  EnableLogging,
  S3Bucket,
} from 'aws-cdk-lib/aws-kinesisfirehose';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import type { Packing } from '../../lambda/contract.ts';
import { acknowledgeStreamMapping } from '../security/acknowledge.ts';
import { allowUnknownRegion } from './cidr-mapping.ts';
import { ERROR_FOLDER, EVENT_FOLDER } from './event-bucket.ts';
import type { EventStream } from './event-stream.ts';
import { keepStream } from './keep-stream.ts';
import { encryptStream } from './stream-encryption.ts';
import { StreamRole } from './stream-role.ts';

export interface S3StreamProps {
  /** Bucket for the events. */
  readonly bucket: IBucket;
  /** How events become Firehose records. */
  readonly packing: Packing;
  /** Customer key of the stream, its objects and its error log. @default - keys that AWS owns */
  readonly encryptionKey?: IKey;
  /** Prefix of the objects, with a slash at the end. @default events/ */
  readonly folder?: string;
  /** Prefix of what Firehose cannot deliver, with a slash at the end. @default errors/ */
  readonly errorFolder?: string;
  /** Longest time that Firehose buffers an event. @default Duration.seconds(60) */
  readonly bufferingInterval?: Duration;
  /** Days until events in the error log of Firehose expire. @default RetentionDays.THREE_MONTHS */
  readonly logRetention?: RetentionDays;
  /**
   * Another stream with the same properties, whose role and error log this one uses.
   *
   * @default - a role and an error log of its own
   */
  readonly sharedWith?: S3Stream;
  /**
   * What happens to the stream, its role and its error log when they leave the stack. A stream that
   * CloudFormation replaces is always kept.
   *
   * @default RemovalPolicy.RETAIN
   */
  readonly removalPolicy?: RemovalPolicy;
}

/** A delivery stream to a bucket: gzipped JSON Lines as `events/day=2026-11-03/hour=08/….json.gz`. */
export class S3Stream extends Construct implements EventStream {
  readonly deliveryStreamName: string;
  readonly deliveryStreamArn: string;
  readonly destinations = ['S3'];
  readonly bucket: IBucket;
  readonly errorLogGroupName: string;
  /** Role that Firehose delivers with. */
  readonly role: Role;

  constructor(scope: Construct, id: string, props: S3StreamProps) {
    super(scope, id);
    const { bucket, packing, encryptionKey, removalPolicy } = props;
    const { folder = EVENT_FOLDER, errorFolder = ERROR_FOLDER } = props;
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
        bucketArn: bucket.bucketArn,
        folders: [folder, errorFolder],
        logGroup,
        encryptionKey,
      }).role;
    const { role } = this;
    allowUnknownRegion(this);
    const stream = new DeliveryStream(this, 'Stream', {
      ...encryptStream(encryptionKey, role),
      destination: new S3Bucket(bucket, {
        ...outputFormat(packing),
        encryptionKey,
        role: role.withoutPolicyUpdates(),
        loggingConfig: new EnableLogging(logGroup),
        bufferingInterval: props.bufferingInterval ?? Duration.seconds(60),
        bufferingSize: Size.mebibytes(64),
        // Arrival time in UTC. `day` and `hour` are the partitions of the tables.
        dataOutputPrefix: `${folder}day=!{timestamp:yyyy-MM-dd}/hour=!{timestamp:HH}/`,
        errorOutputPrefix: `${errorFolder}!{firehose:error-output-type}/day=!{timestamp:yyyy-MM-dd}/`,
        fileExtension: '.json.gz',
      }),
    });
    acknowledgeStreamMapping(this);
    keepStream(this, removalPolicy);
    this.deliveryStreamName = stream.deliveryStreamName;
    this.deliveryStreamArn = stream.deliveryStreamArn;
    this.bucket = bucket;
  }
}

/**
 * Makes each object one gzip file with one event per line. Firehose must not compress records that are gzip
 * members: concatenated, they already are a valid `.gz` file.
 * https://www.rfc-editor.org/rfc/rfc1952#section-2.2
 */
function outputFormat(packing: Packing) {
  switch (packing) {
    case 'gzip':
      return { compression: Compression.UNCOMPRESSED };
    case 'lines':
      return { compression: Compression.GZIP };
    case 'single':
      return { compression: Compression.GZIP, processors: [new AppendDelimiterToRecordProcessor()] };
  }
}
