import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { S3Fault } from '../../local/faults.ts';
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
import { HOURS, RANGE, type Result, useSignedBucket } from './signed-bucket.ts';

const bucket = useSignedBucket();
const { signer, publicKey, putAll, run, verify, logOf, digestOf } = bucket;

function nameOf(key = ''): string {
  return key.split('/').at(-1) ?? '';
}

function at(hour: number): string {
  return utc(DAY + hour * HOUR_MS).slice(11, 16);
}

describe('verify', () => {
  it('accepts a complete trail, and prints counts per trail', async () => {
    putAll(bucket.trail);
    const { stdout, stderr, status } = await run(RANGE);
    expect(stdout.split('\n').map((line) => line.split(/\s{2,}/).slice(1))).toEqual([
      ['account', 'region', 'trail', 'digests', 'log files', 'present'],
      [ACCOUNT, REGION, 'my_trail', '6', '12', '12'],
      [],
      [],
    ]);
    expect({ stderr, status }).toEqual({ stderr: '✔ 6 digests, 12 log files, all present', status: 0 });
  });

  it('hashes every file with --deep, and reads the objects once', async () => {
    putAll(bucket.trail);
    const { result, faults, notes, stderr, status } = await verify('--deep');
    expect({ stderr, status }).toEqual({ stderr: '✔ 6 digests, 12 log files, all intact', status: 0 });
    expect({ faults, notes }).toEqual({ faults: [], notes: [] });
    expect(result?.counts).toMatchObject({
      digests: 6,
      expected: 12,
      present: 12,
      intact: 12,
      received: null,
    });
    expect(result?.hours).toHaveLength(6);
    expect(result?.hours[0]).toEqual({
      account: ACCOUNT,
      region: REGION,
      trail: 'my_trail',
      homeRegion: 'us-east-1',
      from: utc(DAY),
      to: utc(DAY + HOUR_MS),
      digest: digestOf(0),
      backfill: false,
      verdict: 'intact',
      expected: 2,
      present: 2,
      intact: 2,
      received: null,
      leftOut: null,
    });
  });

  it.each([[[]], [['--deep']]])('names a deleted log file (%j)', async (options) => {
    bucket.trail.objects.delete(logOf(2));
    putAll(bucket.trail);
    const { result, faults, stderr, status } = await verify(...options);
    expect(faults).toEqual([`incomplete: ${nameOf(logOf(2))}`]);
    expect(result?.hours.map(({ verdict }) => verdict === 'incomplete')).toEqual([
      ...[false, false, true, false, false, false],
    ]);
    expect({ stderr, status }).toEqual({ stderr: '✖ 1 incomplete; 6 digests, 12 log files', status: 1 });
  });

  it('finds changed log files only with --deep', async () => {
    const tamper = (hour: number, change: (bytes: Buffer) => Buffer) => {
      const object = bucket.trail.objects.get(logOf(hour));
      if (object) object.bytes = change(object.bytes);
    };
    const changes: [string, (bytes: Buffer) => Buffer][] = [
      ['changed: its hash does not match', () => gzipSync('{"Records":[{"eventName":"secret"}]}')],
      ['changed: bytes after the gzip data', (bytes) => Buffer.concat([bytes, gzipSync('{"Records":[]}')])],
      // Inflated as one file with the member before it, the hash would match.
      ['changed: bytes after the gzip data', (bytes) => Buffer.concat([bytes, gzipSync('')])],
      ['changed: bytes after the gzip data', (bytes) => Buffer.concat([bytes, Buffer.from('secret')])],
      ['changed: damaged or truncated', (bytes) => bytes.subarray(0, 20)],
      ['changed: not gzip', () => Buffer.from('{"Records":[{"eventName":"secret"}]}')],
    ];
    for (const [hour, [, change]] of changes.entries()) tamper(hour, change);
    putAll(bucket.trail);
    expect(await verify()).toMatchObject({ faults: [], status: 0 });
    const { result, faults, stderr, status } = await verify('--deep');
    expect(faults).toEqual(changes.map((_, hour) => `incomplete: ${nameOf(logOf(hour))}`));
    expect(result?.faults.map(({ detail }) => detail)).toEqual(changes.map(([detail]) => detail));
    expect(JSON.stringify(result) + stderr).not.toContain('secret');
    expect(status).toBe(1);
  });

  it('names a digest whose signature was zeroed, and its hour', async () => {
    const object = bucket.trail.objects.get(digestOf(3));
    if (object?.metadata) object.metadata.signature = '0'.repeat(512);
    putAll(bucket.trail);
    const { faults, status } = await verify();
    expect(faults).toEqual([`bad signature: ${nameOf(digestOf(3))}`, `no digest: ${at(3)} ${at(4)}`]);
    expect(status).toBe(1);
  });

  it('names the time of two digests that are gone with their log files, and the broken chain', async () => {
    for (const hour of [2, 3])
      for (const key of [digestOf(hour), ...(bucket.hours[hour]?.logs ?? [])])
        bucket.trail.objects.delete(key);
    putAll(bucket.trail);
    const { faults, status } = await verify();
    expect(faults).toEqual([`broken chain: ${nameOf(digestOf(3))}`, `no digest: ${at(2)} ${at(4)}`]);
    expect(status).toBe(1);
  });

  it('names the time of the newest digests if they are gone', async () => {
    for (const key of bucket.trail.digestKeys.slice(-4)) bucket.trail.objects.delete(key);
    putAll(bucket.trail);
    const { result, faults, status } = await verify();
    expect(faults).toEqual([`no digest: ${at(4)} ${at(6)}`]);
    expect(result?.faults[0]?.detail).toBe('there is no later digest');
    expect(status).toBe(1);
  });

  it('finds a region whose digests are all gone, if another region has some', async () => {
    const other = new SignedTrail({ signer, region: 'us-east-1' });
    other.addHour(DAY + HOUR_MS);
    for (const key of other.digestKeys) other.objects.delete(key);
    putAll(bucket.trail, other);
    const { result, status } = await verify();
    expect(result?.faults).toEqual([
      expect.objectContaining({
        verdict: 'no digest',
        region: 'us-east-1',
        from: utc(DAY),
        to: utc(DAY + 6 * HOUR_MS),
      }),
    ]);
    expect(status).toBe(1);
  });

  it.each([
    '20240514T0210Z_fOrGeD.json.gz',
    // The digests before and after the range could list these.
    '20240514T0001Z_fOrGeD.json.gz',
    '20240514T0559Z_fOrGeD.json.gz',
    'fOrGeD.json',
    '20200101T0000Z_fOrGeD.json.gz',
  ])('names a forged object that no digest lists: %s', async (name) => {
    const key = `AWSLogs/${ACCOUNT}/CloudTrail/${REGION}/2024/05/14/${ACCOUNT}_CloudTrail_${REGION}_${name}`;
    bucket.trail.objects.set(key, { bytes: gzipSync('{"Records":[]}') });
    putAll(bucket.trail);
    expect(await verify()).toMatchObject({ faults: [`unsigned object: ${nameOf(key)}`], status: 1 });
  });

  it('judges another kind of log object only if digests list it', async () => {
    bucket.trail.addLog(DAY + 2.5 * HOUR_MS, 'iNsIgHt', 'CloudTrail-Insight');
    putAll(bucket.trail);
    const { faults, notes, status } = await verify();
    expect({ faults, notes: notes?.length, status }).toEqual({ faults: [], notes: 1, status: 0 });

    const signing = new SignedTrail({ signer, trail: 'other' });
    const listed = signing.addLog(DAY + 1.5 * HOUR_MS, 'sIgNeD', 'CloudTrail-Insight');
    for (let hour = 0; hour <= HOURS + 2; hour++)
      signing.addDigest(DAY + hour * HOUR_MS, hour === 2 ? [listed] : []);
    putAll(signing);
    expect(await verify()).toMatchObject({
      faults: [`unsigned object: ${ACCOUNT}_CloudTrail-Insight_${REGION}_20240514T0230Z_iNsIgHt.json.gz`],
    });
  });

  it('reads the folders of every day in the range', async () => {
    const long = new SignedTrail({ signer });
    for (let hour = -30; hour <= 30; hour++) long.addHour(DAY + hour * HOUR_MS, 1);
    const forged = [-20, 10].map((hour) => long.addLog(DAY + (hour + 0.5) * HOUR_MS, `fOrGeD${hour}`));
    const deleted = [-25, 27].map((hour) => long.logKeys[hour + 30] ?? '');
    for (const key of deleted) long.objects.delete(key);
    putAll(long);
    const range = ['--from', utc(DAY - 27 * HOUR_MS), '--to', utc(DAY + 28 * HOUR_MS)];
    const { result, faults } = await verify(...range);
    expect(result?.counts).toMatchObject({ digests: 55, expected: 55, present: 53 });
    expect(faults).toEqual([
      ...deleted.map((key) => `incomplete: ${nameOf(key)}`),
      ...forged.map((key) => `unsigned object: ${nameOf(key)}`),
    ]);
  });

  it('counts the late files of a backfill digest, outside the chain', async () => {
    const late = bucket.trail.addLog(DAY + 2.25 * HOUR_MS, 'lAtE');
    const backfill = bucket.trail.addDigest(DAY + 3 * HOUR_MS, [late], { isBackfill: true });
    putAll(bucket.trail);
    const whole = await verify('--deep');
    expect(whole).toMatchObject({ faults: [], status: 0 });
    expect(whole.result?.counts).toMatchObject({ digests: 7, expected: 13, intact: 13 });

    bucket.s3.reset();
    bucket.trail.objects.delete(late);
    putAll(bucket.trail);
    expect(await verify()).toMatchObject({ faults: [`incomplete: ${nameOf(late)}`] });
    expect(whole.result?.hours.find(({ backfill }) => backfill)).toMatchObject({ digest: backfill });
  });

  it('asks for the key of a backfill digest at the time it was signed', async () => {
    const late = createSigningKey();
    const other = new SignedTrail({ signer: late });
    other.addDigest(DAY + 3 * HOUR_MS, [], { isBackfill: true });
    const later = { ...publicKey, fingerprint: late.fingerprint, value: late.publicKey };
    const signedMs = DAY + 8 * HOUR_MS;
    bucket.cloudtrail.reset({
      keys: [
        publicKey,
        { ...later, validFrom: new Date(signedMs + 600_000), validTo: new Date(signedMs + HOUR_MS) },
      ],
    });
    putAll(bucket.trail, other);
    expect(await verify()).toMatchObject({ faults: [], status: 0 });
    expect(bucket.cloudtrail.counts.requests).toBe(2);
  });

  it('accepts an hour without log files', async () => {
    const empty = new SignedTrail({ signer });
    for (let hour = 0; hour <= HOURS + 2; hour++) empty.addHour(DAY + hour * HOUR_MS, hour === 3 ? 0 : 1);
    putAll(empty);
    const { result, status } = await verify();
    expect(result?.hours[2]).toMatchObject({ verdict: 'present', expected: 0 });
    expect(status).toBe(0);
  });

  it('names the time between stop and restart of a trail', async () => {
    const restarted = new SignedTrail({ signer });
    for (const hour of [0, 1, 2, 5, 6, 7, 8])
      restarted.addHour(DAY + hour * HOUR_MS, 1, { isStart: hour === 5 });
    putAll(restarted);
    const { result, faults, notes, status } = await verify();
    expect(faults).toEqual([`no digest: ${at(2)} ${at(4)}`]);
    expect(result?.faults[0]?.detail).toBe('the trail started or was restarted after it');
    expect(notes).toEqual([`trail start: ${nameOf(restarted.digestKeys[3])}`]);
    expect(status).toBe(1);
  });

  it('walks all accounts of an organization, or only those that are asked for', async () => {
    const root = 'my/prefix/AWSLogs/o-a1b2c3d4e5/';
    const accounts = ['111111111111', '222222222222'].map(
      (account) => new SignedTrail({ signer, account, root }),
    );
    for (const each of accounts)
      for (let hour = 0; hour <= HOURS + 2; hour++) each.addHour(DAY + hour * HOUR_MS, 1);
    const [first, second] = accounts as [SignedTrail, SignedTrail];
    const missing = second.logKey(DAY + HOUR_MS + 600_000, 'fiLe0of20240514T020000');
    expect(second.objects.delete(missing)).toBe(true);
    putAll(first, second);
    const where = ['--prefix', 'my/prefix', '--organization', 'o-a1b2c3d4e5'];
    const both = await verify(...where);
    expect(both.result?.counts).toMatchObject({ digests: 12, expected: 12, present: 11 });
    expect(both.result?.faults).toEqual([
      expect.objectContaining({ account: '222222222222', object: missing }),
    ]);
    const one = await verify(...where, '--account', '111111111111', '--region', REGION);
    expect(one.result?.counts).toMatchObject({ digests: 6, present: 6 });
    expect(one.status).toBe(0);
  });

  it('names a malformed digest', async () => {
    bucket.trail.objects.set(digestOf(1), {
      bytes: gzipSync('{"digestEndTime":"secret"}'),
      metadata: { signature: '00' },
    });
    bucket.trail.objects.set(digestOf(4), { bytes: Buffer.from('secret'), metadata: { signature: '00' } });
    putAll(bucket.trail);
    const { result, stderr } = await verify();
    expect(result?.faults.slice(0, 2)).toEqual([
      expect.objectContaining({
        verdict: 'malformed digest',
        object: digestOf(1),
        detail: 'digestSignatureAlgorithm of the digest is not a string',
      }),
      expect.objectContaining({ verdict: 'malformed digest', object: digestOf(4), detail: 'not gzip' }),
    ]);
    expect(JSON.stringify(result) + stderr).not.toContain('secret');
  });

  it('names digests that it has no key for', async () => {
    putAll(bucket.trail);
    bucket.cloudtrail.reset({ keys: [] });
    const { result, status } = await verify();
    expect(result?.hours.map(({ verdict }) => verdict)).toEqual(Array(6).fill('not validated'));
    expect(status).toBe(1);
  });

  it('uses the keys of a file instead of asking CloudTrail', async () => {
    const file = join(bucket.cli.folder, 'keys.json');
    const Value = signer.publicKey.toString('base64');
    writeFileSync(file, JSON.stringify({ PublicKeyList: [{ Fingerprint: signer.fingerprint, Value }] }));
    putAll(bucket.trail);
    expect(await verify('--keys', file)).toMatchObject({ faults: [], status: 0 });
    expect(bucket.cloudtrail.counts.requests).toBe(0);
  });

  it('does not judge what is too young', async () => {
    const now = Math.floor(Date.now() / HOUR_MS) * HOUR_MS;
    const young = new SignedTrail({ signer });
    for (let hour = -5; hour <= 0; hour++) young.addHour(now + hour * HOUR_MS, 1);
    young.addLog(Math.max(now, Date.now() - 60_000), 'yOuNg');
    bucket.cloudtrail.reset({ keys: [{ ...publicKey, validTo: new Date(now + 100 * HOUR_MS) }] });
    putAll(young);
    const range = [
      '--from',
      utc(now - 4 * HOUR_MS),
      '--to',
      utc(now + 2 * HOUR_MS),
      '--bucket',
      BUCKET,
      '--no-receipts',
    ];
    const { stdout, stderr, status } = await run([...range, '--json']);
    const { faults, notes } = JSON.parse(stdout) as Result;
    expect({ faults, notes: notes.map(({ verdict }) => verdict), status }).toEqual({
      faults: [],
      notes: ['too early', 'too early'],
      status: 0,
    });
    expect(stderr).toBe('✔ 4 digests, 4 log files, all present (the end is too early to judge)');
  });

  it('reads on after broken connections and throttling', async () => {
    const faults = new Map<string, S3Fault>([
      [digestOf(1), { kind: 'cut', afterBytes: 100 }],
      [digestOf(2), { kind: 'slowDown' }],
      [logOf(1), { kind: 'cut', afterBytes: 20 }],
      [logOf(2), { kind: 'internalError' }],
    ]);
    bucket.s3.reset(({ key }) => {
      const fault = faults.get(key);
      faults.delete(key);
      return fault;
    });
    putAll(bucket.trail);
    expect(await verify('--deep')).toMatchObject({ faults: [], status: 0 });
    expect(bucket.s3.faultsExercised).toMatchObject({ cut: 2, slowDown: 1, internalError: 1 });
  });

  it('reads log files only with --deep', async () => {
    const used = new Set<string>();
    bucket.s3.reset(({ operation, key }) => {
      used.add(`${operation} ${key.split('/')[2] ?? ''}`.trim());
      return undefined;
    });
    bucket.trail.objects.delete(logOf(0));
    putAll(bucket.trail);
    await verify();
    expect([...used].sort()).toEqual(['GetObject CloudTrail-Digest', 'ListObjectsV2']);
    await verify('--deep');
    expect([...used].sort()).toEqual([
      'GetObject CloudTrail',
      'GetObject CloudTrail-Digest',
      'ListObjectsV2',
    ]);
  });
});
