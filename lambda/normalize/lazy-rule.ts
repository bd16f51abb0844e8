/** The part of a RegExp match that a rule answers with: the match, the name, the version. */
type Answer = readonly [match: string, name: string, version: string];

/**
 * One rule of uap-core, compiled when it is first needed; ua-parser-js takes it for a RegExp.
 *
 * Running all 1,175 expressions costs a cold start 60 ms of CPU before its first answers. Of an agent of AWS's
 * tools or of a browser only 10 to 30 get past `mayMatch`, and the rest are neither compiled nor run: 20 ms.
 */
export class LazyRule {
  readonly #source: string;
  readonly #ignoresCase: boolean;
  /** Whatever matches holds one of these; empty where nothing is known. In lower case if case is ignored. */
  readonly #literals: readonly string[];
  /** What name, major, minor and patch are made of. */
  readonly #templates: readonly string[];
  #expression: RegExp | undefined;

  /** @param line `[(?i)]expression[~name[~major[~minor[~patch]]]]`, with `<…>` around required literals */
  constructor(line: string) {
    const [marked = '', ...templates] = line.split('~');
    this.#ignoresCase = marked.startsWith('(?i)');
    // Pieces at odd places stood between brackets: "a<b>c<d>" is a, b, c, d and "".
    const pieces = (this.#ignoresCase ? marked.slice('(?i)'.length) : marked).split(/[<>]/);
    this.#source = pieces.join('');
    this.#literals = pieces
      .filter((_, index) => index % 2 === 1)
      .map((piece) => piece.replace(/\\(.)/g, '$1'))
      .map((literal) => (this.#ignoresCase ? literal.toLowerCase() : literal));
    this.#templates = templates;
  }

  /**
   * False only where the expression cannot match. Far cheaper than to try. The expressions are ASCII, and to
   * the `i` flag an ASCII letter equals its other case alone, so a search in lower case misses nothing.
   */
  mayMatch(agent: string): boolean {
    if (this.#literals.length === 0) return true;
    const text = this.#ignoresCase ? agent.toLowerCase() : agent;
    return this.#literals.some((literal) => text.includes(literal));
  }

  /** Named and shaped for ua-parser-js, which takes the entries after the first for its properties in turn. */
  exec(agent: string): Answer | null {
    if (!this.mayMatch(agent)) return null;
    this.#expression ??= new RegExp(this.#source, this.#ignoresCase ? 'i' : '');
    const groups = this.#expression.exec(agent);
    if (!groups) return null;
    const [name = '', ...version] = [1, 2, 3, 4].map((group) => this.#fill(group, groups));
    return [groups[0], name, joinVersion(version)];
  }

  /** A part's template with its `$1` to `$9` filled in, or the part's own group; what is missing is empty. */
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
