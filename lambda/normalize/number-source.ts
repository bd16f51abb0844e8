/**
 * Keeps the source text of every number, which JSON.parse loses (`342.0`, `1e5`, a 20-digit integer).
 *
 *   {"a":342.0,"b":["7",1e5]}   →   {"a":0,"b":["7",1]}   and   ["342.0", "1e5"]
 *
 * Replaces the n-th number of the text by the integer n, so each number in the parsed result is the index of
 * its source. Works on any Node; the reviver's `context.source` exists only from Node 22 on.
 *
 * @param json text that JSON.parse accepts
 */
export function indexNumbers(json: string): { indexed: string; sources: string[] } {
  const sources: string[] = [];
  let indexed = '';
  let copied = 0;
  for (let at = 0; at < json.length; at++) {
    const unit = json.charCodeAt(at);
    if (unit === QUOTE) {
      at = endOfString(json, at);
    } else if (unit === MINUS || (unit >= ZERO && unit <= NINE)) {
      NUMBER.lastIndex = at;
      const source = NUMBER.exec(json)?.[0] ?? '';
      indexed += json.slice(copied, at) + sources.length;
      sources.push(source);
      copied = at + source.length;
      at = copied - 1;
    }
  }
  return { indexed: indexed + json.slice(copied), sources };
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const MINUS = 0x2d;
const ZERO = 0x30;
const NINE = 0x39;
const NUMBER = /[-+.0-9eE]+/y;

/** Index of the quote that closes the string opened at `from`; past the end if none does. */
export function endOfString(json: string, from: number): number {
  let at = from + 1;
  while (at < json.length && json.charCodeAt(at) !== QUOTE) at += json.charCodeAt(at) === BACKSLASH ? 2 : 1;
  return at;
}
