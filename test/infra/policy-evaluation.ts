import { listOf, type Statement } from './synthesize.ts';

/** One request to AWS, as IAM sees it. */
export interface Call {
  readonly action: string;
  readonly resource: string;
  /** `s3:prefix` of the request, where it has one. */
  readonly prefix?: string;
}

/** The statement that allows a call, as IAM looks for it; `undefined` where none does. */
export function findAllowing(
  statements: readonly Statement[],
  { action, resource, prefix }: Call,
): Statement | undefined {
  const about = statements.filter(
    ({ Action, Resource, Condition }) =>
      listOf(Action).some((pattern) => matches(pattern, action)) &&
      listOf(Resource).some((pattern) => matches(pattern, resource)) &&
      allowsPrefix(Condition, prefix),
  );
  // A denial goes before whatever allows.
  if (about.some(({ Effect }) => Effect === 'Deny')) return undefined;
  return about.find(({ Effect }) => Effect === 'Allow');
}

/** The only condition that a request of the function's own code meets; `kms:ViaService` is S3's to meet. */
function allowsPrefix(conditions: Statement['Condition'], prefix: string | undefined): boolean {
  const patterns = conditions?.StringLike?.['s3:prefix'];
  if (patterns === undefined) return true;
  return prefix !== undefined && [patterns].flat().some((pattern) => matches(String(pattern), prefix));
}

/** `*` stands for any characters, `?` for any one. */
function matches(pattern: string, text: string): boolean {
  const escaped = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${escaped}$`, 's').test(text);
}
