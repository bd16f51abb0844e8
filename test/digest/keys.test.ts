import { describe, expect, it } from 'vitest';
import { parseDigestKey } from '../../digest/digest-key.ts';
import { parseLogObject } from '../../digest/log-object.ts';

const FOLDER = 'AWSLogs/111122223333/CloudTrail-Digest/eu-west-3/2026/11/03/';
const NAME = '111122223333_CloudTrail-Digest_eu-west-3_my-trail_us-east-1_20261103T090131Z.json.gz';

describe('the key of a digest', () => {
  it('has root, account, region, trail, home region and end', () => {
    expect(parseDigestKey(FOLDER + NAME)).toEqual({
      root: 'AWSLogs/',
      account: '111122223333',
      region: 'eu-west-3',
      trail: 'my-trail',
      homeRegion: 'us-east-1',
      endMs: Date.parse('2026-11-03T09:01:31Z'),
      isBackfill: false,
    });
  });

  it.each([
    [
      'a prefix and an organization',
      `a/AWSLogs/b/${FOLDER.replace('/', '/o-a1b2c3d4e5/')}${NAME}`,
      {
        root: 'a/AWSLogs/b/AWSLogs/o-a1b2c3d4e5/',
      },
    ],
    [
      'underscores in the name of the trail',
      FOLDER + NAME.replace('my-trail', '_my_us-east-1_trail_'),
      {
        trail: '_my_us-east-1_trail_',
        homeRegion: 'us-east-1',
      },
    ],
    ['the mark of a backfill', FOLDER + NAME.replace('Z.', 'Z_backfill.'), { isBackfill: true }],
  ])('may have %s', (_, key, expected) => {
    expect(parseDigestKey(key)).toMatchObject(expected);
  });

  it.each([
    ['another account in the name', FOLDER.replace('111122223333', '444455556666') + NAME],
    ['another region in the name', FOLDER.replace('eu-west-3', 'eu-west-1') + NAME],
    ['no trail', FOLDER + NAME.replace('_my-trail', '')],
    ['an invalid time', FOLDER + NAME.replace('T09', 'T25')],
    ['another ending', `${FOLDER}${NAME}.bak`],
    ['a folder above AWSLogs that only ends like it', `x${FOLDER}${NAME}`],
    ['the kind of a log file', (FOLDER + NAME).replaceAll('CloudTrail-Digest', 'CloudTrail')],
  ])('is not a key with %s', (_, key) => {
    expect(parseDigestKey(key)).toBeUndefined();
  });
});

describe('the key of a log object', () => {
  const folder = 'p/AWSLogs/o-a1b2c3d4e5/111122223333/CloudTrail-Insight/eu-west-3/2026/11/03/';

  it.each([
    [
      'its time',
      '111122223333_CloudTrail-Insight_eu-west-3_20261103T2359Z_x.json.gz',
      '2026-11-03T23:59:00Z',
    ],
    ['the start of its day without a time', 'any.json', '2026-11-03T00:00:00Z'],
    ['the start of its day with a time of another day', '1_20261104T0000Z_x.json.gz', '2026-11-03T00:00:00Z'],
    ['the start of its day with an invalid time', '1_20261103T9900Z_x.json.gz', '2026-11-03T00:00:00Z'],
  ])('has kind and %s', (_, name, time) => {
    const key = folder + name;
    expect(parseLogObject(key)).toEqual({ key, kind: 'CloudTrail-Insight', timeMs: Date.parse(time) });
  });

  it.each([
    'AWSLogs/111122223333/CloudTrail/eu-west-3/any.json',
    'AWSLogs/111122223333/Config/eu-west-3/2026/11/03/any.json',
  ])('is not %s', (key) => {
    expect(parseLogObject(key)).toBeUndefined();
  });
});
