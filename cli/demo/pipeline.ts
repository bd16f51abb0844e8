import { gunzipSync, gzipSync } from 'node:zlib';
import { type AccountNames, startLocalAccount } from '../../local/account.ts';
import { startCloudTrail } from '../../local/cloudtrail/endpoint.ts';
import { pollQueues } from '../../local/event-sources.ts';
import type { SigningKey } from '../../samples/signed-trail.ts';
import type { History } from './history.ts';

export const TRAIL_BUCKET = 'example-trail-bucket';
const EVENT_BUCKET = 'example-events';
export const RECEIPTS = `s3://${EVENT_BUCKET}/receipts/`;

const NAMES: AccountNames = {
  streams: ['events'],
  queue: 'work',
  claimBucket: 'claims',
  receiptStream: 'receipts',
};

const INVOCATION_MS = 300_000;

/** An account on this machine with a deployed pipeline: two functions, their queues, streams and buckets. */
export type DemoPipeline = Awaited<ReturnType<typeof startPipeline>>;

/** @param signer key that CloudTrail publishes */
export async function startPipeline(history: History, signer: SigningKey, startMs: number) {
  /** Copies of each delivered record, by `eventID`. */
  const copies = new Map<string, number>();
  let isDenied = true;
  let receiptObjects = 0;
  const account = await startLocalAccount(countEvents, undefined, storeReceipts);
  const validity = { validFrom: new Date(0), validTo: new Date(startMs + 365 * 86_400_000) };
  const publicKey = { fingerprint: signer.fingerprint, value: signer.publicKey, ...validity };
  const cloudtrail = await startCloudTrail({ keys: [publicKey] });
  account.reset(
    {
      s3: ({ operation, key }) =>
        isDenied && operation === 'GetObject' && key === history.denied
          ? { kind: 'accessDenied' }
          : undefined,
    },
    NAMES,
  );
  for (const [key, { bytes, metadata = {} }] of history.objects)
    account.s3.putObject(TRAIL_BUCKET, key, bytes, { metadata, lastModified: new Date(startMs) });
  const { live, backfill } = account.queues;
  Object.assign(process.env, account.environment);
  const { createHandler } = await import('../../lambda/handler.ts');
  const surroundings = { clock: account.clock, log: () => {} };
  const functions = [
    { ...live, handler: createHandler(account.environment, () => {}, surroundings), maxConcurrency: 2 },
    {
      ...backfill,
      handler: createHandler(account.backfillEnvironment, () => {}, surroundings),
      maxConcurrency: 2,
    },
  ];

  function countEvents(record: Buffer): void {
    const lines = record[0] === 0x1f ? gunzipSync(record) : record;
    for (const line of lines.toString('utf8').split('\n')) {
      if (line === '') continue;
      const { eventID } = JSON.parse(JSON.parse(line).message);
      copies.set(eventID, (copies.get(eventID) ?? 0) + 1);
    }
  }

  /** As Firehose does, but at once. */
  function storeReceipts(record: Buffer): void {
    const [day, time = ''] = new Date(account.clock.now()).toISOString().split('T');
    const key = `receipts/day=${day}/hour=${time.slice(0, 2)}/${receiptObjects++}.json.gz`;
    account.s3.putObject(EVENT_BUCKET, key, gzipSync(record));
  }

  return {
    copies,
    queues: { live: account.sqs.queueUrl(live.queue), dead: account.sqs.queueUrl(live.deadLetterQueue) },
    backfillQueue: account.sqs.queueUrl(backfill.queue),
    backfillDeadLetterQueue: account.sqs.queueUrl(backfill.deadLetterQueue),
    /** Environment of the commands. */
    environment: { ...account.environment, AWS_ENDPOINT_URL_CLOUDTRAIL: cloudtrail.url },
    /** Announces log objects, as their bucket does. */
    notify(keys: readonly string[]): void {
      for (const key of keys) {
        const s3 = { bucket: { name: TRAIL_BUCKET }, object: { key: encodeURIComponent(key) } };
        const record = { eventSource: 'aws:s3', eventName: 'ObjectCreated:Put', s3 };
        account.sqs.send(live.queue, JSON.stringify({ Records: [record] }));
      }
    },
    /** Lets the function read every object. */
    allowAll(): void {
      isDenied = false;
    },
    /** Invokes both functions until their queues are empty. Waiting times are skipped. */
    async work(stop: AbortSignal): Promise<void> {
      const startContext = () => {
        const endsAt = performance.now() + INVOCATION_MS;
        return { getRemainingTimeInMillis: () => endsAt - performance.now() };
      };
      await pollQueues(account.sqs, functions, { clock: account.clock, startContext, stop });
    },
    close: () => Promise.all([account.close(), cloudtrail.close()]),
  };
}
