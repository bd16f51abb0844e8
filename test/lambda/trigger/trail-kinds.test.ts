import { describe, expect, it } from 'vitest';
import { KIND_FOLDERS, KINDS, placeOf } from '../../../lambda/trigger/trail-kinds.ts';
import { outOfScope } from '../../../lambda/trigger/trail-scope.ts';

const ACCOUNT = '111122223333';
const inFolder = (folder: string, root = 'AWSLogs/') =>
  `${root}${ACCOUNT}/${folder}/eu-west-3/2026/11/22/${ACCOUNT}_${folder}_eu-west-3_20261122T0000Z_a.json.gz`;

describe('the kind of an object', () => {
  it.each([
    ...KINDS.map((kind) => [inFolder(KIND_FOLDERS[kind]), kind]),
    [inFolder('CloudTrail-Digest'), 'digest'],
    [inFolder('CloudTrail-Tomorrow'), 'unknown'],
    [inFolder('Config'), 'foreign'],
    [inFolder('elasticloadbalancing'), 'foreign'],
    [inFolder('CloudTrailish'), 'foreign'],
    [inFolder('CloudTrail-Insight', 'AWSLogs/o-a1b2c3d4e5/'), 'insight'],
    // A trail's own prefix may be called anything, and so may what stands behind the folder.
    [inFolder('CloudTrail', 'CloudTrail-Digest/AWSLogs/'), 'log'],
    [inFolder('CloudTrail', 'AWSLogs/444455556666/CloudTrail-Digest/AWSLogs/'), 'log'],
    [`AWSLogs/${ACCOUNT}/CloudTrail/CloudTrail-Digest/a.json.gz`, 'log'],
    // Elsewhere its own name tells.
    ['a.json.gz', 'log'],
    ['copies/CloudTrail-Digest/a.json.gz', 'log'],
    [`copies/${ACCOUNT}_CloudTrail-Digest_eu-west-3_trail_20261122T0000Z.json.gz`, 'digest'],
    [`copies/${ACCOUNT}_CloudTrail-Insight_eu-west-3_20261122T0000Z_a.json.gz`, 'insight'],
    [`AWSLogs/${ACCOUNT}/CloudTrail/${ACCOUNT}_CloudTrail-Digest_a.json.gz`, 'digest'],
  ])('of %s is %s', (key, kind) => {
    expect(placeOf(key).kind).toBe(kind);
  });

  it('is told with the root and the account it lies under', () => {
    expect(placeOf(inFolder('CloudTrail', 'a prefix/AWSLogs/o-a1b2c3d4e5/'))).toEqual({
      kind: 'log',
      root: 'a prefix/AWSLogs/o-a1b2c3d4e5/',
      account: ACCOUNT,
    });
    expect(placeOf('a.json.gz')).toEqual({ kind: 'log', root: undefined, account: undefined });
  });
});

describe('what is read', () => {
  const scope = { bucket: 'b', root: 'AWSLogs/', accounts: [ACCOUNT], kinds: ['log'] } as const;
  const log = inFolder('CloudTrail');
  it.each([
    ['everything but digests without settings', 'any', inFolder('CloudTrail-Aggregated'), {}, undefined],
    ['a digest never', 'any', inFolder('CloudTrail-Digest'), {}, 'digest'],
    ['another service never', 'b', inFolder('Config'), {}, 'outside'],
    ['what the settings name', 'b', log, scope, undefined],
    ['another bucket', 'c', log, scope, 'outside'],
    ['another root', 'b', `x/${log}`, scope, 'outside'],
    ['another account', 'b', log.replace(ACCOUNT, '444455556666'), scope, 'outside'],
    ['another kind', 'b', inFolder('CloudTrail-Insight'), scope, 'kind'],
    ['a kind of tomorrow', 'b', inFolder('CloudTrail-Tomorrow'), {}, undefined],
    ['a kind of tomorrow where kinds are named', 'b', inFolder('CloudTrail-Tomorrow'), scope, 'kind'],
    ['an object in no folder of a trail', 'b', 'a.json.gz', scope, 'outside'],
  ] as const)('%s', (_, bucket, key, of, reason) => {
    expect(outOfScope({ bucket, key }, of)).toBe(reason);
  });
});
