import { foldName, spellingsOf } from './key-name.ts';
import { MAX_INPUT_BYTES, type NameRoutine, openNameRoutine } from './name-routine.ts';
import type { SecretPath, Step } from './path-pattern.ts';

/** Result of a search that found more than one key, or may have missed one. */
export const SEVERAL = -1;

/** Searches a text for keys that lead to secrets. This costs a fraction of a scan, and most records need no more. */
export class KeySearch {
  readonly #keys: RegExp;
  readonly #keyHere: RegExp;
  readonly #hiding: RegExp;
  readonly #findNames: NameRoutine | undefined;
  /**
   * Names of each path that has nothing else, is searched by its last one, and leads to an entire value. If a text has
   * only one key of all that are searched, the value at such a path is that key's.
   */
  readonly straight: readonly string[][];

  constructor(paths: readonly SecretPath[]) {
    this.#keys = new RegExp(keysOf(paths), 'gi');
    this.#keyHere = new RegExp(keysOf(paths), 'iy');
    this.#hiding = hidingEscapes(paths);
    this.#findNames = openNameRoutine(paths.map(({ steps }) => foldName(nameOf(steps[rarestIn(steps)]))));
    this.straight = paths
      .filter(({ steps, part }) => part === 'value' && rarestIn(steps) === steps.length - 1)
      .map(({ steps }) => steps.map(nameOf))
      .filter((names) => !names.includes(''));
  }

  /**
   * @param utf8 the bytes of the text, if they are known: a routine that reads them spares most texts the search
   * @returns the index after the colon of the only such key; `SEVERAL` if there are more, or an escape that may hide one;
   *   `undefined` if the text has no secret
   */
  find(text: string, utf8?: Buffer): number | undefined {
    if (text.includes('\\u') && this.#hiding.test(text)) return SEVERAL;
    const names = utf8 && utf8.length <= MAX_INPUT_BYTES ? this.#findNames?.(utf8) : undefined;
    if (names?.count === 0) return undefined;
    // With a byte for each unit, the places are the same.
    if (names?.count === 1 && utf8?.length === text.length) return this.#endOfKey(text, names.first - 1);
    this.#keys.lastIndex = 0;
    if (!this.#keys.test(text)) return undefined;
    const { lastIndex } = this.#keys;
    return this.#keys.test(text) ? SEVERAL : lastIndex;
  }

  #endOfKey(text: string, quote: number): number | undefined {
    this.#keyHere.lastIndex = quote;
    return this.#keyHere.test(text) ? this.#keyHere.lastIndex : undefined;
  }
}

/** A key's closing quote and its colon. In a JSON text inside a string, a backslash is before the quote and spaces. */
const KEY_END = String.raw`\\*"[\s\\nrt]*:`;

/** An object or array that is not empty, or the start of a JSON text inside a string. */
const OPENING = String.raw`[\s"]*(?:\\|[{[][^}\]])`;

/**
 * Returns the source of a search for the keys that lead to secrets. It has to ignore case. One key of each path is enough. If the path leads further, its
 * value is not a plain one. Letters, quotes and colons may also be `\u` escapes, which it does not find.
 */
function keysOf(paths: readonly SecretPath[]): string {
  const sources = paths.map(({ steps }) => {
    const i = rarestIn(steps);
    const source = spellingsOf(nameOf(steps[i]));
    return i === steps.length - 1 ? source : `${source}(?=${KEY_END}${OPENING})`;
  });
  return `"(?:${[...new Set(sources)].join('|')})${KEY_END}`;
}

/**
 * Returns a search for escapes of what the other search has to see: units of names, and syntax of a JSON text inside a
 * string. Most escapes are of other units: CloudTrail writes `=` and `>` as `\u003d` and `\u003e`.
 */
function hidingEscapes(paths: readonly SecretPath[]): RegExp {
  const names = paths.map(({ steps }) => nameOf(steps[rarestIn(steps)])).join('');
  const units = new Set(`\\":_- \t\n\r${names}${names.toUpperCase()}${names.toLowerCase()}`.split(''));
  const codes = Array.from(units, (unit) => unit.charCodeAt(0).toString(16).padStart(4, '0'));
  return new RegExp(`\\\\u(?:${codes.join('|')})`, 'i');
}

/** Returns the index of a path's longest name. The first step is the last choice, because every record has it. */
function rarestIn(steps: readonly Step[]): number {
  const lengths = steps.map((step, i) => Math.min(nameOf(step).length, i === 0 ? 0.5 : Infinity));
  return lengths.indexOf(Math.max(...lengths));
}

function nameOf(step: Step | undefined): string {
  return typeof step === 'object' ? step.name : '';
}
