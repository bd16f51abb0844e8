/** The part of a RegExp match that a rule returns: the match, the name, the version. */
export type Answer = readonly [match: string, name: string, version: string];

/** One rule of uap-core, compiled on first use. Compiling all 1,175 would cost a cold start 60 ms of CPU. */
export class LazyRule {
  readonly #source: string;
  readonly ignoresCase: boolean;
  /** Any match contains one of these; empty if none is known. In lower case if case is ignored. */
  readonly literals: readonly string[];
  /** Templates of name, major, minor and patch. */
  readonly #templates: readonly string[];
  #expression: RegExp | undefined;

  /** @param line `[(?i)]expression[~name[~major[~minor[~patch]]]]`, with `<…>` around required literals */
  constructor(line: string) {
    const [marked = '', ...templates] = line.split('~');
    this.ignoresCase = marked.startsWith('(?i)');
    // Pieces at odd indexes are the literals between angle brackets: "a<b>c<d>" is a, b, c, d and "".
    const pieces = (this.ignoresCase ? marked.slice('(?i)'.length) : marked).split(/[<>]/);
    this.#source = pieces.join('');
    this.literals = pieces
      .filter((_, index) => index % 2 === 1)
      .map((piece) => piece.replace(/\\(.)/g, '$1'))
      .map((literal) => (this.ignoresCase ? literal.toLowerCase() : literal));
    this.#templates = templates;
  }

  /** Returns the match, with name and version filled in; `null` without a match. */
  exec(agent: string): Answer | null {
    this.#expression ??= new RegExp(this.#source, this.ignoresCase ? 'i' : '');
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
