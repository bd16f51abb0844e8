import { PACKINGS, type Packing } from '../../../lambda/contract.ts';

const GIB = 1024 ** 3;
const MIB = 1024 ** 2;
const SECONDS_PER_DAY = 86_400;

/**
 * What an estimate assumes. Prices are those of us-east-1 in November 2026, in US dollars. `docs/deploy.md` has the
 * same ones.
 */
export const ASSUMED = {
  /** Stored bytes of CloudTrail per event: gzip of the sample records, in log objects of 53 events. */
  storedBytesPerEvent: 142,
  /** Bytes that a stream receives per million events, by packing: 3.0 KB per event, and gzip's 11.5 times less. */
  sentGibPerMillionEvents: { gzip: 0.25, lines: 2.85, single: 2.8 },
  /** What Firehose bills for them: each record rounded up to 5 KiB. https://aws.amazon.com/firehose/pricing/ */
  billedGibPerMillionEvents: { gzip: 0.25, lines: 2.85, single: 5.0 },
  firehosePerGib: 0.029,
  /** https://aws.amazon.com/lambda/pricing/ */
  lambdaSecondsPerObject: 0.2,
  lambdaGib: 1,
  lambdaPerGibSecond: 0.0000133,
  /** https://aws.amazon.com/s3/pricing/ */
  getPerMillion: 0.4,
  listPerMillion: 5,
  keysPerList: 1_000,
  /** Three requests per message of up to 100 objects. https://aws.amazon.com/sqs/pricing/ */
  sqsRequestsPerObject: 3 / 100,
  sqsPerMillion: 0.4,
} as const;

/**
 * Regions where a stream of direct PUT receives 5 MiB/s by default; in all others 1 MiB/s:
 * https://docs.aws.amazon.com/firehose/latest/dev/limits.html
 */
const FAST_REGIONS = new Set(['us-east-1', 'us-west-2', 'eu-west-1']);

/** Returns the default quota of one stream, in bytes per second. */
export function streamQuota(region: string): number {
  return (FAST_REGIONS.has(region) ? 5 : 1) * MIB;
}

export interface Estimate {
  readonly events: number;
  /** Bytes per second of the stream. */
  readonly quota: number;
  readonly packings: readonly PackingEstimate[];
}

export interface PackingEstimate {
  readonly packing: Packing;
  readonly sentBytes: number;
  readonly days: number;
  /** US dollars of all services together. */
  readonly dollars: number;
}

/** Estimates time and money of a backfill, for each packing. */
export function estimate(objects: number, storedBytes: number, region: string): Estimate {
  const events = Math.round(storedBytes / ASSUMED.storedBytesPerEvent);
  const quota = streamQuota(region);
  const millions = events / 1e6;
  const packings = [...PACKINGS].reverse().map((packing): PackingEstimate => {
    const sentBytes = millions * ASSUMED.sentGibPerMillionEvents[packing] * GIB;
    const firehose = millions * ASSUMED.billedGibPerMillionEvents[packing] * ASSUMED.firehosePerGib;
    return {
      packing,
      sentBytes,
      days: sentBytes / quota / SECONDS_PER_DAY,
      dollars: firehose + dollarsOfObjects(objects),
    };
  });
  return { events, quota, packings };
}

/** Returns what the objects cost with every packing: Lambda, GET, LIST and SQS. */
function dollarsOfObjects(objects: number): number {
  const { lambdaSecondsPerObject, lambdaGib, lambdaPerGibSecond } = ASSUMED;
  const { getPerMillion, listPerMillion, keysPerList, sqsRequestsPerObject, sqsPerMillion } = ASSUMED;
  const perMillionObjects =
    getPerMillion + listPerMillion / keysPerList + sqsRequestsPerObject * sqsPerMillion;
  return objects * (lambdaSecondsPerObject * lambdaGib * lambdaPerGibSecond + perMillionObjects / 1e6);
}

/** Returns the price of counting `objects` keys, in US dollars. */
export function dollarsOfListing(objects: number): number {
  return ((objects / ASSUMED.keysPerList) * ASSUMED.listPerMillion) / 1e6;
}
