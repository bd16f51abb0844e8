import type { CheckedDigest, ValidDigest } from './check-digest.ts';
import { isSameChain, parseDigestKey } from './digest-key.ts';
import type { PreviousDigest } from './parse-digest.ts';

/** A digest whose predecessor is not what it describes. */
export interface ChainBreak {
  /** The digest that names the predecessor. */
  readonly next: ValidDigest;
  readonly previousKey: string;
  readonly reason: 'missing' | 'changed';
}

/**
 * Checks the links between the digests of one trail and region. An invalid predecessor is not a break, because it has
 * its own verdict.
 *
 * @param valid    digests whose links are checked
 * @param all      digests that the bucket has, in any order
 * @param listedMs `all` has the digests that end after this time
 */
export function findBreaks(
  valid: readonly ValidDigest[],
  all: readonly CheckedDigest[],
  listedMs: number,
): ChainBreak[] {
  const byKey = new Map(all.map((checked) => [checked.key, checked]));
  return valid.flatMap((next): ChainBreak[] => {
    const { previous } = next.digest;
    if (!previous || !isExpected(previous, next, listedMs)) return [];
    const found = byKey.get(previous.key);
    const isSound = found !== undefined && (found.status !== 'valid' || found.hash === previous.hash);
    return isSound ? [] : [{ next, previousKey: previous.key, reason: found ? 'changed' : 'missing' }];
  });
}

/** Whether the predecessor must be among the listed digests, not in another bucket or folder. */
function isExpected(previous: PreviousDigest, { place, digest }: ValidDigest, listedMs: number): boolean {
  const before = parseDigestKey(previous.key);
  if (previous.bucket !== digest.bucket || !before) return false;
  return isSameChain(before, place) && before.endMs > listedMs;
}
