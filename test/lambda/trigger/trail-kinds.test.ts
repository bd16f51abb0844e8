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
    [inFolder('CloudTrail-Future'), 'unknown'],
    [inFolder('Config'), 'foreign'],
    [inFolder('elasticloadbalancing'), 'foreign'],
    [inFolder('CloudTrailish'), 'foreign'],
    [inFolder('CloudTrail-Insight', 'AWSLogs/o-a1b2c3d4e5/'), 'insight'],
    // A trail's prefix and the folders after the kind are arbitrary.
    [inFolder('CloudTrail', 'CloudTrail-Digest/AWSLogs/'), 'log'],
    [inFolder('CloudTrail', 'AWSLogs/444455556666/CloudTrail-Digest/AWSLogs/'), 'log'],
    [`AWSLogs/${ACCOUNT}/CloudTrail/CloudTrail-Digest/a.json.gz`, 'log'],
    // Elsewhere, the file name decides.
    ['a.json.gz', 'log'],
    ['copies/CloudTrail-Digest/a.json.gz', 'log'],
    [`copies/${ACCOUNT}_CloudTrail-Digest_eu-west-3_trail_20261122T0000Z.json.gz`, 'digest'],
    [`copies/${ACCOUNT}_CloudTrail-Insight_eu-west-3_20261122T0000Z_a.json.gz`, 'insight'],
    [`AWSLogs/${ACCOUNT}/CloudTrail/${ACCOUNT}_CloudTrail-Digest_a.json.gz`, 'digest'],
  ])('of %s is %s', (key, kind) => {
    expect(placeOf(key).kind).toBe(kind);
  });

  it('comes with the root and the account of the object', () => {
    expect(placeOf(inFolder('CloudTrail', 'a prefix/AWSLogs/o-a1b2c3d4e5/'))).toEqual({
      kind: 'log',
      root: 'a prefix/AWSLogs/o-a1b2c3d4e5/',
      account: ACCOUNT,
    });
    expect(placeOf('a.json.gz')).toEqual({ kind: 'log', root: undefined, account: undefined });
  });
});

describe('the scope', () => {
  const scope = { bucket: 'b', root: 'AWSLogs/', accounts: [ACCOUNT], kinds: ['log'] } as const;
  const log = inFolder('CloudTrail');
  it.each([
    ['includes all but digests by default', 'any', inFolder('CloudTrail-Aggregated'), {}, undefined],
    ['never includes a digest', 'any', inFolder('CloudTrail-Digest'), {}, 'digest'],
    ['never includes another service', 'b', inFolder('Config'), {}, 'outside'],
    ['includes what the settings name', 'b', log, scope, undefined],
    ['excludes another bucket', 'c', log, scope, 'outside'],
    ['excludes another root', 'b', `x/${log}`, scope, 'outside'],
    ['excludes another account', 'b', log.replace(ACCOUNT, '444455556666'), scope, 'outside'],
    ['excludes another kind', 'b', inFolder('CloudTrail-Insight'), scope, 'kind'],
    ['includes an unknown kind by default', 'b', inFolder('CloudTrail-Future'), {}, undefined],
    [
      'excludes an unknown kind if the settings list kinds',
      'b',
      inFolder('CloudTrail-Future'),
      scope,
      'kind',
    ],
    ['excludes an object outside a trail’s folders', 'b', 'a.json.gz', scope, 'outside'],
  ] as const)('%s', (_, bucket, key, of, reason) => {
    expect(outOfScope({ bucket, key }, of)).toBe(reason);
  });
});
