/**
 * Calls an asynchronous function for each item, for up to `limit` of them at once. After an error, no further call
 * starts.
 *
 * @returns the results in the order of the items
 */
export async function mapConcurrently<Item, Result>(
  items: readonly Item[],
  limit: number,
  call: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  const queue = items.entries();
  let hasEnded = false;
  async function work(): Promise<void> {
    for (const [i, item] of queue) {
      if (hasEnded) return;
      results[i] = await call(item);
    }
  }
  try {
    await Promise.all(Array.from({ length: limit }, work));
  } finally {
    hasEnded = true;
  }
  return results;
}
