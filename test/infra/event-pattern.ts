import type { Template } from 'aws-cdk-lib/assertions';
import { resolve } from './synthesize.ts';

/** Event pattern of a rule for new objects. */
export interface ObjectPattern {
  readonly source: string[];
  readonly 'detail-type': string[];
  readonly detail: { readonly bucket: { name: string[] }; readonly object: { key: Matcher[] } };
}

type Matcher = string | { readonly prefix: string } | { readonly wildcard: string };

/** Returns the resolved patterns of all EventBridge rules. */
export function eventPatterns(template: Template): ObjectPattern[] {
  return Object.values(template.findResources('AWS::Events::Rule')).map(
    ({ Properties }) => resolve(Properties.EventPattern) as ObjectPattern,
  );
}

/**
 * Whether EventBridge matches an S3 `Object Created` event, whose key is not encoded.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
 */
export function isMatch({ source, detail, ...pattern }: ObjectPattern, bucket: string, key: string): boolean {
  return (
    source.includes('aws.s3') &&
    pattern['detail-type'].includes('Object Created') &&
    detail.bucket.name.includes(bucket) &&
    detail.object.key.some((matcher) => matches(matcher, key))
  );
}

function matches(matcher: Matcher, key: string): boolean {
  if (typeof matcher === 'string') return key === matcher;
  if ('prefix' in matcher) return key.startsWith(matcher.prefix);
  const parts = matcher.wildcard.split('*').map((part) => part.replace(/[.+^$?{}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`, 's').test(key);
}
