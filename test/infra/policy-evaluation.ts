import { listOf, type Statement } from './synthesize.ts';

/** A request to AWS as IAM evaluates it. */
export interface Call {
  readonly action: string;
  readonly resource: string;
  /** `s3:prefix` of the request, if it has one. */
  readonly prefix?: string;
}

/**
 * Returns the statement that allows a call in IAM's evaluation order, or `undefined` if the call is denied.
 */
export function findAllowing(
  statements: readonly Statement[],
  { action, resource, prefix }: Call,
): Statement | undefined {
  const matching = statements.filter(
    ({ Action, Resource, Condition }) =>
      listOf(Action).some((pattern) => matches(pattern, action)) &&
      listOf(Resource).some((pattern) => matches(pattern, resource)) &&
      allowsPrefix(Condition, prefix),
  );
  // An explicit Deny overrides any Allow.
  if (matching.some(({ Effect }) => Effect === 'Deny')) return undefined;
  return matching.find(({ Effect }) => Effect === 'Allow');
}

/** Evaluates `s3:prefix`, the only condition on the function's own requests; S3 meets `kms:ViaService`. */
function allowsPrefix(conditions: Statement['Condition'], prefix: string | undefined): boolean {
  const patterns = conditions?.StringLike?.['s3:prefix'];
  if (patterns === undefined) return true;
  return prefix !== undefined && [patterns].flat().some((pattern) => matches(String(pattern), prefix));
}

/** In a pattern, `*` matches any characters and `?` any single character. */
function matches(pattern: string, text: string): boolean {
  const escaped = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${escaped}$`, 's').test(text);
}
