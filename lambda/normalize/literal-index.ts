/** The index looks up pairs of characters. */
export const MIN_LITERAL_LENGTH = 2;

/**
 * Finds which of many literals are in a text, in one pass over the text.
 *
 *   aws-, aws/, Boto   →   aw: aws-, aws/   Bo: Boto
 *
 * At each position, compares only the literals that start with the two characters there.
 */
export class LiteralIndex {
  readonly #byPair = new Map<number, { literal: string; owner: number }[]>();

  /** @param literal at least `MIN_LITERAL_LENGTH` long */
  add(literal: string, owner: number): void {
    const pair = pairAt(literal, 0);
    const entries = this.#byPair.get(pair);
    if (entries) entries.push({ literal, owner });
    else this.#byPair.set(pair, [{ literal, owner }]);
  }

  /** Adds to `owners` the owner of each literal in the text. */
  collectOwners(text: string, owners: Set<number>): void {
    for (let at = 0; at + 1 < text.length; at++) {
      for (const { literal, owner } of this.#byPair.get(pairAt(text, at)) ?? NONE)
        if (text.startsWith(literal, at)) owners.add(owner);
    }
  }
}

const NONE: never[] = [];

function pairAt(text: string, at: number): number {
  return text.charCodeAt(at) * 0x10000 + text.charCodeAt(at + 1);
}
