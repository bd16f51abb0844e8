import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { parseNotification } from '../../lambda/trigger/parse-notification.ts';
import { type SqsEndpoint, startSqs } from '../../local/sqs/endpoint.ts';
import { BUCKET, DAY, HOUR_MS, utc } from '../../samples/signed-trail.ts';
import { HOURS, useSignedBucket } from './signed-bucket.ts';

const bucket = useSignedBucket();
const { run, logOf, digestOf } = bucket;

const EVENTS = 'example-events';
const OPTIONS = [
  ...['--from', utc(DAY), '--to', utc(DAY + HOURS * HOUR_MS)],
  ...['--bucket', BUCKET, '--receipts', `s3://${EVENTS}/receipts/`],
];
const LONG_AGO = new Date(DAY);

/** The form that docs/queries.md documents. */
function receipt(key: string, more: Record<string, unknown> = {}) {
  const { bytes = Buffer.alloc(0) } = bucket.trail.objects.get(key) ?? {};
  return {
    at: '2024-05-14T00:10:00.000Z',
    object: `s3://${BUCKET}/${key}`,
    versionId: null,
    etag: createHash('md5').update(bytes).digest('hex'),
    bytes: bytes.length,
    ...{ from: 0, records: 1, delivered: 1, filtered: 0, malformed: 0, truncated: 0 },
    ...{ covered: '0', total: 1, done: true, unknown: false, stream: 'events' },
    ...more,
  };
}

function putReceipts(receipts: (object | string)[], day = '2024-05-14', name = 'a'): void {
  const lines = receipts.map((each) => `${typeof each === 'string' ? each : JSON.stringify(each)}\n`);
  bucket.s3.putObject(EVENTS, `receipts/day=${day}/hour=00/${name}.json.gz`, gzipSync(lines.join('')));
}

function putTrail(): void {
  for (const [key, { bytes, metadata = {} }] of bucket.trail.objects)
    bucket.s3.putObject(BUCKET, key, bytes, { metadata, lastModified: LONG_AGO });
}

async function verify(...args: string[]) {
  const { stdout, stderr, status } = await run([...OPTIONS, '--json', ...args]);
  const result = stdout === '' ? undefined : JSON.parse(stdout);
  const faults = result?.faults.map(
    ({ verdict, object, detail }: Record<string, string>) =>
      `${verdict} ${object?.split('_').at(-1)}: ${detail}`,
  );
  return { result, faults, stderr: stderr.split('\n').at(-1), status };
}

const nameOf = (key: string) => key.split('_').at(-1);

