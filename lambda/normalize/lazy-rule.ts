/** The part of a RegExp match that a rule returns: the match, the name, the version. */
type Answer = readonly [match: string, name: string, version: string];

/**
 * One rule of uap-core, compiled on first use. ua-parser-js uses it like a RegExp.
 *
 * Running all 1,175 expressions costs a cold start 60 ms of CPU. For an agent of an AWS tool or a browser,
 * only 10 to 30 pass `mayMatch`. The rest are neither compiled nor run, which leaves 20 ms.
 */
export class LazyRule {
  readonly #source: string;
  readonly #ignoresCase: boolean;
  /** Any match contains one of these; empty if none is known. In lower case if case is ignored. */
  readonly #literals: readonly string[];
  /** Templates of name, major, minor and patch. */
  readonly #templates: readonly string[];
  #expression: RegExp | undefined;

  /** @param line `[(?i)]expression[~name[~major[~minor[~patch]]]]`, with `<…>` around required literals */
  constructor(line: string) {
    const [marked = '', ...templates] = line.split('~');
    this.#ignoresCase = marked.startsWith('(?i)');
    // Pieces at odd indexes are the literals between angle brackets: "a<b>c<d>" is a, b, c, d and "".
    const pieces = (this.#ignoresCase ? marked.slice('(?i)'.length) : marked).split(/[<>]/);
    this.#source = pieces.join('');
    this.#literals = pieces
      .filter((_, index) => index % 2 === 1)
      .map((piece) => piece.replace(/\\(.)/g, '$1'))
      .map((literal) => (this.#ignoresCase ? literal.toLowerCase() : literal));
    this.#templates = templates;
  }

  /**
   * Returns false only if the expression cannot match; far cheaper than running it. The expressions are
   * ASCII. With the `i` flag, an ASCII letter equals only its other case: lower case misses no match.
   */
  mayMatch(agent: string): boolean {
    if (this.#literals.length === 0) return true;
    const text = this.#ignoresCase ? agent.toLowerCase() : agent;
    return this.#literals.some((literal) => text.includes(literal));
  }

  /** Has the signature for ua-parser-js, which assigns all entries but the first to properties in order. */
  exec(agent: string): Answer | null {
    if (!this.mayMatch(agent)) return null;
    this.#expression ??= new RegExp(this.#source, this.#ignoresCase ? 'i' : '');
    const groups = this.#expression.exec(agent);
    if (!groups) return null;
    const [name = '', ...version] = [1, 2, 3, 4].map((group) => this.#fill(group, groups));
    return [groups[0], name, joinVersion(version)];
  }

  /** Fills `$1` to `$9` in a part's template, or returns the part's own group. A missing group is empty. */
  #fill(part: number, groups: RegExpExecArray): string {
    const template = this.#templates[part - 1];
    if (!template) return groups[part] ?? '';
    return template.replace(/\$([1-9])/g, (_, group) => groups[group] ?? '');
  }
}

function joinVersion(parts: string[]): string {
  const missing = parts.indexOf('');
  return (missing < 0 ? parts : parts.slice(0, missing)).join('.');
}
