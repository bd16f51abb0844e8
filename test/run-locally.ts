import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll } from 'vitest';
import { startLocalAccount } from '../cli/local-account.ts';
import { createHandler } from '../lambda/handler.ts';
import type { InvocationReport } from '../lambda/report.ts';

export const BUCKET = 'example-trail-bucket';

type Account = Awaited<ReturnType<typeof startLocalAccount>>;

/** Time enough for anything that a test does. */
export const PLENTY_OF_TIME = { getRemainingTimeInMillis: () => 900_000 };

/** A local account for the tests of one file: real SDK clients, real HTTP, and what Firehose took. */
export function useLocalAccount() {
  const taken: Buffer[] = [];
  let account: Account | undefined;
  beforeAll(async () => {
    account = await startLocalAccount((record) => taken.push(record));
  });
  afterAll(async () => {
    await account?.close();
  });

  const started = (): Account => {
    if (!account) throw new Error('the account is started before the first test');
    return account;
  };

  return {
    taken,
    account: started,
    /** A handler of its own settings, as if its container had just been started. */
    createHandler(settings: Record<string, string> = {}) {
      const reports: InvocationReport[] = [];
      Object.assign(process.env, started().environment);
      const handler = createHandler({ ...started().environment, RETRY_BASE_MS: '1', ...settings }, (report) =>
        reports.push(report),
      );
      return { handler, reports };
    },
    /** Forgets all that was put, taken and queued. */
    reset(faults: Parameters<Account['reset']>[0] = {}) {
      taken.length = 0;
      started().reset(faults);
    },
  };
}

/** The events in what Firehose took, whatever the packing. */
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

/** An S3 event for one or more keys of the sample bucket. */
export function s3Event(...keys: string[]) {
  return {
    Records: keys.map((key) => ({
      eventSource: 'aws:s3',
      eventName: 'ObjectCreated:Put',
      s3: { bucket: { name: BUCKET }, object: { key: encodeURIComponent(key).replaceAll('%20', '+') } },
    })),
  };
}
