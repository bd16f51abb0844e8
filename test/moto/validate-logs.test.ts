import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { type CloudTrailEndpoint, startCloudTrail } from '../../local/cloudtrail/endpoint.ts';
import { type S3Endpoint, startS3 } from '../../local/s3/endpoint.ts';
import { createRandom, type Random } from '../../samples/random.ts';
import {
  ACCOUNT,
  BUCKET,
  createSigningKey,
  DAY,
  HOUR_MS,
  REGION,
  SignedTrail,
  utc,
} from '../../samples/signed-trail.ts';
import { useCli } from '../cli/run-cli.ts';

const python = inject('python');

/** Seeds from 0 on: `CHAINS=200 npm run test:moto` runs more. */
const CHAINS = Number(process.env.CHAINS ?? 24);
const HOURS = 8;
const RANGE = { from: DAY, to: DAY + HOURS * HOUR_MS };

const signer = createSigningKey();

describe.skipIf(python.missing)('verify and `aws cloudtrail validate-logs`', () => {
  const cli = useCli();
  const agreed = { validDigests: 0, invalidDigests: 0, invalidLogs: 0 };
  let s3: S3Endpoint;
  let cloudtrail: CloudTrailEndpoint;

  beforeAll(async () => {
    const always = { validFrom: new Date(0), validTo: new Date('2099-01-01') };
    s3 = await startS3();
    cloudtrail = await startCloudTrail({
      keys: [{ fingerprint: signer.fingerprint, value: signer.publicKey, ...always }],
    });
  });
  beforeEach(() => s3.reset());
  afterAll(() => Promise.all([s3.close(), cloudtrail.close()]));

  function environment() {
    return {
      ...process.env,
      AWS_ENDPOINT_URL_S3: s3.url,
      AWS_ENDPOINT_URL_CLOUDTRAIL: cloudtrail.url,
      AWS_REGION: REGION,
      AWS_DEFAULT_REGION: REGION,
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
    };
  }

  function put({ objects }: SignedTrail): void {
    for (const [key, { bytes, metadata = {} }] of objects) s3.putObject(BUCKET, key, bytes, { metadata });
  }

  /**
   * Runs the AWS CLI for the digests of the range. It adds an hour to the end, and visits the digest that ends at the
   * start.
   */
  async function validate(trail: string) {
    const args = [
      ...['cloudtrail', 'validate-logs', '--region', REGION, '--verbose', '--s3-bucket', BUCKET],
      ...['--trail-arn', `arn:aws:cloudtrail:us-east-1:${ACCOUNT}:trail/${trail}`],
      ...['--start-time', utc(RANGE.from + 1000), '--end-time', utc(RANGE.to - HOUR_MS)],
    ];
    const env = environment();
    const { status, output } = await new Promise<{ status: unknown; output: string }>((resolve) => {
      execFile(join(python.bin ?? '', 'aws'), args, { env }, (error, stdout, stderr) =>
        resolve({ status: error ? error.code : 0, output: `${stdout}\n${stderr}` }),
      );
    });
    const verdicts = [...output.matchAll(/(Digest|Log) file\ts3:\/\/[^/]+\/(\S+)\t(valid|INVALID: .*)/g)];
    const keysOf = (kind: string, isValid: boolean) =>
      verdicts
        .filter(([, of, , verdict]) => of === kind && (verdict === 'valid') === isValid)
        .map(([, , key]) => key)
        .sort();
    return {
      status,
      output,
      validDigests: keysOf('Digest', true),
      invalidDigests: keysOf('Digest', false),
      validLogs: keysOf('Log', true).length,
      invalidLogs: keysOf('Log', false),
    };
  }

  async function verify() {
    const range = ['--from', utc(RANGE.from), '--to', utc(RANGE.to), '--bucket', BUCKET, '--no-receipts'];
    const { stdout, stderr, status } = await cli.run(['verify', ...range, '--deep', '--json'], '', {
      env: environment(),
    });
    const { hours, faults, counts } = (stdout ? JSON.parse(stdout) : NOTHING) as Result;
    const isValid = ({ verdict }: { verdict: string }) => verdict === 'intact' || verdict === 'incomplete';
    const objectsOf = (verdict: string) =>
      faults.filter((fault) => fault.verdict === verdict).map(({ object }) => object);
    const invalid = hours.filter((hour) => !isValid(hour)).map(({ digest }) => digest);
    return {
      status,
      stderr,
      faults: faults.map(({ verdict }) => verdict),
      validDigests: hours
        .filter(isValid)
        .map(({ digest }) => digest)
        .sort(),
      invalidDigests: [...invalid, ...objectsOf('broken chain')].sort(),
      validLogs: counts.intact,
      invalidLogs: objectsOf('incomplete').sort(),
    };
  }

  it.each(Array.from({ length: CHAINS }, (_, seed) => seed))(
    'agree about each digest and log file of random chain %i',
    async (seed) => {
      const { trail, name } = createChain(createRandom(seed));
      put(trail);
      const { status, output, ...theirs } = await validate(name);
      const { status: ours, stderr, faults, ...verdicts } = await verify();
      expect(verdicts, `${output}\n${stderr}`).toEqual(theirs);
      for (const name of ['validDigests', 'invalidDigests', 'invalidLogs'] as const)
        agreed[name] += theirs[name].length;
      // The AWS CLI counts a time without digests as a gap, not as a fault.
      expect(ours).toBe(status === 0 ? (faults.length > 0 ? 1 : 0) : 1);
      if (status === 0) expect([...new Set(faults), 'no digest']).toContain('no digest');
    },
  );

  it('differ about missing newest digests, which the AWS CLI does not notice', async () => {
    const trail = createWholeTrail();
    for (const key of trail.digestKeys.slice(-5)) trail.objects.delete(key);
    put(trail);
    expect(await validate('trail')).toMatchObject({ status: 0, invalidDigests: [] });
    expect(await verify()).toMatchObject({ status: 1, faults: ['no digest'] });
  });

  it('differ about an object in no digest, which the AWS CLI does not see', async () => {
    const trail = createWholeTrail();
    trail.addLog(DAY + 2.5 * HOUR_MS, 'fOrGeD');
    put(trail);
    expect(await validate('trail')).toMatchObject({ status: 0, invalidLogs: [] });
    expect(await verify()).toMatchObject({ status: 1, faults: ['unsigned object'] });
  });

  it('differ about the time of a stopped trail, and of a digest that a bad signature hides', async () => {
    const stopped = createWholeTrail((hour) => hour === 3 || hour === 4);
    put(stopped);
    expect(await validate('trail')).toMatchObject({ status: 0 });
    expect(await verify()).toMatchObject({ status: 1, faults: ['no digest'] });

    s3.reset();
    const hidden = createWholeTrail();
    const [bad = '', gone = ''] = hidden.digestKeys.slice(4, 6).reverse();
    const object = hidden.objects.get(bad);
    if (object?.metadata) object.metadata.signature = '00';
    hidden.objects.delete(gone);
    put(hidden);
    const theirs = await validate('trail');
    expect(theirs).toMatchObject({ status: 1, invalidDigests: [bad] });
    expect(await verify()).toMatchObject({
      status: 1,
      invalidDigests: [bad],
      faults: ['bad signature', 'no digest'],
    });
  });

  it('differ about bytes after the gzip data of a digest, which the AWS CLI ignores', async () => {
    const trail = createWholeTrail();
    const [, , key = ''] = trail.digestKeys;
    const object = trail.objects.get(key);
    if (object) object.bytes = Buffer.concat([object.bytes, Buffer.from('more')]);
    put(trail);
    expect(await validate('trail')).toMatchObject({ status: 0, invalidDigests: [] });
    expect(await verify()).toMatchObject({ status: 1, invalidDigests: [key] });
  });

  it('differ without any digest', async () => {
    const trail = createWholeTrail();
    for (const key of trail.digestKeys) trail.objects.delete(key);
    put(trail);
    const theirs = await validate('trail');
    expect(theirs.status).toBe(0);
    expect(theirs.output).toContain('No digests found');
    expect(await verify()).toMatchObject({ status: 2, stderr: expect.stringContaining('no digests in') });
  });

  it('agree about enough of each to mean something', () => {
    expect(agreed.validDigests).toBeGreaterThan(100);
    expect(agreed.invalidDigests).toBeGreaterThan(20);
    expect(agreed.invalidLogs).toBeGreaterThan(20);
    const kinds = new Set<string>();
    for (let seed = 0; seed < CHAINS; seed++)
      for (const kind of createChain(createRandom(seed)).tampered) kinds.add(kind);
    expect([...kinds].sort()).toEqual([...Object.keys(LOG_CHANGES), ...Object.keys(DIGEST_CHANGES)].sort());
  });
});

