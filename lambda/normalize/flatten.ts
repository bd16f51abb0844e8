import type { Flattened, JsonObject, JsonValue } from './event.ts';
import { KEY_MARK, markKeys } from './key-order.ts';
import { indexNumbers } from './number-source.ts';
import { unlessEmpty } from './value.ts';

/**
 * Returns `aws.cloudtrail.flattened`: `requestParameters` and `responseElements` as one JSON text each. Sorts
 * keys by code point at every level, with `", "` between members and `": "` after keys. Numbers keep their
 * source text.
 *
 * @param record  the parsed record
 * @param message the text it was parsed from, which has the source text of the numbers
 */
export function flattenParameters(record: JsonObject, message: string): Flattened | undefined {
  let sawNumber = false;
  const plain = flattenMembers(record, SORTED, (value) => {
    sawNumber = true;
    return String(value);
  });
  if (!sawNumber || !MAY_LOSE_DIGITS.test(message)) return plain;
  const { indexed, sources } = indexNumbers(message);
  return flattenMembers(JSON.parse(indexed), SORTED, (index) => sources[index] ?? '');
}

/** The same as compact text: keys in the record's own order, `","` between members and `":"` after keys. */
export function flattenInOrder(record: JsonObject, message: string): Flattened | undefined {
  let sawNumber = false;
  const plain = flattenMembers(record, COMPACT, (value) => {
    sawNumber = true;
    return String(value);
  });
  const losesDigits = sawNumber && MAY_LOSE_DIGITS.test(message);
  if (!losesDigits && !MAY_REORDER.test(message)) return plain;
  const { indexed, sources } = indexNumbers(message);
  return flattenMembers(JSON.parse(markKeys(indexed)), COMPACT_MARKED, (index) => sources[index] ?? '');
}

/**
 * A number that JSON.parse and String may not reproduce: a fraction, an exponent, 16 digits or more, or `-0`.
 * A number follows a bracket, a comma, or the colon of a key. A match inside a string only costs time.
 */
