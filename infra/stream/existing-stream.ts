import { Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { EventStream } from './event-stream.ts';

/** A delivery stream of this account and region that somebody else set up; nothing about it is changed. */
export function findStream(scope: Construct, deliveryStreamName: string): EventStream {
  return {
    deliveryStreamName,
    deliveryStreamArn: Stack.of(scope).formatArn({
      service: 'firehose',
      resource: 'deliverystream',
      resourceName: deliveryStreamName,
    }),
    // Which of them it has, nobody here knows; a metric that is not there breaks no alarm.
    destinations: ['S3', 'HttpEndpoint'],
  };
}
