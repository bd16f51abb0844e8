/** Keeps the `maxEntries` entries used last; the one unused for longest goes first. */
export class LruCache<Key, Value extends object> {
  readonly #maxEntries: number;
  /** In order of last use: a Map iterates in order of insertion, so using an entry inserts it again. */
  readonly #entries = new Map<Key, Value>();

  constructor(maxEntries: number) {
    this.#maxEntries = maxEntries;
  }

  get(key: Key): Value | undefined {
    const value = this.#entries.get(key);
    if (value) this.set(key, value);
    return value;
  }

  set(key: Key, value: Value): void {
    this.#entries.delete(key);
    this.#entries.set(key, value);
    if (this.#entries.size <= this.#maxEntries) return;
    for (const oldest of this.#entries.keys()) {
      this.#entries.delete(oldest);
      return;
    }
  }
}
