import { type Answer, LazyRule } from './lazy-rule.ts';
import { LiteralIndex, MIN_LITERAL_LENGTH } from './literal-index.ts';

/**
 * Rules of uap-core, in order: the first match decides. ua-parser-js uses the list like one RegExp.
 *
 * A caller can send another user agent with each call, so most of the 1,175 rules must cost nothing. A list tries
 * only those whose literals are in the agent: all lists together 15 for an AWS tool, 50 for a phone's browser.
 */
export class RuleList {
  readonly #rules: readonly LazyRule[];
  /** Indexes of the rules that the literals cannot rule out. */
  readonly #alwaysTried: number[] = [];
  readonly #literals = new LiteralIndex();
  readonly #lowerCaseLiterals = new LiteralIndex();

  /** @param lines one rule per line, see `LazyRule` */
  constructor(lines: string) {
    this.#rules = lines.split('\n').map((line) => new LazyRule(line));
    for (const [index, rule] of this.#rules.entries()) this.#enter(rule, index);
  }

  #enter({ literals, ignoresCase }: LazyRule, index: number): void {
    const isIndexable = literals.length > 0 && literals.every(({ length }) => length >= MIN_LITERAL_LENGTH);
    if (!isIndexable) {
      this.#alwaysTried.push(index);
      return;
    }
    const literalIndex = ignoresCase ? this.#lowerCaseLiterals : this.#literals;
    for (const literal of literals) literalIndex.add(literal, index);
  }

  /** Has the signature for ua-parser-js, which assigns all entries but the first to properties in order. */
  exec(agent: string): Answer | null {
    for (const index of this.candidates(agent)) {
      const answer = this.#rules[index]?.exec(agent);
      if (answer) return answer;
    }
    return null;
  }

  /**
   * Returns the indexes of the rules to try, in order. No other rule can match: the expressions are ASCII, and
   * with the `i` flag an ASCII letter equals only its other case. So lower case misses no match.
   */
  candidates(agent: string): number[] {
    const found = new Set(this.#alwaysTried);
    this.#literals.collectOwners(agent, found);
    this.#lowerCaseLiterals.collectOwners(agent.toLowerCase(), found);
    return [...found].sort((a, b) => a - b);
  }
}
