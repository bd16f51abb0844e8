import type { Key } from './parsed-path.ts';
import type { PathState } from './redact-paths.ts';

/** A secret in a record's text. */
export interface Secret {
  /** First index of what is replaced. */
  from: number;
  /** Index after its last. */
  to: number;
  /** The secret itself: a text without escapes, any other value as it is written. */
  content: string;
  /** Where it is: an entire value, a part of a text, or a value in JSON inside a text. */
  place: 'value' | 'text' | 'inner value';
  /** Keys and indexes that lead to the value. @default - it is no text of its own, or too deep to be worth a path */
  path?: readonly Key[] | undefined;
}

/**
 * Deepest value with a path, far deeper than any of CloudTrail's. A path costs time and memory for each level, so that a
 * small record of thousands of levels and thousands of secrets would take gigabytes.
 */
const MAX_PATH_LEVELS = 32;

/** An object or array whose end is not yet reached. */
interface Open {
  state: PathState;
  isArray: boolean;
  /** Where its own key starts, or its index in an array. */
  place: number;
  /** Elements so far. */
  elements: number;
}

/**
 * Finds the values at secret paths. Reads the text once, with a stack of the states at each level:
 *
 *   {"requestParameters":{"instanceId":"i-1","userData":"c2VjcmV0"}}
 *                                            └─── secret ──┘ └────┘
 *
 * - A secret object or array is one secret. `null` is none, because it holds nothing.
 * - A key counts with or without escapes, and as often as it occurs.
 * - A text that starts like a JSON object or array is searched too, at its own path, one level deep.
 * - If the text is not JSON, the search ends there. A secret value that does not end extends to the end of the text.
 *
 * @param state  the state at the root of the text
 * @param isInner whether the text was inside a string
 */
export function findSecrets(text: string, state: PathState, isInner = false): Secret[] {
  const secrets: Secret[] = [];
  const escapes = new Escapes(text);
  const outer: Open[] = [];
  let open: Open | undefined;
  let next = state;
  let place = 0;
  let at = endOfSpaces(text, 0);
  const path = (): Key[] | undefined => {
    if (isInner || outer.length >= MAX_PATH_LEVELS) return undefined;
    const containers = open ? [...outer, open] : [];
    const places = [...containers.slice(1).map((each) => each.place), place];
    return containers.map(({ isArray }, i) => (isArray ? (places[i] ?? 0) : keyAt(text, places[i] ?? 0)));
  };
  for (;;) {
    // A value starts here, in the state `next`.
    const unit = text.charCodeAt(at);
    if (next.part !== undefined && text.startsWith('null', at)) {
      at += 'null'.length;
    } else if (next.part !== undefined) {
      const end = endOfValue(text, at);
      const secret = secretAt(text, at, end, next);
      if (secret) secrets.push({ ...secret, path: path() });
      at = end;
    } else if (unit === OPEN_BRACE || unit === OPEN_BRACKET) {
      if (next.isDead) {
        at = endOfValue(text, at);
      } else {
        if (open) outer.push(open);
        open = { state: next, isArray: unit === OPEN_BRACKET, place, elements: 0 };
        at = endOfSpaces(text, at + 1);
        if (text.charCodeAt(at) !== (open.isArray ? CLOSE_BRACKET : CLOSE_BRACE)) {
          const start = startOfNext(text, at, open, escapes);
          if (!start) return secrets;
          ({ at, next, place } = start);
          continue;
        }
      }
    } else if (unit === QUOTE) {
      const end = endOfString(text, at) + 1;
      if (!isInner && !next.isDead && mayBeJson(text, at + 1))
        for (const secret of findInside(text, at, end, next)) secrets.push(secret);
      at = end;
    } else {
      at = endOfLiteral(text, at);
    }
    // A value has ended here.
    for (;;) {
      at = endOfSpaces(text, at);
      if (!open) return secrets;
      const after = text.charCodeAt(at);
      if (after === COMMA) break;
      if (after !== (open.isArray ? CLOSE_BRACKET : CLOSE_BRACE)) return secrets;
      at++;
      open = outer.pop();
    }
    const start = startOfNext(text, endOfSpaces(text, at + 1), open, escapes);
    if (!start) return secrets;
    ({ at, next, place } = start);
  }
}

/** @returns where the value of the member or element at `at` starts, and its state; `undefined` if it is not JSON */
function startOfNext(
  text: string,
  at: number,
  open: Open,
  escapes: Escapes,
): { at: number; next: PathState; place: number } | undefined {
  const { state } = open;
  if (open.isArray) return { at, next: state.element(), place: open.elements++ };
  if (text.charCodeAt(at) !== QUOTE) return undefined;
  const end = endOfString(text, at);
  const colon = endOfSpaces(text, end + 1);
  if (text.charCodeAt(colon) !== COLON) return undefined;
  const isCandidate =
    escapes.isIn(at, end) || state.paths.mayBe(text.charCodeAt(at + 1), text.charCodeAt(end - 1));
  const next = isCandidate ? state.member(keyAt(text, at, end)) : state.otherMember();
  return { at: endOfSpaces(text, colon + 1), next, place: at };
}

