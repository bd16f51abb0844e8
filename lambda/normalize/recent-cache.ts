/**
 * Keeps the entries used last: `generationSize` of them for certain, and twice as many at the most.
 *
 *   young   used since it began; once full, it becomes the old
 *   old     used before; whatever is asked for again moves to the young, and the rest goes with it
 *
 * So a look-up of what is used all the time is one look-up in a Map; an order of last use, kept up at each of them,
 * costs three.
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
