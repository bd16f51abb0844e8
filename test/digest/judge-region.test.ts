import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { type CheckedDigest, checkDigest } from '../../digest/check-digest.ts';
import { parseDigestKey } from '../../digest/digest-key.ts';
import type { FileState, Finding } from '../../digest/findings.ts';
import { judgeRegion } from '../../digest/judge-region.ts';
import { parseLogObject } from '../../digest/log-object.ts';
import {
  ACCOUNT,
  BUCKET,
  createSigningKey,
  DAY,
  HOUR_MS,
  REGION,
  SignedTrail,
} from '../../samples/signed-trail.ts';

const signer = createSigningKey();
const MINUTE_MS = 60_000;
const LONG_AFTER = DAY + 1000 * HOUR_MS;

/** A trail whose digests end at these hours. */
function trailOf(ends: number[], options: { trail?: string } = {}): SignedTrail {
  const trail = new SignedTrail({ signer, trail: options.trail ?? 'trail' });
  for (const end of ends) trail.addHour(DAY + end * HOUR_MS, 1);
  return trail;
}

async function checkAll(trails: SignedTrail[]): Promise<CheckedDigest[]> {
  const checked: CheckedDigest[] = [];
  for (const { objects } of trails) {
    for (const [key, { bytes, metadata = {} }] of objects) {
      const place = parseDigestKey(key);
      if (!place) continue;
      const stored = {
        bucket: BUCKET,
        key,
        place,
        content: { inflated: gunzipSync(bytes) },
        signature: metadata.signature,
      };
      checked.push(await checkDigest(stored, async () => signer.publicKey));
    }
  }
  return checked;
}

/** Judges the hours from 0 to `to`. */
async function judge(
  trails: SignedTrail[],
  { to = 4, nowMs = LONG_AFTER, states = new Map<string, FileState>() } = {},
) {
  const range = { startMs: DAY, endMs: DAY + to * HOUR_MS };
  const keys = trails.flatMap(({ objects }) => [...objects.keys()]);
  const files = new Map(keys.map((key): [string, FileState] => [`${BUCKET}/${key}`, { state: 'present' }]));
  for (const [key, state] of states) files.set(`${BUCKET}/${key}`, state);
  const { hours, faults, notes } = judgeRegion({
    ...{
      bucket: BUCKET,
      account: ACCOUNT,
      region: REGION,
      isDeep: false,
      hasReceipts: false,
      range,
      nowMs,
      files,
    },
    digests: await checkAll(trails),
    listedMs: DAY - HOUR_MS,
    objects: keys
      .filter((key) => !key.includes('Digest'))
      .flatMap((key) => parseLogObject(key) ?? [])
      .filter(({ timeMs }) => timeMs >= range.startMs && timeMs < range.endMs),
  });
  return { hours, faults: faults.map(describeFinding), notes: notes.map(describeFinding) };
}

function describeFinding({ verdict, span, object }: Finding): string {
  const hour = (ms: number) => (ms - DAY) / HOUR_MS;
  const what = span ? `${hour(span.startMs)} to ${hour(span.endMs)}` : (object?.split('_').at(-1) ?? 'all');
  return `${verdict} ${what}`;
}

