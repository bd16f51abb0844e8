/**
 * Finds the literal text that every match of a regular expression contains.
 *
 *     ; {0,2}(SCH|SGH)\-([A-Z]\d+) Build   every match contains "SCH" or "SGH"
 *             └──────┘                     (and " Build", but most browsers send that)
 *
 * A sequence needs all its parts, so one of them is enough. A choice needs one of its branches, so it yields one
 * part of each branch, or none if a branch has no literal. Optional parts (`?`, `*`, `{0,…}`), classes and `.`
 * yield no literal.
 *
 * Supports only the syntax that uap-core uses: no look-around, no back reference.
 */

/** A range of the source, end exclusive. */
interface Span {
  start: number;
  end: number;
}

interface Cursor {
  readonly source: string;
  at: number;
}

/** Common browser words: a literal from this list occurs in nearly every browser's user agent. */
const commonAgent =
  'mozilla/5.0 (windows nt 10.0; linux; android 10; k build/x) (iphone; cpu iphone os 16 like mac os x) ' +
  'applewebkit/537.36 (khtml, like gecko) version/4.0 chrome/120.0.0.0 mobile safari/537.36';

/**
 * Puts the required literals in angle brackets: `; {0,2}(<SCH>|<SGH>)\-([A-Z]\d+) Build`. A text that contains
 * none of them cannot match. Without brackets, any text could match.
 *
 * @throws Error for syntax that uap-core does not use, and for a source that contains angle brackets
 */
export function markRequiredLiterals(source: string): string {
  if (/[<>]/.test(source)) throw new Error(`angle bracket in ${source}`);
  const cursor = { source, at: 0 };
  const literals = readChoice(cursor);
  if (cursor.at < source.length) throw new Error(`unbalanced parenthesis at ${cursor.at} in ${source}`);
  return literals.reduceRight(
    (marked, { start, end }) => `${marked.slice(0, start)}<${marked.slice(start, end)}>${marked.slice(end)}`,
    source,
  );
}

function readChoice(cursor: Cursor): Span[] {
  const branches = [readSequence(cursor)];
  while (cursor.source[cursor.at] === '|') {
    cursor.at++;
    branches.push(readSequence(cursor));
  }
  return branches.every((literals) => literals.length > 0) ? branches.flat() : [];
}

function readSequence(cursor: Cursor): Span[] {
  let best: Span[] = [];
  let bestWorth = 0;
  let runEnd = -1;
  let runStart = -1;
  while (cursor.at < cursor.source.length && !'|)'.includes(cursor.source.charAt(cursor.at))) {
    let literals = readAtom(cursor);
    if (readLeastCount(cursor) === 0) continue;
    const [first] = literals;
    if (!first) continue;
    // Adjacent characters form one literal; a quantifier or parenthesis between them splits it.
    runStart = first.start === runEnd ? runStart : first.start;
    runEnd = first.end;
    if (literals.length === 1) literals = [{ start: runStart, end: runEnd }];
    const worth = rate(cursor.source, literals);
    if (worth > bestWorth) [best, bestWorth] = [literals, worth];
  }
  return best;
}

function readAtom(cursor: Cursor): Span[] {
  const start = cursor.at++;
  const character = cursor.source.charAt(start);
  switch (character) {
    case '(':
      return readGroup(cursor);
    case '[':
      return skipClass(cursor);
    case '\\':
      return readEscape(cursor);
    case '.':
    case '^':
    case '$':
      return [];
    default:
      if ('*+?{}]'.includes(character))
        throw new Error(`unexpected ${character} at ${start} in ${cursor.source}`);
      return [{ start, end: cursor.at }];
  }
}

function readGroup(cursor: Cursor): Span[] {
  if (cursor.source[cursor.at] === '?') {
    if (cursor.source[cursor.at + 1] !== ':') throw new Error(`unsupported group in ${cursor.source}`);
    cursor.at += 2;
  }
  const literals = readChoice(cursor);
  if (cursor.source[cursor.at++] !== ')') throw new Error(`unclosed group in ${cursor.source}`);
  return literals;
}

function skipClass(cursor: Cursor): Span[] {
  if (cursor.source[cursor.at] === '^') cursor.at++;
  for (;;) {
    const character = cursor.source[cursor.at++];
    if (character === ']') return [];
    if (character === '\\') readEscape(cursor);
    if (character === '[' || character === undefined)
      throw new Error(`unsupported class in ${cursor.source}`);
  }
}

function readEscape(cursor: Cursor): Span[] {
  const escaped = cursor.source.charAt(cursor.at++);
  if (/[bdswDSW]/.test(escaped)) return [];
  if (!/[^A-Za-z0-9]/.test(escaped)) throw new Error(`unsupported escape \\${escaped} in ${cursor.source}`);
  return [{ start: cursor.at - 2, end: cursor.at }];
}

/** Reads a quantifier and returns the minimum count of the atom before it; 1 without a quantifier. */
function readLeastCount(cursor: Cursor): number {
  const quantifier = /(?:[*+?]|\{(\d+)(?:,\d*)?\})\??/y;
  quantifier.lastIndex = cursor.at;
  const match = quantifier.exec(cursor.source);
  if (!match) return 1;
  cursor.at = quantifier.lastIndex;
  return match[1] === undefined ? Number(match[0].startsWith('+')) : Number(match[1]);
}

/** Rates a set of literals: rare words first, then long ones, then few. Always above 0. */
function rate(source: string, literals: Span[]): number {
  const texts = literals.map(({ start, end }) => dropEscapes(source.slice(start, end)).toLowerCase());
  const shortest = Math.min(...texts.map((text) => text.length));
  const rare = texts.every((text) => !commonAgent.includes(text));
  return (rare ? 1000 : 0) + shortest - literals.length / 1000;
}

function dropEscapes(literal: string): string {
  return literal.replace(/\\(.)/g, '$1');
}
