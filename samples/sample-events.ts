import type { Json } from './json-text.ts';
import { logObjectKey } from './log-object-key.ts';
import { createRandom } from './random.ts';
import { type NotifiedObject, notificationRecord, testEvent } from './s3-notification.ts';
import { type SampleObject, sampleBucket } from './sample-objects.ts';
import { accountIds } from './world.ts';

/** A sample object and its committed bytes, which determine size and eTag in a notification. */
export interface CommittedSample {
  readonly sample: SampleObject;
  readonly bytes: Buffer;
}

type Change = Partial<Omit<NotifiedObject, 'bucket' | 'key'>>;

/** Builds the S3 notifications in `events/`, by file name without `.json`. */
export function sampleEvents(committed: readonly CommittedSample[]): ReadonlyMap<string, Json> {
  const random = createRandom(10);
  const put = (name: string, change: Change = {}): Json => {
    const found = committed.find(({ sample }) => sample.name === name);
    if (found === undefined) throw new Error(`unknown sample object ${name}: add it to sample-objects.ts`);
    const { key, deliveredAt } = found.sample;
    return notificationRecord(random, {
      bucket: sampleBucket,
      key,
      time: deliveredAt,
      bytes: found.bytes,
      ...change,
    });
  };
  const removed = (): Json =>
    notificationRecord(random, { bucket: sampleBucket, ...removedObject, eventName: 'ObjectRemoved:Delete' });
  const parts: Change = { eventName: 'ObjectCreated:CompleteMultipartUpload' };
  const members = committed
    .map(({ sample }) => sample.name)
    .filter((name) => name.startsWith('organization-trail'));
  return new Map<string, Json>([
    ...[
      'account-trail',
      'insight',
      'digest',
      'varied',
      'truncated',
      'empty',
      'multi-member',
      'plain-json',
      'encoded-key',
    ].map((name): [string, Json] => [name, { Records: [put(name)] }]),
    ['organization-trail', { Records: members.map((name) => put(name)) }],
    [
      'versioned-object',
      { Records: [put('account-trail', { versionId: '096fKKXTRTtl3on89fVO.nfljtsv6qko' })] },
    ],
    ['removed-object', { Records: [removed()] }],
    [
      'several-records',
      {
        Records: [put('account-trail'), put('digest'), removed(), put('multi-member', parts), put('insight')],
      },
    ],
    ['test-event', testEvent(random, sampleBucket, removedObject.time)],
    ['network-activity', { Records: [put('network-activity')] }],
    ['aggregated', { Records: [put('aggregated')] }],
    ['incident', { Records: [put('incident-1'), put('incident-2')] }],
    ['malformed', { Records: [put('malformed')] }],
    ['oversized', { Records: [put('oversized')] }],
  ]);
}

/** An object that the bucket has expired. */
const removedObject = {
  time: new Date('2026-11-03T09:00:00Z'),
  key: logObjectKey({
    accountId: accountIds[0],
    region: 'eu-west-3',
    time: new Date('2025-11-03T08:05:00Z'),
    suffix: 'rEmOvEd1Nm5Bv9Cx',
    kind: 'CloudTrail',
  }),
};
