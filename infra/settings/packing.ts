import type { Packing } from '../../lambda/contract.ts';
import type { Destination, PipelineSettings } from './settings.ts';

/**
 * Returns the cheapest packing that a destination can read.
 *
 * `gzip` for a new stream to S3: Firehose concatenates the records to one valid `.gz` file. It sends a tenth
 * of the bytes through the stream, whose quota is 1 MiB/s in most regions.
 * `single` for an HTTP endpoint, which reads each Firehose record as one event.
 * `lines` for an existing stream: S3 and any reader of lines can use it. If that stream compresses its
 * output, `gzip` would be compressed twice.
 */
export function choosePacking(destination: Destination): Packing {
  return ({ s3: 'gzip', http: 'single', stream: 'lines' } as const)[destination];
}

export function packingOf({ packing, destination = 's3' }: PipelineSettings): Packing {
  return packing ?? choosePacking(destination);
}

/**
 * A stream that the stack does not know may deaggregate records, which is limited to 500 per record:
 * https://docs.aws.amazon.com/firehose/latest/dev/dynamic-partitioning-multirecord-deaggergation.html
 */
export function maxEventsPerRecordOf(settings: PipelineSettings): number | undefined {
  const mayDeaggregate = settings.destination === 'stream' && packingOf(settings) === 'lines';
  return settings.maxEventsPerRecord ?? (mayDeaggregate ? 500 : undefined);
}
