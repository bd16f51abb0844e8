import type { LogObjectRef } from './log-object-ref.ts';
import { type Kind, placeOf } from './trail-kinds.ts';

/** What the function reads. Whatever else a notification names is passed over and counted. */
export interface TrailScope {
  /** @default - any */
  bucket?: string | undefined;
  /** Up to the accounts, with a slash at the end. @default - any */
  root?: string | undefined;
  /** @default - any */
  accounts?: readonly string[] | undefined;
  /** @default - all */
  kinds?: readonly Kind[] | undefined;
}

/** Why an object is not read, whatever it is called. */
export type OutOfScope = 'digest' | 'kind' | 'outside';

/** @returns why an object is not to be read; `undefined` if it is */
export function outOfScope(
  { bucket, key }: Pick<LogObjectRef, 'bucket' | 'key'>,
  scope: TrailScope,
): OutOfScope | undefined {
  const place = placeOf(key);
  if (place.kind === 'digest') return 'digest';
  if (isOutside(bucket, place, scope)) return 'outside';
  // Whoever names the kinds gets no others, not even those of tomorrow.
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

/** An object that somebody asked for outright, and that the function does not read. */
export class OutsideScopeError extends Error {
  override name = 'OutsideScopeError';
}
