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
 * A number whose text JSON.parse and String may not give back: a fraction, an exponent, 16 digits or more, or
 * `-0`. May hit inside a string too, which only costs time.
 */
const MAY_LOSE_DIGITS = /[[:,]\s*-?(?:\d+[.eE]|\d{16}|(?<=-)0)/;

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
interface OpenContainer {
  /** The sorted keys of an object; `undefined` for an array. */
  keys: string[] | undefined;
  values: JsonValue[];
  next: number;
}

/** Walks with a stack of its own: 10,000 levels of nesting would exhaust the call stack. */
function flattenValue(root: JsonValue, numberText: (value: number) => string): string {
  const open: OpenContainer[] = [];
  let value: JsonValue | undefined = root;
  let out = '';
  for (;;) {
    if (typeof value === 'object' && value !== null) {
      const container = openContainer(value);
      open.push(container);
      out += container.keys ? '{' : '[';
    } else {
      out += typeof value === 'number' ? numberText(value) : literalText(value);
    }

    let container = open.at(-1);
    while (container && container.next === container.values.length) {
      out += container.keys ? '}' : ']';
      open.pop();
      container = open.at(-1);
    }
    if (!container) return out;
    if (container.next > 0) out += ', ';
    if (container.keys) out += keyText(container.keys[container.next] ?? '').opening;
    value = container.values[container.next++];
  }
}

function openContainer(value: JsonObject | JsonValue[]): OpenContainer {
  if (Array.isArray(value)) return { keys: undefined, values: value, next: 0 };
  const keys = sortByCodePoint(Object.keys(value));
  return { keys, values: keys.map((key) => value[key] ?? null), next: 0 };
}

/** Text that JSON writes as it stands. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: it is control characters that JSON escapes.
const PLAIN = /^[^"\\\u0000-\u001f\ud800-\udfff]*$/;

function literalText(value: string | boolean | null | undefined): string {
  return typeof value === 'string' && PLAIN.test(value) ? `"${value}"` : JSON.stringify(value);
}

interface KeyText {
  /** What opens the member: `"key": `. */
  opening: string;
  hasSurrogate: boolean;
}

/** CloudTrail's parameters share a few thousand names. */
const keyTexts = new Map<string, KeyText>();
const MAX_KEY_TEXTS = 4_096;
const MAX_KEPT_KEY_LENGTH = 128;

function keyText(key: string): KeyText {
  const known = keyTexts.get(key);
  if (known) return known;
  const text = { opening: `${JSON.stringify(key)}: `, hasSurrogate: /[\ud800-\udfff]/.test(key) };
  if (keyTexts.size === MAX_KEY_TEXTS) keyTexts.clear();
  if (key.length <= MAX_KEPT_KEY_LENGTH) keyTexts.set(key, text);
  return text;
}

/** JavaScript sorts by UTF-16 unit, which puts U+E000 to U+FFFF behind the surrogate pairs of U+10000 on. */
function sortByCodePoint(keys: string[]): string[] {
  if (keys.length < 2) return keys;
  return keys.some((key) => keyText(key).hasSurrogate) ? keys.sort(compareCodePoints) : keys.sort();
}

function compareCodePoints(a: string, b: string): number {
  const [left, right] = [Array.from(a), Array.from(b)];
  for (let i = 0; i < left.length && i < right.length; i++) {
    const difference = (left[i]?.codePointAt(0) ?? 0) - (right[i]?.codePointAt(0) ?? 0);
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
}