const MAY_LOSE_DIGITS = /[[:,](?<=[[,]|"\s*:)\s*-?(?:\d+[.eE]|\d{16}|(?<=-)0)/;

/** A key that may be an integer, even with escapes: JSON.parse moves those to the front. */
const MAY_REORDER = /"(?:\d|\\u003)[^"]*"\s*:/;

/** A way to write JSON text. */
interface Style {
  /** Between members and between items. */
  comma: string;
  /** After a key. */
  colon: string;
  isSorted: boolean;
  /** What `markKeys` added to the start of each key. */
  mark: string;
  /** CloudTrail's parameters share a few thousand names. */
  knownKeys: Map<string, Key>;
}

const SORTED: Style = { comma: ', ', colon: ': ', isSorted: true, mark: '', knownKeys: new Map() };
const COMPACT: Style = { comma: ',', colon: ':', isSorted: false, mark: '', knownKeys: new Map() };
const COMPACT_MARKED: Style = { ...COMPACT, mark: KEY_MARK, knownKeys: new Map() };

function flattenMembers(
  record: JsonObject,
  style: Style,
  numberText: (value: number) => string,
): Flattened | undefined {
  return unlessEmpty({
    request_parameters: flattenUnlessNull(record[`${style.mark}requestParameters`], style, numberText),
    response_elements: flattenUnlessNull(record[`${style.mark}responseElements`], style, numberText),
  });
}

function flattenUnlessNull(
  value: JsonValue | undefined,
  style: Style,
  numberText: (value: number) => string,
): string | undefined {
  return value === null || value === undefined ? undefined : flattenValue(value, style, numberText);
}

/** An object or array whose opening bracket is written, but not yet its closing one. */
type OpenContainer = { next: number } & (
  | { keys: undefined; members: JsonValue[] }
  /** Its keys, in the order of the text. */
  | { keys: Key[]; members: JsonObject }
);

/**
 * Iterates with an explicit stack: 10,000 levels of nesting would exhaust the call stack. Joins at least two
 * pieces, because `join` returns a flat string. On Node 26, JSON.stringify has a fast path for events of only flat
 * strings, which saves a quarter of normalizing and stringifying.
 */
function flattenValue(root: JsonValue, style: Style, numberText: (value: number) => string): string {
  if (!isContainer(root)) return leafText(root, numberText);
  const outer: OpenContainer[] = [];
  let open = openContainer(root, style);
  const pieces = [openingOf(open)];
  let out = '';
  for (;;) {
    if (out.length > MAX_ROPE_UNITS) {
      pieces.push(flat(out));
      out = '';
    }
    const next = open.next++;
    if (next === (open.keys ?? open.members).length) {
      out += open.keys ? '}' : ']';
      const container = outer.pop();
      if (!container) {
        pieces.push(out);
        return pieces.join('');
      }
      open = container;
      continue;
    }
    if (next > 0) out += style.comma;
    let value: JsonValue;
    if (open.keys) {
      const { name, opening } = open.keys[next] as Key;
      out += opening;
      value = open.members[name] as JsonValue;
    } else {
      value = open.members[next] as JsonValue;
    }
    if (isContainer(value)) {
      outer.push(open);
      open = openContainer(value, style);
      out += openingOf(open);
    } else {
      out += leafText(value, numberText);
    }
  }
}

/**
 * V8 stores the result of `+=` as a rope, at 32 bytes per piece, until the text is read. A text of brackets
 * would take thirty times its length.
 */
const MAX_ROPE_UNITS = 65_536;

/** Returns the same text without its rope: V8 flattens a string before a regular expression searches it. */
function flat(text: string): string {
  ANYTHING.test(text);
  return text;
}

const ANYTHING = /^/;

function isContainer(value: JsonValue): value is JsonObject | JsonValue[] {
  return typeof value === 'object' && value !== null;
}

function openContainer(value: JsonObject | JsonValue[], style: Style): OpenContainer {
  if (Array.isArray(value)) return { keys: undefined, members: value, next: 0 };
  const names = Object.keys(value);
  const keys = style.isSorted ? sortKeys(names, style) : names.map((name) => knowKey(name, style));
  return { keys, members: value, next: 0 };
}

function openingOf({ keys }: OpenContainer): string {
  return keys ? '{' : '[';
}

/** Text in which JSON escapes no character. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: JSON escapes control characters.
const PLAIN = /^[^"\\\u0000-\u001f\ud800-\udfff]*$/;

function leafText(value: string | number | boolean | null, numberText: (value: number) => string): string {
  if (typeof value === 'number') return numberText(value);
  return typeof value === 'string' && PLAIN.test(value) ? `"${value}"` : JSON.stringify(value);
}

interface Key {
  name: string;
  /** Start of the member, in the style's spelling: `"name": `. */
  opening: string;
  hasSurrogate: boolean;
}

const MAX_KNOWN_KEYS = 4_096;
const MAX_KNOWN_KEY_LENGTH = 128;

function knowKey(name: string, { knownKeys, colon, mark }: Style): Key {
  const known = knownKeys.get(name);
  if (known) return known;
  const opening = `${JSON.stringify(name.slice(mark.length))}${colon}`;
  const key = { name, opening, hasSurrogate: /[\ud800-\udfff]/.test(name) };
  if (knownKeys.size === MAX_KNOWN_KEYS) knownKeys.clear();
  if (name.length <= MAX_KNOWN_KEY_LENGTH) knownKeys.set(name, key);
  return key;
}

/** Uses insertion sort for few keys, the usual case: `Array.sort` first allocates a work space. */
function sortKeys(names: string[], style: Style): Key[] {
  if (names.length > MAX_INSERTIONS) return names.map((name) => knowKey(name, style)).sort(compareKeys);
  const keys: Key[] = [];
  for (const name of names) {
    const key = knowKey(name, style);
    let at = keys.length;
    for (; at > 0 && compareKeys(keys[at - 1] as Key, key) > 0; at--) keys[at] = keys[at - 1] as Key;
    keys[at] = key;
  }
  return keys;
}

const MAX_INSERTIONS = 16;

/** Compares by code point. By UTF-16 units, U+E000 to U+FFFF would come after U+10000 and above. */
function compareKeys(a: Key, b: Key): number {
  if (a.hasSurrogate || b.hasSurrogate) return compareCodePoints(a.name, b.name);
  return a.name < b.name ? -1 : 1;
}

function compareCodePoints(a: string, b: string): number {
  const [left, right] = [Array.from(a), Array.from(b)];
  for (let i = 0; i < left.length && i < right.length; i++) {
    const difference = (left[i]?.codePointAt(0) ?? 0) - (right[i]?.codePointAt(0) ?? 0);
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
}