describe('the time that digests must cover', () => {
  it('is covered by digests whose ends are not those of the range', async () => {
    expect(await judge([trailOf([-0.6, 0.4, 1.4, 2.4, 3.4, 4.4, 5.4])])).toMatchObject({
      faults: [],
      notes: [],
    });
  });

  it.each([
    ['a hole', [0, 1, 3, 4, 5], ['broken chain 2 to 3', 'no digest 1 to 2']],
    [
      'two holes',
      [0, 2, 4, 5],
      ['broken chain 1 to 2', 'broken chain 3 to 4', 'no digest 0 to 1', 'no digest 2 to 3'],
    ],
    ['nothing after hour 3', [0, 1, 2, 3], ['no digest 3 to 4']],
    ['nothing before hour 2', [3, 4, 5], ['broken chain 2 to 3', 'no digest 0 to 2']],
  ])('has %s', async (_, left, expected) => {
    const trail = trailOf([0, 1, 2, 3, 4, 5]);
    for (const [i, key] of trail.digestKeys.entries()) if (!left.includes(i)) trail.objects.delete(key);
    expect((await judge([trail])).faults).toEqual(expected);
  });

  it('has every digest of the range, but not those before', async () => {
    const trail = trailOf([-3, -2, -1, 0, 1, 2, 3, 4, 5]);
    for (const key of trail.digestKeys.slice(0, 4)) trail.objects.delete(key);
    expect((await judge([trail])).faults).toEqual([]);
  });

  it('ends two hours before now if there is no later digest', async () => {
    const trail = trailOf([0, 1, 2]);
    const judgeAt = async (hours: number) => {
      const { faults, notes } = await judge([trail], { nowMs: DAY + hours * HOUR_MS });
      return [...faults, ...notes.filter((note) => note.includes(' to '))];
    };
    const second = 1 / 3600;
    expect(await judgeAt(2.1)).toEqual(['too early 2 to 4']);
    expect(await judgeAt(4)).toEqual(['too early 2 to 4']);
    const [fault, note] = await judgeAt(4 + second);
    expect([fault?.slice(0, 14), note?.slice(-4)]).toEqual(['no digest 2 to', 'to 4']);
    expect(await judgeAt(5)).toEqual(['no digest 2 to 3', 'too early 3 to 4']);
    expect(await judgeAt(6)).toEqual(['no digest 2 to 4']);
  });

  it('has no digest at all in a region without any', async () => {
    expect(await judge([])).toEqual({ hours: [], faults: ['no digest 0 to 4'], notes: [] });
    expect(await judge([], { nowMs: DAY })).toMatchObject({ faults: [], notes: ['too early 0 to 4'] });
  });

  it('is that of each trail', async () => {
    const faults = ['broken chain 2 to 3', 'no digest 1 to 2'];
    const holed = trailOf([0, 1, 2, 3, 4, 5], { trail: 'second' });
    holed.objects.delete(holed.digestKeys[2] ?? '');
    expect((await judge([trailOf([0, 1, 2, 3, 4, 5]), holed])).faults).toEqual(faults);
  });

  it('is not that of a trail that starts after the range', async () => {
    const whole = trailOf([0, 1, 2, 3, 4, 5, 6]);
    expect((await judge([whole, trailOf([5, 6], { trail: 'later' })])).faults).toEqual([]);
    // Unless its first digest names an earlier one.
    const later = trailOf([4, 5, 6], { trail: 'later' });
    later.objects.delete(later.digestKeys[0] ?? '');
    expect((await judge([whole, later])).faults).toContain('broken chain 4 to 5');
  });

  it('is not covered by a backfill digest', async () => {
    const trail = trailOf([0, 1, 2, 3, 4, 5]);
    trail.addDigest(DAY + 2 * HOUR_MS, [], { isBackfill: true });
    expect(await judge([trail])).toMatchObject({ faults: [], notes: [] });
    trail.objects.delete(trail.digestKeys[2] ?? '');
    expect((await judge([trail])).faults).toContain('no digest 1 to 2');
  });

  it('shows where a trail starts', async () => {
    const { faults, notes } = await judge([trailOf([2, 3, 4, 5])]);
    expect({ faults, notes: notes[0] }).toEqual({
      faults: ['no digest 0 to 1'],
      notes: 'trail start 1 to 2',
    });
  });
});

