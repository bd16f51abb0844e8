import type { Flattened, JsonObject, JsonValue } from './event.ts';
import { indexNumbers } from './number-source.ts';
import { unlessEmpty } from './value.ts';

/**
 * `aws.cloudtrail.flattened`: `requestParameters` and `responseElements` as one JSON text each, keys sorted
 * by code point at every level, `", "` between members and `": "` after keys, numbers as their source text.
 *
 * @param record  the parsed record
 * @param message the text it was parsed from, which still has the numbers as they were written
 */
export function flattenParameters(record: JsonObject, message: string): Flattened | undefined {
  let sawNumber = false;
  const plain = flattenMembers(record, (value) => {
    sawNumber = true;
    return String(value);
  });
  if (!sawNumber || !MAY_LOSE_DIGITS.test(message)) return plain;
  const { indexed, sources } = indexNumbers(message);
  return flattenMembers(JSON.parse(indexed), (index) => sources[index] ?? '');
}

/**
 * A number whose text JSON.parse and String may not give back: a fraction, an exponent, 16 digits or more, or `-0`.
 * A number stands behind a bracket, a comma, or the colon of a key. May hit inside a string too, which only costs time.
 */
const MAY_LOSE_DIGITS = /[[:,](?<=[[,]|"\s*:)\s*-?(?:\d+[.eE]|\d{16}|(?<=-)0)/;

function flattenMembers(record: JsonObject, numberText: (value: number) => string): Flattened | undefined {
  return unlessEmpty({
    request_parameters: flattenUnlessNull(record.requestParameters, numberText),
    response_elements: flattenUnlessNull(record.responseElements, numberText),
  });
}

function flattenUnlessNull(
  value: JsonValue | undefined,
  numberText: (value: number) => string,
): string | undefined {
  return value === null || value === undefined ? undefined : flattenValue(value, numberText);
}

/** An object or array whose opening bracket is written and whose closing one is not. */
type OpenContainer = { next: number } & (
  | { keys: undefined; members: JsonValue[] }
  /** Its keys, sorted. */
  | { keys: Key[]; members: JsonObject }
);

/** Walks with a stack of its own: 10,000 levels of nesting would exhaust the call stack. */
function flattenValue(root: JsonValue, numberText: (value: number) => string): string {
  if (!isContainer(root)) return leafText(root, numberText);
  const outer: OpenContainer[] = [];
  const whole: string[] = [];
  let open = openContainer(root);
  let out = openingOf(open);
  for (;;) {
    if (out.length > MAX_ROPE_UNITS) {
      whole.push(flat(out));
      out = '';
    }
    const next = open.next++;
    if (next === (open.keys ?? open.members).length) {
      out += open.keys ? '}' : ']';
      const container = outer.pop();
      if (!container) return whole.length === 0 ? out : `${whole.join('')}${out}`;
      open = container;
      continue;
    }
    if (next > 0) out += ', ';
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
      open = openContainer(value);
      out += openingOf(open);
    } else {
      out += leafText(value, numberText);
    }
  }
}

/**
 * V8 keeps what `+=` puts together as a rope, 32 bytes for each piece, until somebody reads it: a text of brackets would
 * take thirty times its length.
 */
const MAX_ROPE_UNITS = 65_536;

/** The same text without its rope: V8 writes out what an expression is to search. */
function flat(text: string): string {
  ANYTHING.test(text);
  return text;
}

const ANYTHING = /^/;

function isContainer(value: JsonValue): value is JsonObject | JsonValue[] {
  return typeof value === 'object' && value !== null;
}

function openContainer(value: JsonObject | JsonValue[]): OpenContainer {
  if (Array.isArray(value)) return { keys: undefined, members: value, next: 0 };
  return { keys: sortKeys(Object.keys(value)), members: value, next: 0 };
}

function openingOf({ keys }: OpenContainer): string {
  return keys ? '{' : '[';
}

/** Text that JSON writes as it stands. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: it is control characters that JSON escapes.
const PLAIN = /^[^"\\\u0000-\u001f\ud800-\udfff]*$/;

function leafText(value: string | number | boolean | null, numberText: (value: number) => string): string {
  if (typeof value === 'number') return numberText(value);
  return typeof value === 'string' && PLAIN.test(value) ? `"${value}"` : JSON.stringify(value);
}

interface Key {
  name: string;
  /** What opens the member: `"name": `. */
  opening: string;
  hasSurrogate: boolean;
}

/** CloudTrail's parameters share a few thousand names. */
const knownKeys = new Map<string, Key>();
const MAX_KNOWN_KEYS = 4_096;
const MAX_KNOWN_KEY_LENGTH = 128;

function knowKey(name: string): Key {
  const known = knownKeys.get(name);
  if (known) return known;
  const key = { name, opening: `${JSON.stringify(name)}: `, hasSurrogate: /[\ud800-\udfff]/.test(name) };
  if (knownKeys.size === MAX_KNOWN_KEYS) knownKeys.clear();
  if (name.length <= MAX_KNOWN_KEY_LENGTH) knownKeys.set(name, key);
  return key;
}

/** Most objects have few keys: a few comparisons, where Array's own sort first sets up its work space. */
function sortKeys(names: string[]): Key[] {
  if (names.length > MAX_INSERTIONS) return names.map(knowKey).sort(compareKeys);
  const keys: Key[] = [];
  for (const name of names) {
    const key = knowKey(name);
    let at = keys.length;
    for (; at > 0 && compareKeys(keys[at - 1] as Key, key) > 0; at--) keys[at] = keys[at - 1] as Key;
    keys[at] = key;
  }
  return keys;
}

const MAX_INSERTIONS = 16;

/** JavaScript compares UTF-16 units, which puts U+E000 to U+FFFF behind the surrogate pairs of U+10000 on. */
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
