import { afterAll, beforeAll, beforeEach } from 'vitest';
import { type CloudTrailEndpoint, startCloudTrail } from '../../local/cloudtrail/endpoint.ts';
import { type S3Endpoint, startS3 } from '../../local/s3/endpoint.ts';
import {
  BUCKET,
  createSigningKey,
  DAY,
  HOUR_MS,
  REGION,
  SignedTrail,
  utc,
} from '../../samples/signed-trail.ts';
import { useCli } from './run-cli.ts';

export const HOURS = 6;

/** Options for the hours of the range. */
export const RANGE = [
  ...['--from', utc(DAY), '--to', utc(DAY + HOURS * HOUR_MS)],
  ...['--bucket', BUCKET, '--no-receipts'],
];

/** What `--json` prints. */
export interface Result {
  result: string;
  counts: Record<string, number>;
  faults: Record<string, string | null>[];
  notes: Record<string, string | null>[];
  hours: Record<string, unknown>[];
}

/**
 * Starts S3 and CloudTrail for the tests of one file. Before each test, the bucket is empty, and there is a trail of
 * the hours in the range and around it, to be changed and put.
 */
export function useSignedBucket() {
  const cli = useCli();
  const signer = createSigningKey();
  const validity = { validFrom: new Date(DAY - 40 * HOUR_MS), validTo: new Date(DAY + 40 * HOUR_MS) };
  const publicKey = { fingerprint: signer.fingerprint, value: signer.publicKey, ...validity };
  const used = { cli, signer, publicKey } as {
    cli: typeof cli;
    signer: typeof signer;
    publicKey: typeof publicKey;
    s3: S3Endpoint;
    cloudtrail: CloudTrailEndpoint;
    trail: SignedTrail;
    /** The hours in the range. */
    hours: { digest: string; logs: string[] }[];
  };
  beforeAll(async () => {
    used.s3 = await startS3();
    used.cloudtrail = await startCloudTrail({ keys: [publicKey] });
  });
  beforeEach(() => {
    used.s3.reset();
    used.cloudtrail.reset();
    used.trail = new SignedTrail({ signer });
    const all = Array.from({ length: HOURS + 4 }, (_, i) => used.trail.addHour(DAY + (i - 1) * HOUR_MS));
    used.hours = all.slice(2, HOURS + 2);
  });
  afterAll(() => Promise.all([used.s3.close(), used.cloudtrail.close()]));

  function environment(changes: Record<string, string | undefined> = {}) {
    return {
      ...process.env,
      AWS_ENDPOINT_URL_S3: used.s3.url,
      AWS_ENDPOINT_URL_CLOUDTRAIL: used.cloudtrail.url,
      AWS_REGION: REGION,
      AWS_ACCESS_KEY_ID: 'local',
      AWS_SECRET_ACCESS_KEY: 'local',
      // As in a shell, unlike in these tests.
      AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: undefined,
      ...changes,
    };
  }

  async function run(args: string[], env?: Record<string, string | undefined>) {
    return cli.run(['verify', ...args], undefined, { env: environment(env) });
  }

  return Object.assign(used, {
    environment,
    run,
    putAll(...trails: SignedTrail[]): void {
      for (const { objects } of trails)
        for (const [key, { bytes, metadata = {} }] of objects)
          used.s3.putObject(BUCKET, key, bytes, { metadata });
    },
    /** Runs with --json. Returns the result, and the verdict and object or time of each fault and note. */
    async verify(...args: string[]) {
      const { stdout, stderr, status } = await run([...RANGE, '--json', ...args]);
      const result = stdout === '' ? undefined : (JSON.parse(stdout) as Result);
      const short = ({ verdict, object, from, to }: Record<string, string | null>) =>
        `${verdict}: ${object?.split('/').at(-1) ?? `${from?.slice(11, 16)} ${to?.slice(11, 16)}`}`;
      return { result, faults: result?.faults.map(short), notes: result?.notes.map(short), stderr, status };
    },
    logOf: (hour: number, file = 0): string => used.hours[hour]?.logs[file] ?? '',
    digestOf: (hour: number): string => used.hours[hour]?.digest ?? '',
  });
}