describe('verify with receipts', () => {
  it('proves that every log file was delivered', async () => {
    putTrail();
    putReceipts(bucket.trail.logKeys.map((key) => receipt(key)));
    const { stdout, stderr, status } = await run(OPTIONS);
    expect(stdout).toMatch(/present +received\n.* 12 +12 +12\n/);
    expect({ stderr, status }).toEqual({
      stderr: '✔ 6 digests, 12 log files, all present and received',
      status: 0,
    });
    const { result } = await verify('--deep');
    expect(result).toMatchObject({
      result: 'proved',
      deep: true,
      counts: { expected: 12, present: 12, intact: 12, received: 12, leftOut: 0 },
      receipts: { unreadable: 0 },
    });
    expect(new Set(result.hours.map(({ verdict }: { verdict: string }) => verdict))).toEqual(
      new Set(['proved']),
    );
  });

  it('names what the receipts do not prove', async () => {
    putTrail();
    const faulty = [logOf(0), logOf(1), logOf(2), logOf(3)];
    const others = bucket.trail.logKeys.filter((key) => !faulty.includes(key));
    putReceipts([
      ...others.map((key) => receipt(key)),
      receipt(logOf(1), { covered: '0-1,4', total: 6, done: false }),
      receipt(logOf(2), { etag: 'an-earlier-one' }),
      receipt(logOf(3), { unknown: true }),
    ]);
    const { result, faults, stderr, status } = await verify();
    expect(faults).toEqual([
      `incomplete ${nameOf(logOf(0))}: no receipt`,
      `incomplete ${nameOf(logOf(1))}: no receipt for 2 to 3, 5 of 6 records`,
      `incomplete ${nameOf(logOf(2))}: only an earlier or later version was received`,
      `incomplete ${nameOf(logOf(3))}: a document in it has an unrecognized form`,
    ]);
    expect(result.result).toBe('faulty');
    expect({ stderr, status }).toEqual({ stderr: '✖ 4 incomplete; 6 digests, 12 log files', status: 1 });
  });

  it('adds up receipts of several days, up to now', async () => {
    putTrail();
    const [first = '', ...others] = bucket.trail.logKeys;
    putReceipts([...others.map((key) => receipt(key)), receipt(logOf(0), { covered: '0-1', total: null })]);
    putReceipts([receipt(logOf(0), { covered: '2-3', total: 4 })], '2025-01-31', 'replayed');
    putReceipts([receipt(first)], '2026-01-31');
    expect(await verify()).toMatchObject({ faults: [], status: 0 });
  });

  it('judges objects that no digest lists, too, but not forged ones', async () => {
    const forged = bucket.trail.addLog(DAY + 2 * HOUR_MS + 600_000, 'fOrGeD');
    const insight = bucket.trail.addLog(DAY + 2 * HOUR_MS, 'iNsIgHt', 'CloudTrail-Insight');
    putTrail();
    putReceipts(
      bucket.trail.logKeys.filter((key) => key !== forged && key !== insight).map((key) => receipt(key)),
    );
    const { faults } = await verify();
    expect(faults).toEqual([
      `unsigned object ${nameOf(forged)}: no digest lists it`,
      `incomplete ${nameOf(insight)}: no receipt`,
    ]);
  });

  it('does not judge an object whose receipt is not due yet', async () => {
    putTrail();
    const { bytes = Buffer.alloc(0) } = bucket.trail.objects.get(logOf(4)) ?? {};
    bucket.s3.putObject(BUCKET, logOf(4), bytes);
    putReceipts(bucket.trail.logKeys.filter((key) => key !== logOf(4)).map((key) => receipt(key)));
    const { result, faults, stderr, status } = await verify();
    expect(faults).toEqual([]);
    expect(result.result).toBe('too early');
    expect(result.notes).toMatchObject([
      { verdict: 'too early', detail: '1 object of CloudTrail: their receipts are not due yet' },
    ]);
    expect(result.hours[4].verdict).toBe('too early');
    expect(stderr).toContain('(the end is too early to judge)');
    expect(status).toBe(0);
  });

  it('counts lines that are not receipts', async () => {
    putTrail();
    putReceipts([...bucket.trail.logKeys.map((key) => receipt(key)), '{"object":7}', 'secret']);
    const { result, stderr, status } = await verify();
    expect(result.receipts.unreadable).toBe(2);
    expect(stderr).toBe(
      '✔ 6 digests, 12 log files, all present and received (without 2 unreadable receipts)',
    );
    expect(status).toBe(0);
  });

  it('cannot tell if receipts are damaged or forbidden', async () => {
    putTrail();
    const key = 'receipts/day=2024-05-14/hour=00/a.json.gz';
    bucket.s3.putObject(EVENTS, key, gzipSync('x'.repeat(1000)).subarray(0, 20));
    const damaged = await verify();
    expect(damaged.stderr).toMatch(
      /^error: s3:\/\/example-events\/receipts\/.*a\.json\.gz: cannot read the receipts: /,
    );
    expect(damaged.status).toBe(2);
    bucket.s3.reset(({ bucket: of, operation }) =>
      of === EVENTS && operation === 'ListObjectsV2' ? { kind: 'accessDenied' } : undefined,
    );
    const forbidden = await verify();
    expect(forbidden.stderr).toBe('error: access denied to s3://example-events: allow s3:ListBucket');
    expect(forbidden.status).toBe(2);
  });
});

