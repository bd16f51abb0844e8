import { CloudTrailClient, ListPublicKeysCommand } from '@aws-sdk/client-cloudtrail';
import { describe, expect, it } from 'vitest';
import { startCloudTrail } from '../../local/cloudtrail/endpoint.ts';
import { failureOf, useEndpoint } from './use-endpoint.ts';

const [monday, tuesday, wednesday] = ['2026-11-02', '2026-11-03', '2026-11-04'].map((day) => new Date(day));

function keyOf(fingerprint: string, validFrom = new Date(0), validTo = new Date(0)) {
  return { fingerprint, value: Buffer.from(fingerprint), validFrom, validTo };
}

const cloudtrail = useEndpoint(
  'CLOUDTRAIL',
  () => startCloudTrail({ keys: [keyOf('aa', monday, tuesday), keyOf('bb', tuesday, wednesday)] }),
  (config) => new CloudTrailClient(config),
);

async function fingerprints(StartTime: Date | undefined, EndTime: Date | undefined) {
  const { PublicKeyList = [] } = await cloudtrail.client.send(
    new ListPublicKeysCommand({ StartTime, EndTime }),
  );
  return PublicKeyList.map(({ Fingerprint, Value }) => [Fingerprint, Buffer.from(Value ?? []).toString()]);
}

describe('ListPublicKeys', () => {
  it('lists the keys that are valid at any time of the range', async () => {
    const [aa, bb] = [
      ['aa', 'aa'],
      ['bb', 'bb'],
    ];
    expect(await fingerprints(monday, monday)).toEqual([aa]);
    expect(await fingerprints(tuesday, wednesday)).toEqual([aa, bb]);
    expect(await fingerprints(wednesday, wednesday)).toEqual([bb]);
    expect(await fingerprints(new Date('2026-11-05'), new Date('2026-11-06'))).toEqual([]);
    expect(cloudtrail.endpoint.counts.requests).toBe(4);
  });

  it('is rejected for a range that ends before it starts, and without permission', async () => {
    expect(await failureOf(fingerprints(wednesday, monday))).toMatchObject({
      name: 'InvalidTimeRangeException',
    });
    cloudtrail.endpoint.reset({ isDenied: true });
    expect(await failureOf(fingerprints(monday, monday))).toMatchObject({ name: 'AccessDeniedException' });
  });
});
