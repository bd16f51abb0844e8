/** Bytes of JSON, by their names. */
export const QUOTE = 0x22;
export const COMMA = 0x2c;
export const COLON = 0x3a;
export const OPEN_BRACKET = 0x5b;
export const BACKSLASH = 0x5c;
export const CLOSE_BRACKET = 0x5d;
export const OPEN_BRACE = 0x7b;
export const CLOSE_BRACE = 0x7d;

export function isSpace(byte: number): boolean {
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

/** Those, and what a time has besides: `T`, `Z` and colons. */
export function isTimeByte(byte: number): boolean {
  return isLiteralByte(byte) || byte === COLON || byte === 0x54 || byte === 0x5a;
}

const LITERAL = /^(?:true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)$/;

export function isLiteral(text: string): boolean {
  return LITERAL.test(text);
}

/** The time before each line of a CloudWatch Logs export. */
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z$/;

export function isTime(text: string): boolean {
  return TIME.test(text);
}