it('verify prints one line per finding, as docs/operate.md shows', async () => {
  bucket.trail.objects.delete(logOf(2));
  bucket.trail.objects.delete(digestOf(4));
  const forged = bucket.trail.addLog(DAY + 1.5 * HOUR_MS, 'fOrGeD');
  putTrail();
  putReceipts([
    ...bucket.trail.logKeys.filter((key) => key !== logOf(0) && key !== forged).map((key) => receipt(key)),
    receipt(logOf(0), { covered: '0-40', total: 53, done: false }),
  ]);
  const { stdout, stderr, status } = await run(OPTIONS);
  const page = readFileSync(new URL('../../docs/operate.md', import.meta.url), 'utf8');
  const [, output] = /^\$ cloudtrail-firehose verify .*\n((?:.*\n)*?)```/m.exec(page) ?? [];
  expect(`${stdout}${stderr}\n`).toBe(output);
  // The stack's outputs name the rest.
  expect(page).toContain(`$ cloudtrail-firehose verify ${OPTIONS.slice(0, 4).join(' ')}\n`);
  expect(status).toBe(1);
});

describe('verify --enqueue', () => {
  let sqs: SqsEndpoint;
  beforeAll(async () => {
    sqs = await startSqs({ queues: ['work'] });
  });
  beforeEach(() => sqs.reset(undefined, ['work']));
  afterAll(() => sqs.close());

  async function enqueue(...args: string[]) {
    const options = [...OPTIONS, '--enqueue', '--work-queue', sqs.queueUrl('work'), ...args];
    const { stderr, status } = await bucket.cli.run(['verify', ...options], undefined, {
      env: bucket.environment({ AWS_ENDPOINT_URL_SQS: sqs.url }),
    });
    const refs = sqs.drain('work').flatMap(({ body }) => parseNotification(body).refs);
    return { lines: stderr.split('\n'), status, refs };
  }

  it('puts the missing records of intact objects on the work queue, with --yes', async () => {
    const forged = bucket.trail.addLog(DAY + 2 * HOUR_MS + 600_000, 'fOrGeD');
    const changed = bucket.trail.objects.get(logOf(5));
    if (changed) changed.bytes = gzipSync('{"Records":[{"changed":1}]}');
    putTrail();
    const faulty = [logOf(0), logOf(1), logOf(5), forged];
    putReceipts([
      ...bucket.trail.logKeys.filter((key) => !faulty.includes(key)).map((key) => receipt(key)),
      receipt(logOf(1), { covered: '0-1,4', total: 6, done: false }),
    ]);
    const dry = await enqueue('--deep');
    expect(dry).toMatchObject({ refs: [], status: 1 });
    expect(dry.lines.slice(-2)).toEqual([
      '✖ 3 incomplete, 1 unsigned object; 6 digests, 12 log files',
      'would send 2 objects in 1 message. To send, add --yes.',
    ]);
    const sent = await enqueue('--deep', '--yes');
    expect(sent.lines.at(-1)).toBe('✔ sent 2 objects in 1 message');
    expect(sent.status).toBe(1);
    expect(sent.refs).toMatchObject([
      { bucket: BUCKET, key: logOf(0), nextRecord: 0 },
      { bucket: BUCKET, key: logOf(1), nextRecord: 2, ranges: [[2, 3]], nextUnread: 5 },
    ]);
    expect(sent.refs[1]?.etag).toBe(`"${receipt(logOf(1)).etag}"`);
  });

  it('sends nothing if everything was delivered, and needs receipts', async () => {
    putTrail();
    putReceipts(bucket.trail.logKeys.map((key) => receipt(key)));
    expect(await enqueue('--yes')).toMatchObject({ refs: [], status: 0 });
    const { stderr, status } = await run([...OPTIONS, '--no-receipts', '--enqueue']);
    expect({ stderr, status }).toEqual({
      stderr: 'error: --enqueue needs receipts. Leave out --no-receipts.',
      status: 2,
    });
  });
});
