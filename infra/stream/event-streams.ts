import type { IBucket } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { packingOf } from '../settings/packing.ts';
import type { PipelineSettings } from '../settings/settings.ts';
import { createStreams, type OneOrMore } from './create-streams.ts';
import type { EventStream } from './event-stream.ts';
import { findStream } from './existing-stream.ts';
import { HttpStream } from './http-stream.ts';
import { S3Stream, type S3StreamProps } from './s3-stream.ts';
import { streamId } from './stream-id.ts';

/** What all new streams have in common. */
export type StreamOptions = Pick<S3StreamProps, 'encryptionKey' | 'logRetention' | 'removalPolicy'>;

/**
 * Creates the streams of the chosen destination, or refers to existing ones.
 *
 * @param findBucket returns the bucket for the events, or for those that an endpoint rejects. Existing streams need none
 */
export function createEventStreams(
  scope: Construct,
  settings: PipelineSettings,
  options: StreamOptions,
  findBucket: () => IBucket,
): OneOrMore<EventStream> {
  const { destination = 's3', deliveryStreamName, httpEndpointUrl, httpSecretArn, streams = 1 } = settings;
  if (destination === 'stream' && deliveryStreamName !== undefined) {
    const [first = '', ...more] = deliveryStreamName.split(',');
    return [findStream(scope, first), ...more.map((name) => findStream(scope, name))];
  }
  const id = idOf(settings);
  const bucket = findBucket();
  if (destination === 'http' && httpEndpointUrl !== undefined && httpSecretArn !== undefined) {
    const endpoint = { url: httpEndpointUrl, secretArn: httpSecretArn, failedEvents: bucket };
    return createStreams(streams, id, (id, sharedWith?: HttpStream) => {
      return new HttpStream(scope, id, { ...options, ...endpoint, sharedWith });
    });
  }
  const target = { bucket, packing: packingOf(settings) };
  return createStreams(streams, id, (id, sharedWith?: S3Stream) => {
    return new S3Stream(scope, id, { ...options, ...target, sharedWith });
  });
}

/** Creates a second stream to the event bucket, because quotas are per stream; `undefined` for other destinations. */
export function createBackfillStream(
  scope: Construct,
  settings: PipelineSettings,
  options: StreamOptions,
  { bucket }: EventStream,
): EventStream | undefined {
  const { destination = 's3' } = settings;
  if (destination !== 's3' || !bucket) return undefined;
  const target = { bucket, packing: packingOf(settings) };
  return new S3Stream(scope, `${idOf(settings)}OfBackfill`, { ...options, ...target });
}

function idOf(settings: PipelineSettings): string {
  return streamId(settings.destination ?? 's3', packingOf(settings));
}
