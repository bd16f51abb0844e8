/** Keeps the `maxEntries` entries used last; the one unused for longest goes first. */
export class LruCache<Key, Value extends object> {
  readonly #maxEntries: number;
  /** In order of last use: a Map iterates in order of insertion, so using an entry inserts it again. */
  readonly #entries = new Map<Key, Value>();
  /** What was used last often comes again at once, and is where it should be. */
  #newest: Key | undefined;

  constructor(maxEntries: number) {
    this.#maxEntries = maxEntries;
  }

  get(key: Key): Value | undefined {
    const value = this.#entries.get(key);
    if (value && key !== this.#newest) this.set(key, value);
    return value;
  }

  set(key: Key, value: Value): void {
    this.#newest = key;
    this.#entries.delete(key);
    this.#entries.set(key, value);
    if (this.#entries.size <= this.#maxEntries) return;
    for (const oldest of this.#entries.keys()) {
      this.#entries.delete(oldest);
      return;
    }
  }
}
