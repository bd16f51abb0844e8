import type { JsonObject } from '../normalize/event.ts';
import { type Matcher, valuesAt } from './matcher.ts';

/** A rule about which records are delivered. */
export interface Rule {
  name: string;
  action: 'drop' | 'keep';
  /** All have to hold. */
  match: readonly Matcher[];
}

/** Fields that the index is made of. Nearly every rule names them. */
const INDEXED = new Set(['eventSource', 'eventName']);

/** Pairs of `eventSource` and `eventName` in the index. An account uses a few hundred. */
const MAX_PAIRS = 4_096;

/** A rule that holds for a pair if its other matchers do. */
interface Candidate {
  rule: Rule;
  others: readonly Matcher[];
}

/**
 * Rules in order: the first one that holds for a record decides. A record for which none holds is kept.
 *
 * The index has, for each pair of `eventSource` and `eventName` seen so far, the rules whose matchers on these two
 * fields hold. For most pairs there are none, so most records cost two look-ups.
 */
export class RuleSet {
  readonly #rules: readonly Rule[];
  readonly #index = new Map<string | undefined, Map<string | undefined, readonly Candidate[]>>();
  #pairs = 0;
  /** How often the index answered, and how often it had to look at every rule. */
  readonly lookUps = { indexed: 0, plain: 0 };

  constructor(rules: readonly Rule[]) {
    this.#rules = rules;
  }

  get rules(): readonly Rule[] {
    return this.#rules;
  }

  /** @returns the first rule that holds; `undefined` if none does */
  find(record: JsonObject): Rule | undefined {
    for (const { rule, others } of this.#candidates(record)) if (hold(others, record)) return rule;
    return undefined;
  }

  #candidates(record: JsonObject): readonly Candidate[] {
    const { eventSource, eventName } = record;
    if (!isIndexable(eventSource) || !isIndexable(eventName)) return this.#candidatesOf(record);
    const known = this.#index.get(eventSource)?.get(eventName);
    if (known) {
      this.lookUps.indexed++;
      return known;
    }
    const candidates = this.#candidatesOf(record);
    if (this.#pairs === MAX_PAIRS) {
      this.#index.clear();
      this.#pairs = 0;
    }
    this.#pairs++;
    const names = this.#index.get(eventSource) ?? new Map<string | undefined, readonly Candidate[]>();
    this.#index.set(eventSource, names.set(eventName, candidates));
    return candidates;
  }

  #candidatesOf(record: JsonObject): Candidate[] {
    this.lookUps.plain++;
    const candidates: Candidate[] = [];
    for (const rule of this.#rules) {
      if (!hold(rule.match.filter(isIndexed), record)) continue;
      const others = rule.match.filter((matcher) => !isIndexed(matcher));
      candidates.push({ rule, others });
      // It always holds for this pair, so no later rule decides.
      if (others.length === 0) break;
    }
    return candidates;
  }
}

function isIndexed({ field }: Matcher): boolean {
  return INDEXED.has(field);
}

/** Other values than text are not CloudTrail's, and a long text could fill the memory. */
function isIndexable(value: unknown): value is string | undefined {
  return value === undefined || (typeof value === 'string' && value.length <= MAX_INDEXED_LENGTH);
}

const MAX_INDEXED_LENGTH = 128;

/** Whether all matchers hold for a record. */
export function hold(matchers: readonly Matcher[], record: JsonObject): boolean {
  return matchers.every(({ path, holds }) => holds(valuesAt(record, path)));
}
