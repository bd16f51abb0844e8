import { randomBytes } from 'node:crypto';
import { beforeEach, expect, it } from 'vitest';
import { MAX_RECORD_BYTES } from '../../../lambda/deliver/limits.ts';
import { VirtualClock } from '../../../local/virtual-clock.ts';
import { BUCKET, s3Event, unpackEvents, useLocalAccount } from '../../run-locally.ts';

const clock = new VirtualClock();
const local = useLocalAccount(clock);
beforeEach(() => local.reset());

it('a paced function delivers each object once, over several invocations, as fast as it may', async () => {
  const keys = Array.from(
    { length: 80 },
    (_, n) => `AWSLogs/111122223333/CloudTrail/eu-west-3/2026/01/01/${n}.json.gz`,
  );
  for (const key of keys) {
    const record = { key, noise: randomBytes(30_000).toString('base64') };
    local.account().s3.putObject(BUCKET, key, Buffer.from(JSON.stringify({ Records: [record] })));
  }
  const rate = 100_000;
  const { handler, reports } = local.createHandler({ MAX_BYTES_PER_SECOND: String(rate) });
  const startedAt = clock.now();
  const message = { eventSource: 'aws:sqs', messageId: 'm', body: JSON.stringify(s3Event(...keys)) };
  await local.account().deliver(handler, { Records: [message] }, () => {
    const endsAt = clock.now() + 20_000;
    return { getRemainingTimeInMillis: () => endsAt - clock.now() };
  });
  const delivered = unpackEvents(local.taken).map(({ message }) => JSON.parse(String(message)).key);
  expect(delivered.sort()).toEqual([...keys].sort());
  expect(local.account().workQueue.deadLetters).toEqual([]);
  expect(reports.length).toBeGreaterThan(2);
  for (const { delivered, errors } of reports) {
    expect(delivered).toBeGreaterThan(0);
    for (const { error } of errors) expect(error).toBe('ran out of time');
  }
  const bytes = local.taken.reduce((sum, { length }) => sum + length, 0);
  const seconds = (clock.now() - startedAt) / 1_000;
  // The first call, here one record, does not wait, nor does the credit of one second.
  expect(bytes / rate).toBeLessThanOrEqual(seconds + MAX_RECORD_BYTES / rate + 1);
  expect(bytes / rate).toBeGreaterThan(20);
});