interface Result {
  hours: { digest: string; verdict: string }[];
  faults: { verdict: string; object: string }[];
  counts: { intact: number };
}

const NOTHING: Result = { hours: [], faults: [], counts: { intact: 0 } };

function createWholeTrail(isStopped = (_hour: number): boolean => false): SignedTrail {
  const trail = new SignedTrail({ signer, trail: 'trail' });
  for (let hour = 0; hour <= HOURS + 2; hour++)
    if (!isStopped(hour))
      trail.addHour(DAY + hour * HOUR_MS, 2, { isStart: hour > 0 && isStopped(hour - 1) });
  return trail;
}

type Change = (trail: SignedTrail, key: string) => void;

function changeBytes(change: (bytes: Buffer) => Buffer): Change {
  return ({ objects }, key) => {
    const object = objects.get(key);
    if (object) object.bytes = change(object.bytes);
  };
}

const remove: Change = ({ objects }, key) => void objects.delete(key);

const LOG_CHANGES: Record<string, Change> = {
  'log deleted': remove,
  'log replaced': changeBytes(() => gzipSync('{"Records":[]}')),
  'log with garbage after it': changeBytes((bytes) => Buffer.concat([bytes, Buffer.from('garbage')])),
  'log with a zero byte after it': changeBytes((bytes) => Buffer.concat([bytes, Buffer.alloc(1)])),
  'log with a member after it': changeBytes((bytes) => Buffer.concat([bytes, gzipSync('{}')])),
  'log with an empty member after it': changeBytes((bytes) => Buffer.concat([bytes, gzipSync('')])),
  'log with an empty member before it': changeBytes((bytes) => Buffer.concat([gzipSync(''), bytes])),
  'log truncated': changeBytes((bytes) => bytes.subarray(0, bytes.length / 2)),
  'log that is not gzip': changeBytes(() => Buffer.from('{"Records":[]}')),
  'log with a wrong checksum': changeBytes((bytes) => flipped(bytes, bytes.length - 6)),
};

