import type { Packing } from '../../lambda/contract.ts';
import type { Destination } from '../settings/settings.ts';

/**
 * The packing that is cheapest and still right for a destination.
 *
 * `gzip` for a bucket of our own: the object is the records one after the other, which is one valid `.gz` file,
 * and a tenth of the bytes goes through the stream, whose quota is 1 MiB/s in most regions.
 * `single` for an HTTP endpoint: it gets each Firehose record as one event.
 * `lines` for a stream somebody else set up: right for S3 and for whatever reads lines, whichever it is; with
 * its own compression switched on, gzip would come out packed twice.
 */
export function choosePacking(destination: Destination): Packing {
  return ({ s3: 'gzip', http: 'single', stream: 'lines' } as const)[destination];
}
