import { putSamples } from '../../../cli/local-bucket.ts';
import type { Profile } from '../../../lambda/contract.ts';
import { sampleObjects } from '../../../samples/sample-objects.ts';
import { PLENTY_OF_TIME, s3Event, unpackEvents, type useLocalAccount } from '../../run-locally.ts';
import { synthesize } from '../synthesize.ts';
import { startLocalAthena, TODAY, YESTERDAY } from './local-athena.ts';

/** Delivers every sample object with a profile, and queries its events and receipts with the tables of that profile. */
export async function startSampleAthena(local: ReturnType<typeof useLocalAccount>, profile: Profile) {
  const athena = await startLocalAthena(synthesize({ packing: 'lines', profile }));
  local.reset({}, { streams: ['events'], queue: 'work', claimBucket: 'claims', receiptStream: 'receipts' });
  await putSamples(local.account().s3);
  const { handler } = local.createHandler({ PACKING: 'lines', PROFILE: profile });
  const delivered: Record<string, unknown>[] = [];
  const received: Record<string, unknown>[] = [];
  for (const { key, name } of sampleObjects()) {
    local.taken.length = 0;
    local.receipts.length = 0;
    await local.account().deliver(handler, s3Event(key), () => PLENTY_OF_TIME);
    const day = name === 'varied' ? YESTERDAY : TODAY;
    const events = unpackEvents(local.taken);
    await athena.put(day, '09', events);
    delivered.push(...events);
    const receipts = unpackEvents(local.receipts).map((receipt) => ({
      ...receipt,
      at: `${day}T09:10:12.345Z`,
    }));
    if (receipts.length > 0) await athena.put(day, '09', receipts, 'receipts');
    received.push(...receipts);
  }
  return { athena, delivered, received };
}