const DIGEST_CHANGES: Record<string, Change> = {
  'digest deleted': remove,
  'digest with a zeroed signature': ({ objects }, key) => {
    const { metadata } = objects.get(key) ?? {};
    if (metadata) metadata.signature = '0'.repeat(512);
  },
  'digest without a signature': ({ objects }, key) => {
    const object = objects.get(key);
    if (object) object.metadata = {};
  },
  'digest that is not gzip': changeBytes(() => Buffer.from('{}')),
  'digest that is not JSON': changeBytes(() => gzipSync('digest')),
  'digest replaced by another': ({ objects, digestKeys }, key) => {
    const other = objects.get(digestKeys.find((each) => each !== key && objects.has(each)) ?? '');
    if (other) objects.set(key, { ...other, metadata: { ...other.metadata } });
  },
};

function flipped(bytes: Buffer, at: number): Buffer {
  const copy = Buffer.from(bytes);
  copy[at] = (copy[at] ?? 0) ^ 0xff;
  return copy;
}

/** Builds a trail of hours with 0 to 3 log files, with stops and backfill digests, then changes some objects. */
function createChain(random: Random): { trail: SignedTrail; name: string; tampered: string[] } {
  const name = random.pick(['trail', 'my_trail', 'a_us-east-1_b']);
  const trail = new SignedTrail({ signer, trail: name });
  const backfills: string[] = [];
  for (let hour = 0, isStart = true; hour <= HOURS; hour++) {
    if (hour > 1 && hour < HOURS && random.chance(0.06)) {
      isStart = true;
      continue;
    }
    trail.addHour(DAY + hour * HOUR_MS, random.int(0, 3), { isStart });
    isStart = false;
    if (hour > 0 && random.chance(0.15)) {
      const late = trail.addLog(DAY + (hour - 0.5) * HOUR_MS, `lAtE${hour}`);
      backfills.push(trail.addDigest(DAY + hour * HOUR_MS, [late], { isBackfill: true }));
    }
  }
  const tampered: string[] = [];
  function tamper(keys: string[], changes: Record<string, Change>, share: number): void {
    for (const key of keys) {
      if (!random.chance(share)) continue;
      const kind = random.pick(Object.keys(changes));
      changes[kind]?.(trail, key);
      tampered.push(kind);
    }
  }
  tamper(trail.logKeys, LOG_CHANGES, 0.2);
  tamper([...trail.digestKeys, ...backfills], DIGEST_CHANGES, 0.2);
  return { trail, name, tampered };
}
