import { Duration } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { RECEIPT_ERROR_FOLDER, RECEIPT_FOLDER } from '../stream/event-bucket.ts';
import { S3Stream, type S3StreamProps } from '../stream/s3-stream.ts';

export type ReceiptStreamProps = Pick<
  S3StreamProps,
  'bucket' | 'encryptionKey' | 'logRetention' | 'removalPolicy'
>;

/**
 * The delivery stream of receipts, which tell what became of each log object. A stream of their own, so they need no
 * quota of the events' stream, whose destination may be anything. Firehose buffers them for 15 minutes, the maximum:
 * each object in S3 costs a request.
 * https://docs.aws.amazon.com/firehose/latest/APIReference/API_BufferingHints.html
 */
export class ReceiptStream extends Construct {
  readonly deliveryStreamName: string;
  readonly deliveryStreamArn: string;
  /** `s3://bucket/receipts/` */
  readonly location: string;

  constructor(scope: Construct, id: string, props: ReceiptStreamProps) {
    super(scope, id);
    const stream = new S3Stream(this, 'Stream', {
      ...props,
      packing: 'lines',
      folder: RECEIPT_FOLDER,
      errorFolder: RECEIPT_ERROR_FOLDER,
      bufferingInterval: Duration.minutes(15),
    });
    this.deliveryStreamName = stream.deliveryStreamName;
    this.deliveryStreamArn = stream.deliveryStreamArn;
    this.location = props.bucket.s3UrlForObject(RECEIPT_FOLDER);
  }
}
