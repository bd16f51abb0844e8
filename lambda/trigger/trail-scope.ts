import type { LogObjectRef } from './log-object-ref.ts';
import { type Kind, placeOf } from './trail-kinds.ts';

/** Objects that the function reads. It skips and counts all others. */
export interface TrailScope {
  /** @default - any */
  bucket?: string | undefined;
  /** Up to the accounts, with a trailing slash. @default - any */
  root?: string | undefined;
  /** @default - any */
  accounts?: readonly string[] | undefined;
  /** @default - all */
  kinds?: readonly Kind[] | undefined;
}

/** Why an object is out of scope. */
export type OutOfScope = 'digest' | 'kind' | 'outside';

/** @returns why an object is out of scope; `undefined` if it is in scope */
export function outOfScope(
  { bucket, key }: Pick<LogObjectRef, 'bucket' | 'key'>,
  scope: TrailScope,
): OutOfScope | undefined {
  const place = placeOf(key);
  if (place.kind === 'digest') return 'digest';
  if (isOutside(bucket, place, scope)) return 'outside';
  // A list of kinds excludes all others, including future ones.
  return scope.kinds && !scope.kinds.includes(place.kind as Kind) ? 'kind' : undefined;
}

function isOutside(
  bucket: string,
  { kind, root, account }: ReturnType<typeof placeOf>,
  scope: TrailScope,
): boolean {
  if (kind === 'foreign') return true;
  if (scope.bucket !== undefined && bucket !== scope.bucket) return true;
  if (scope.root !== undefined && root !== scope.root) return true;
  return scope.accounts !== undefined && !scope.accounts.includes(account ?? '');
}

/** Thrown for an explicitly requested object that is out of scope. */
export class OutsideScopeError extends Error {
  override name = 'OutsideScopeError';
}
