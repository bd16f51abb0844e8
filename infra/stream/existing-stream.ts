import { Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { EventStream } from './event-stream.ts';

/** Refers to an existing delivery stream of this account and region, without changing it. */
export function findStream(scope: Construct, deliveryStreamName: string): EventStream {
  return {
    deliveryStreamName,
    deliveryStreamArn: Stack.of(scope).formatArn({
      service: 'firehose',
      resource: 'deliverystream',
      resourceName: deliveryStreamName,
    }),
    // The destination of the stream is unknown here. An alarm on a metric without data stays OK.
    destinations: ['S3', 'HttpEndpoint'],
  };
}
