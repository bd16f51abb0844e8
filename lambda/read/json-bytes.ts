/** Names of JSON's bytes, and scanners for runs of them. */
export const QUOTE = 0x22;
export const COMMA = 0x2c;
export const COLON = 0x3a;
export const OPEN_BRACKET = 0x5b;
const BACKSLASH = 0x5c;
export const CLOSE_BRACKET = 0x5d;
export const OPEN_BRACE = 0x7b;
export const CLOSE_BRACE = 0x7d;

function isSpace(byte: number): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}

export function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39;
}

/** Bytes of `true`, `false`, `null` and numbers. */
export function isLiteralByte(byte: number): boolean {
  return (
    (byte >= 0x61 && byte <= 0x7a) ||
    isDigit(byte) ||
    byte === 0x2b ||
    byte === 0x2d ||
    byte === 0x2e ||
    byte === 0x45
  );
}

/** Those, and the other bytes of a timestamp: `T`, `Z` and colons. */
function isTimeByte(byte: number): boolean {
  return isLiteralByte(byte) || byte === COLON || byte === 0x54 || byte === 0x5a;
}

const LITERAL = /^(?:true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)$/;

export function isLiteral(text: string): boolean {
  return LITERAL.test(text);
}

/** Timestamp at the start of each line in a CloudWatch Logs export. */
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z$/;

export function isTime(text: string): boolean {
  return TIME.test(text);
}

/** @returns index of the first byte from `at` on that is not white space */
export function endOfSpaces(chunk: Uint8Array, at: number): number {
  let next = at;
  while (next < chunk.length && isSpace(chunk[next] ?? 0)) next++;
  return next;
}

/** @returns the end of a number, a word or a timestamp; `undefined` if it continues in the next chunk */
export function endOfBare(chunk: Uint8Array, from: number, kind: 'literal' | 'time'): number | undefined {
  const isInside = kind === 'time' ? isTimeByte : isLiteralByte;
  for (let at = from; at < chunk.length; at++) if (!isInside(chunk[at] ?? 0)) return at;
  return undefined;
}

/** Finds the end of an object, array or string by its brackets and quotes. */
export class NestedScanner {
  #depth = 0;
  #inString = false;
  #escaped = false;

  begin(): void {
    this.#depth = 0;
    this.#inString = false;
    this.#escaped = false;
  }

  /**
   * The hot loop. It reads each byte of each value once.
   *
   * @returns the end of the value; `undefined` if it continues in the next chunk
   */
  scan(chunk: Uint8Array, from: number): number | undefined {
    const { length } = chunk;
    let at = from;
    let depth = this.#depth;
    let inString = this.#inString;
    if (this.#escaped) {
      this.#escaped = false;
      at++;
    }
    while (at < length) {
      if (inString) {
        while (at < length && chunk[at] !== QUOTE) at += chunk[at] === BACKSLASH ? 2 : 1;
        if (at >= length) break;
        inString = false;
        at++;
        if (depth === 0) return at;
      } else {
        const byte = chunk[at++];
        if (byte === QUOTE) inString = true;
        else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) depth++;
        else if ((byte === CLOSE_BRACE || byte === CLOSE_BRACKET) && --depth === 0) return at;
      }
    }
    this.#escaped = at > length;
    this.#inString = inString;
    this.#depth = depth;
    return undefined;
  }
}
