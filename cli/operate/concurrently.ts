/**
 * Calls an asynchronous function for each item, for a few of them at once. After the first error, no further call
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
  async function work(): Promise<void> {
    for (const [i, item] of queue) results[i] = await call(item);
  }
  try {
    await Promise.all(Array.from({ length: limit }, work));
  } finally {
    // Ends the other workers after their current call.
    queue.return?.(undefined);
  }
  return results;
}
