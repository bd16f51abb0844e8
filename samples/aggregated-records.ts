import { type Json, toJsonText } from './json-text.ts';
import { createRandom } from './random.ts';
import { bucketNames, roleNames } from './world.ts';

export interface AggregatedOptions {
  readonly seed: number;
  readonly count: number;
  readonly accountId: string;
  readonly region: string;
}

const WINDOW_MS = 300_000;
const firstWindow = Date.UTC(2026, 10, 3, 8, 0);

/**
 * Renders records that each summarize five minutes of data events:
 * https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-aggregated-events.html
 */
export function aggregatedRecords({ seed, count, accountId, region }: AggregatedOptions): string[] {
  const random = createRandom(seed);
  const counted = (names: readonly string[]): Json =>
    names.map((name) => ({ name, value: random.int(1, 4_000) }));
  return Array.from({ length: count }, (_, index) => {
    const windowStart = new Date(firstWindow + index * WINDOW_MS);
    const byResource = index % 2 === 1;
    const resource = `arn:aws:s3:::${random.pick(bucketNames)}`;
    return toJsonText({
      eventVersion: '1.0',
      accountId,
      eventId: random.uuid(),
      eventCategory: 'Aggregated',
      eventType: 'AwsAggregatedEvent',
      awsRegion: region,
      eventSource: 's3.amazonaws.com',
      timeWindow: {
        windowStart: `${windowStart.toISOString().slice(0, 19)}Z`,
        windowEnd: `${new Date(windowStart.getTime() + WINDOW_MS).toISOString().slice(0, 19)}Z`,
        windowSize: 'PT5M',
      },
      summary: {
        primaryDimension: {
          dimension: byResource ? 'resourceARN' : 'eventName',
          statistics: counted([byResource ? resource : 'GetObject']),
        },
        details: [
          {
            dimension: 'userIdentity',
            statistics: counted([`arn:aws:sts::${accountId}:assumed-role/${random.pick(roleNames)}/batch`]),
          },
          { dimension: 'sourceIpAddress', statistics: counted([`192.0.2.${random.int(1, 254)}`]) },
          ...(byResource ? [] : [{ dimension: 'errorCode', statistics: counted(['AccessDenied']) }]),
        ],
      },
    });
  });
}
