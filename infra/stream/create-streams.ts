/** A list with at least one element. */
export type OneOrMore<T> = readonly [T, ...T[]];

/**
 * Creates equal streams. The first one keeps the ID that it has alone, so another number of streams does not replace it.
 * The others use its role and its error log.
 *
 * @param create given the ID of a stream, and the first stream for the others
 */
export function createStreams<T>(
  count: number,
  id: string,
  create: (id: string, first?: T) => T,
): OneOrMore<T> {
  const first = create(id);
  const others = Array.from({ length: count - 1 }, (_, i) => create(`${id}${i + 2}`, first));
  return [first, ...others];
}
