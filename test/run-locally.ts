import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll } from 'vitest';
import { createHandler, type Surroundings } from '../lambda/handler.ts';
import type { InvocationReport } from '../lambda/settle/report.ts';
import { startLocalAccount } from '../local/account.ts';
import type { LocalClock } from '../local/virtual-clock.ts';

export const BUCKET = 'example-trail-bucket';

type Account = Awaited<ReturnType<typeof startLocalAccount>>;

/** An invocation context with more time than any test needs. */
export const PLENTY_OF_TIME = { getRemainingTimeInMillis: () => 900_000 };

/**
 * Starts a local account for the tests of one file. `taken` has the records that Firehose accepted, `takenBy` the same by
 * stream, and `receipts` those of the stream for receipts.
 */
export function useLocalAccount(clock?: LocalClock) {
  const taken: Buffer[] = [];
  const takenBy = new Map<string, Buffer[]>();
  const receipts: Buffer[] = [];
  let account: Account | undefined;
  beforeAll(async () => {
    account = await startLocalAccount(
      (record, stream) => {
        taken.push(record);
        takenBy.set(stream, [...(takenBy.get(stream) ?? []), record]);
      },
      clock,
      (record) => receipts.push(record),
    );
  });
  afterAll(async () => {
    await account?.close();
  });

  const started = (): Account => {
    if (!account)
      throw new Error('the local account is not started: use it only in tests and after beforeAll');
    return account;
  };

  return {
    taken,
    takenBy,
    receipts,
    account: started,
    /** Creates a handler with these settings, as in a new container. */
    createHandler(settings: Record<string, string> = {}, surroundings: Surroundings = {}) {
      const reports: InvocationReport[] = [];
      Object.assign(process.env, started().environment);
      const environment = { ...started().environment, RETRY_BASE_MS: '1', ...settings };
      const publish = (report: InvocationReport) => reports.push(report);
      const handler = createHandler(environment, publish, { clock: started().clock, ...surroundings });
      return { handler, reports };
    },
    /** Removes all objects, records and messages. */
    reset(...[faults, names]: Parameters<Account['reset']>) {
      taken.length = 0;
      takenBy.clear();
      receipts.length = 0;
      started().reset(faults, names);
    },
  };
}

/** Unpacks events from Firehose records of any packing. */
export function unpackEvents(records: Buffer[]): Record<string, unknown>[] {
  return records.flatMap((record) => {
    const lines = record[0] === 0x1f ? gunzipSync(record) : record;
    return lines
      .toString('utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line));
  });
}

/** Builds an S3 event for one or more keys of the sample bucket. */
export function s3Event(...keys: string[]) {
  return {
    Records: keys.map((key) => ({
      eventSource: 'aws:s3',
      eventName: 'ObjectCreated:Put',
      s3: { bucket: { name: BUCKET }, object: { key: encodeURIComponent(key).replaceAll('%20', '+') } },
    })),
  };
}
