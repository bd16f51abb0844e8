/**
 * Cache of the last used entries: keeps at least `generationSize` of them, and at most twice as many.
 *
 *   young   used since this generation started; when full, it becomes the old one
 *   old     used before that; an entry that is used again moves to young, and the rest is dropped later
 *
 * Looking up a frequently used entry costs one Map look-up. Exact order of use would cost three.
 */
export class RecentCache<Key, Value extends object> {
  readonly #generationSize: number;
  #young = new Map<Key, Value>();
  #old = new Map<Key, Value>();

  constructor(generationSize: number) {
    this.#generationSize = generationSize;
  }

  get(key: Key): Value | undefined {
    const value = this.#young.get(key);
    if (value) return value;
    const old = this.#old.get(key);
    if (old) this.set(key, old);
    return old;
  }

  set(key: Key, value: Value): void {
    if (this.#young.size >= this.#generationSize && !this.#young.has(key)) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(key, value);
  }
}
