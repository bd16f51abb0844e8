import { listOf, type Statement } from './synthesize.ts';

/** One request to AWS, as IAM sees it. */
export interface Call {
  readonly action: string;
  readonly resource: string;
}

/** The statement that allows a call, as IAM looks for it; `undefined` where none does. */
export function findAllowing(
  statements: readonly Statement[],
  { action, resource }: Call,
): Statement | undefined {
  return statements.find(
    ({ Effect, Action, Resource }) =>
      Effect === 'Allow' &&
      listOf(Action).some((pattern) => matches(pattern, action)) &&
      listOf(Resource).some((pattern) => matches(pattern, resource)),
  );
}

/** `*` stands for any characters, `?` for any one. */
function matches(pattern: string, text: string): boolean {
  const escaped = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${escaped}$`, 's').test(text);
}
