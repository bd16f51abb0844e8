import type { IBucket } from 'aws-cdk-lib/aws-s3';

/** A delivery stream, new or existing, and what can be watched of it. */
export interface EventStream {
  readonly deliveryStreamName: string;
  readonly deliveryStreamArn: string;
  /** How its metrics call where it delivers to: `DeliveryToS3.Success`, `DeliveryToHttpEndpoint.Success`. */
  readonly destinations: readonly string[];
  /** Where the events end up, or those that could not be delivered. */
  readonly bucket?: IBucket;
}