/** Returns the key that starts with the quote at `at`. */
function keyAt(text: string, at: number, end = endOfString(text, at)): string {
  const written = text.slice(at + 1, end);
  return written.includes('\\') ? (decode(text.slice(at, end + 1)) ?? written) : written;
}

/** Tells whether a part of a text has an escape. Parts come in order, so the text is searched once. */
class Escapes {
  readonly #text: string;
  #next = -1;

  constructor(text: string) {
    this.#text = text;
  }

  isIn(from: number, to: number): boolean {
    if (this.#next < from) {
      const found = this.#text.indexOf('\\', from);
      this.#next = found === -1 ? this.#text.length : found;
    }
    return this.#next < to;
  }
}

function secretAt(text: string, from: number, to: number, { part }: PathState): Secret | undefined {
  const written = text.slice(from, to);
  const decoded = text.charCodeAt(from) === QUOTE ? decode(written) : undefined;
  // What follows a colon is a part of a text. Anything else is replaced whole, even a text that does not end.
  if (part === 'value' || decoded === undefined)
    return { from, to, content: decoded ?? written, place: 'value' };
  const colon = decoded.indexOf(':');
  if (colon === -1) return undefined;
  // The colon, and what is before it, may be escaped.
  const start = placesIn(text, from + 1)(colon + 1);
  return { from: start, to: to - 1, content: decoded.slice(colon + 1), place: 'text' };
}

/** Whether a text starts like a JSON object or array, perhaps after spaces or with an escaped bracket. */
function mayBeJson(text: string, from: number): boolean {
  const unit = text.charCodeAt(endOfSpaces(text, from));
  return unit === OPEN_BRACE || unit === OPEN_BRACKET || unit === BACKSLASH;
}

/** Finds the secrets of a JSON text in the string from one quote to the other. */
function findInside(text: string, from: number, to: number, state: PathState): Secret[] {
  const inner = decode(text.slice(from, to));
  if (inner === undefined) return [];
  const found = findSecrets(inner, state, true);
  if (found.length === 0) return [];
  const placeOf = placesIn(text, from + 1);
  return found.map(({ from: start, to: end, content, place }) => ({
    from: placeOf(start),
    to: placeOf(end),
    content,
    place: place === 'value' ? 'inner value' : place,
  }));
}

/** Returns a function from an index in a decoded string to its index in the text. Call it with rising indexes. */
function placesIn(text: string, from: number): (index: number) => number {
  let at = from;
  let units = 0;
  return (index) => {
    for (; units < index; units++) {
      if (text.charCodeAt(at) !== BACKSLASH) at++;
      else at += text.charCodeAt(at + 1) === LETTER_U ? '\\u0000'.length : 2;
    }
    return at;
  };
}

function decode(json: string): string | undefined {
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === 'string' ? value : undefined;
  } catch {
    return undefined;
  }
}

/** @returns the end of the value that starts at `at`, by its quotes and brackets; at most the end of the text */
function endOfValue(text: string, at: number): number {
  let depth = 0;
  let end = at;
  do {
    const unit = text.charCodeAt(end);
    if (unit === QUOTE) end = endOfString(text, end) + 1;
    else if (unit === OPEN_BRACE || unit === OPEN_BRACKET) {
      depth++;
      end++;
    } else if (unit === CLOSE_BRACE || unit === CLOSE_BRACKET) {
      depth--;
      end++;
    } else end = depth > 0 ? end + 1 : endOfLiteral(text, end);
  } while (depth > 0 && end < text.length);
  return Math.min(end, text.length);
}

/**
 * Returns the index of the quote that closes the string opened at `from`; the end of the text if none does. Jumps from
 * quote to quote, because most strings have no escape.
 */
export function endOfString(text: string, from: number): number {
  for (let at = text.indexOf('"', from + 1); at !== -1; at = text.indexOf('"', at + 1)) {
    let escapes = 0;
    while (text.charCodeAt(at - 1 - escapes) === BACKSLASH) escapes++;
    if (escapes % 2 === 0) return at;
  }
  return text.length;
}

/** @returns the end of a number or a word */
function endOfLiteral(text: string, at: number): number {
  let end = at;
  for (; end < text.length; end++) {
    const unit = text.charCodeAt(end);
    if (unit === COMMA || unit === CLOSE_BRACE || unit === CLOSE_BRACKET || unit <= SPACE) break;
  }
  return end;
}

export function endOfSpaces(text: string, at: number): number {
  let end = at;
  for (; ; end++) {
    const unit = text.charCodeAt(end);
    if (unit > SPACE || (unit !== SPACE && unit !== 0x0a && unit !== 0x0d && unit !== 0x09)) return end;
  }
}

const SPACE = 0x20;
const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_BRACKET = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_BRACKET = 0x5d;
const LETTER_U = 0x75;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