describe('the chain', () => {
  it('breaks at a valid digest that is not the one described', async () => {
    const trail = trailOf([0, 1, 2, 3, 4, 5]);
    const other = new SignedTrail({ signer, trail: 'trail' });
    const replaced = other.addDigest(DAY + 2 * HOUR_MS, []);
    const object = other.objects.get(replaced);
    if (object) trail.objects.set(replaced, object);
    expect((await judge([trail])).faults).toEqual([
      'broken chain 2 to 3',
      'unsigned object fiLe0of20240514T020000.json.gz',
    ]);
  });

  it('continues after a digest with a bad signature, which has its own verdict', async () => {
    const trail = trailOf([0, 1, 2, 3, 4, 5]);
    const object = trail.objects.get(trail.digestKeys[2] ?? '');
    if (object?.metadata) object.metadata.signature = '00';
    expect((await judge([trail])).faults).toEqual(['bad signature 1 to 2', 'no digest 1 to 2']);
  });

  it('may come from another bucket', async () => {
    const trail = new SignedTrail({ signer });
    trail.addDigest(DAY, []);
    trail.addDigest(DAY + HOUR_MS, []);
    const moved = (text: string) =>
      text.replace(`"previousDigestS3Bucket":"${BUCKET}"`, '"previousDigestS3Bucket":"old"');
    trail.addDigest(DAY + 2 * HOUR_MS, [], { edit: moved });
    for (const hour of [3, 4, 5]) trail.addDigest(DAY + hour * HOUR_MS, []);
    trail.objects.delete(trail.digestKeys[1] ?? '');
    expect((await judge([trail])).faults).toEqual(['no digest 0 to 1']);
  });
});

describe('log files', () => {
  it('are incomplete if one is missing or changed', async () => {
    const trail = trailOf([0, 1, 2, 3, 4, 5]);
    const [, first = '', second = ''] = [...trail.objects.keys()].filter((key) => !key.includes('Digest'));
    const states = new Map<string, FileState>([
      [first, { state: 'missing' }],
      [second, { state: 'changed', reason: 'its hash does not match' }],
    ]);
    const { hours, faults } = await judge([trail], { states });
    expect(faults).toEqual(['incomplete 0 to 1', 'incomplete 1 to 2']);
    expect(hours.map(({ verdict, expected, present }) => [verdict, expected, present])).toEqual([
      ['incomplete', 1, 0],
      ['incomplete', 1, 1],
      ['present', 1, 1],
      ['present', 1, 1],
    ]);
  });

  it('may be listed by the digest of the next hour', async () => {
    const trail = new SignedTrail({ signer });
    trail.addDigest(DAY, []);
    const late = trail.addLog(DAY + 2 * HOUR_MS - MINUTE_MS, 'lAtE');
    for (const hour of [1, 2, 3, 4, 5]) trail.addDigest(DAY + hour * HOUR_MS, hour === 3 ? [late] : []);
    expect((await judge([trail])).faults).toEqual([]);
  });

  it('are unsigned in no digest, but not next to a missing one, which may have listed them', async () => {
    const unsigned = async (minute: number, missing?: number) => {
      const trail = trailOf([0, 1, 2, 3, 4, 5]);
      trail.addLog(DAY + 2 * HOUR_MS + minute * MINUTE_MS, 'fOrGeD');
      if (missing !== undefined) trail.objects.delete(trail.digestKeys[missing] ?? '');
      const { faults } = await judge([trail]);
      return faults.includes('unsigned object fOrGeD.json.gz');
    };
    expect(await unsigned(30)).toBe(true);
    expect(await unsigned(30, 3)).toBe(false);
    // The digest of the next hour.
    expect([await unsigned(45, 4), await unsigned(46, 4)]).toEqual([true, false]);
    // The digest of the hour before.
    expect([await unsigned(5, 2), await unsigned(4, 2)]).toEqual([true, false]);
  });

  it('are too early to judge before their digest is due', async () => {
    const trail = trailOf([0, 1, 2]);
    trail.addLog(DAY + 2.5 * HOUR_MS, 'yOuNg');
    expect(await judge([trail], { nowMs: DAY + 3 * HOUR_MS })).toMatchObject({
      faults: [],
      notes: ['too early 2 to 4', 'too early all'],
    });
    expect(await judge([trail], { nowMs: DAY + 6 * HOUR_MS })).toMatchObject({
      faults: ['no digest 2 to 4'],
      notes: ['not judged all'],
    });
  });
});
