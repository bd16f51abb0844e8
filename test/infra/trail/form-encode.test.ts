import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { PipelineSettings } from '../../../infra/settings/settings.ts';
import { formEncode } from '../../../infra/trail/form-encode.ts';
import { decodeKey } from '../../../lambda/trigger/form-encoded-key.ts';
import { encodeKey } from '../../../samples/s3-notification.ts';
import { ORGANIZATION } from '../combinations.ts';
import { eventPatterns, isMatch } from '../event-pattern.ts';
import { findAllowing } from '../policy-evaluation.ts';
import { notificationFilters, roleStatements, synthesize } from '../synthesize.ts';

describe('formEncode', () => {
  // The right column is what Python's urllib.parse.quote_plus(prefix, safe='/*') returns, but for `~`, which Java,
  // and so S3, encodes.
  it.each([
    ['my trails/été', 'my+trails/%C3%A9t%C3%A9'],
    ['schemaVersion=1', 'schemaVersion%3D1'],
    ['a+b/c&d,e:f;g@h', 'a%2Bb/c%26d%2Ce%3Af%3Bg%40h'],
    ["!'()~", '%21%27%28%29%7E'],
    ['100%/😀', '100%25/%F0%9F%98%80'],
    ['Plain-1_2.3/4', 'Plain-1_2.3/4'],
  ])('%s: %s', (prefix, encoded) => {
    expect(formEncode(prefix)).toBe(encoded);
  });

  it('encodes any prefix like the key of a notification, which decodes to the prefix', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), (prefix) => {
        expect(formEncode(prefix)).toBe(encodeKey(prefix));
        expect(decodeKey(formEncode(prefix))).toBe(prefix);
      }),
    );
  });
});

/** Prefixes with characters that S3 encodes in notifications. */
const PREFIXES = ['my trails/été+1/team=sécurité', "a&b@c:d,e;f!g'h(i)~", '100%25/ÿ'];

describe.each(PREFIXES)('the trail prefix %s', (trailKeyPrefix) => {
  const existing = { trailBucketName: 'b-b', trailKeyPrefix } satisfies PipelineSettings;
  const key = `${trailKeyPrefix}/AWSLogs/111122223333/CloudTrail/eu-west-3/2026/11/22/a.json.gz`;

  it.each<PipelineSettings>([
    existing,
    { ...existing, trigger: 'direct' },
    { ...existing, rulePerKind: true },
    { trailKeyPrefix },
    { trailKeyPrefix, trigger: 'direct' },
  ])('is form-encoded in notification rules: %j', (settings) => {
    const filters = notificationFilters(synthesize(settings));
    const ofLog = filters.filter(({ prefix }) => encodeKey(key).startsWith(prefix));
    expect(ofLog).toEqual([{ prefix: expect.any(String), suffix: '.json.gz' }]);
    expect(filters.every(({ prefix }) => decodeKey(prefix)?.startsWith(`${trailKeyPrefix}/`))).toBe(true);
  });

  it('is form-encoded in the rule of an entire organization', () => {
    const [filter] = notificationFilters(synthesize({ ...existing, organizationId: ORGANIZATION }));
    expect(filter?.prefix).toBe(`${encodeKey(trailKeyPrefix)}/AWSLogs/${ORGANIZATION}/`);
  });

  it('is not encoded in the role, the event pattern, the trail and the environment', () => {
    const statements = roleStatements(synthesize(existing), 'DeliverRole');
    const call = { action: 's3:GetObject', resource: `arn:aws:s3:::b-b/${key}` };
    expect(findAllowing(statements, call)).toBeDefined();
    expect(
      findAllowing(statements, { action: 's3:ListBucket', resource: 'arn:aws:s3:::b-b', prefix: key }),
    ).toBeDefined();

    const patterns = eventPatterns(synthesize({ ...existing, trigger: 'eventbridge' }));
    expect(patterns.filter((pattern) => isMatch(pattern, 'b-b', key))).toHaveLength(1);

    const created = synthesize({ trailKeyPrefix });
    created.hasResourceProperties('AWS::CloudTrail::Trail', { S3KeyPrefix: trailKeyPrefix });
    created.hasResourceProperties('AWS::Lambda::Function', {
      Environment: { Variables: { TRAIL_ROOT: `${trailKeyPrefix}/AWSLogs/` } },
    });
  });
});
