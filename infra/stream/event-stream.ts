import type { IBucket } from 'aws-cdk-lib/aws-s3';

/** A new or existing delivery stream. */
export interface EventStream {
  /** Name of the stream. */
  readonly deliveryStreamName: string;
  /** ARN of the stream. */
  readonly deliveryStreamArn: string;
  /**
   * Destination names in its metrics: `S3` for `DeliveryToS3.Success`, `HttpEndpoint` for an HTTP endpoint.
   */
  readonly destinations: readonly string[];
  /**
   * Bucket for the events, or for undelivered events of an HTTP endpoint.
   *
   * @default - unknown, for an existing stream
   */
  readonly bucket?: IBucket;
  /**
   * Log group of delivery errors.
   *
   * @default - unknown, for an existing stream
   */
  readonly errorLogGroupName?: string;
}
