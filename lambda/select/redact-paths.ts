import { foldName, spellingsOf } from './key-name.ts';
import type { Step } from './path-pattern.ts';

/** What is replaced of a value: all of it, or what follows its first colon. */
export type Part = 'value' | 'after colon';

/** A path whose values are secret. */
export interface SecretPath {
  steps: readonly Step[];
  part: Part;
}

/** Place in the tree of all paths. */
interface PathNode {
  id: number;
  /** The next nodes by step: a folded name after a dot, `*` or `[*]`. `**` leads to itself. */
  next: Map<string, PathNode>;
  part?: Part;
}

/**
 * The paths that may still lead to a secret at one place of a record. A state knows the states below it, so a key
 * costs one look-up, however many paths there are.
 */
export class PathState {
  readonly #next = new Map<string, PathState>();
  #other: PathState | undefined;
  readonly #nodes: readonly PathNode[];
  readonly paths: RedactPaths;
  /** Whether no secret can be below. */
  readonly isDead: boolean;
  /** Which part of the value here is secret; `undefined` for none. */
  readonly part: Part | undefined;

  constructor(nodes: readonly PathNode[], paths: RedactPaths) {
    this.#nodes = nodes;
    this.paths = paths;
    this.isDead = nodes.length === 0;
    const parts = nodes.map(({ part }) => part);
    this.part = parts.includes('value') ? 'value' : parts.find(Boolean);
  }

  member(key: string): PathState {
    return this.#after(this.paths.stepOf(key));
  }

  /** Returns the state of a member whose key no path names. */
  otherMember(): PathState {
    this.#other ??= this.#after('*');
    return this.#other;
  }

  element(): PathState {
    return this.#after('[*]');
  }

  /** @param step a name that a path has, which may also be any member for another path; `*` or `[*]` */
  #after(step: string): PathState {
    const known = this.#next.get(step);
    if (known) return known;
    const steps = step.startsWith('.') ? [step, '*', '**'] : [step, '**'];
    const state = this.paths.stateOf(this.#nodes.flatMap(({ next }) => steps.map((each) => next.get(each))));
    this.#next.set(step, state);
    return state;
  }
}

/** A log object may lead to new states, one per combination of paths. After so many, they are computed anew. */
const MAX_STATES = 4_096;

const UNITS = 65_536;

/** Result of a search that found more than one key, or may have missed one. */
export const SEVERAL = -1;

/** CloudTrail's records share a few thousand keys. */
const MAX_KNOWN_KEYS = 4_096;
const MAX_KNOWN_LENGTH = 64;

/** All paths of secrets, compiled. */
export class RedactPaths {
  readonly #names = new Set<string>();
  /** First and last unit of each name, in any case. */
  readonly #ends = new Set<number>();
  readonly #knownKeys = new Map<string, string>();
  readonly #states = new Map<string, PathState>();
  readonly #search: RegExp;
  readonly #hiding: RegExp;
  readonly #starts: PathNode[];
  /** Paths of names alone. See `straightPaths`. */
  readonly straight: readonly string[][];

  /** @param paths each with at least one name */
  constructor(paths: readonly SecretPath[]) {
    let nodes = 0;
    const newNode = (): PathNode => ({ id: nodes++, next: new Map() });
    const root = newNode();
    const deep = newNode();
    deep.next.set('**', deep);
    for (const { steps, part } of paths) {
      let node = root;
      for (const step of steps) {
        const name = typeof step === 'object' ? `.${foldName(step.name)}` : step;
        this.#names.add(name);
        for (const first of [name, name.toUpperCase()])
          for (const last of [name, name.toUpperCase()])
            this.#ends.add(first.charCodeAt(1) * UNITS + last.charCodeAt(last.length - 1));
        const next: PathNode = name === '**' ? deep : (node.next.get(name) ?? newNode());
        if (next !== deep) node.next.set(name, next);
        node = next;
      }
      if (node.part !== 'value') node.part = part;
    }
    this.#starts = this.#names.has('**') ? [root, deep] : [root];
    this.#search = searchFor(paths);
    this.#hiding = hidingEscapes(paths);
    this.straight = straightPaths(paths);
  }

  /** State at the root of a record. */
  get start(): PathState {
    if (this.#states.size > MAX_STATES) this.#states.clear();
    return this.stateOf(this.#starts);
  }

  /**
   * Searches a text for keys that the paths name. This costs a fraction of a scan, and most records need no more.
   *
   * @returns where the value of the only such key starts; `SEVERAL` if there are more, or an escape that may hide one;
   *   `undefined` if the text has no secret
   */
  search(text: string): number | undefined {
    if (text.includes('\\u') && this.#hiding.test(text)) return SEVERAL;
    this.#search.lastIndex = 0;
    if (!this.#search.test(text)) return undefined;
    const { lastIndex } = this.#search;
    return this.#search.test(text) ? SEVERAL : lastIndex;
  }

  /** Whether a name starts and ends with these UTF-16 units. Rules out most keys without reading them. */
  mayBe(first: number, last: number): boolean {
    return this.#ends.has(first * UNITS + last);
  }

  /** Returns the step to the member of a key: its folded name after a dot if a path has it, otherwise `*`. */
  stepOf(key: string): string {
    const known = this.#knownKeys.get(key);
    if (known !== undefined) return known;
    const name = `.${foldName(key)}`;
    const step = this.#names.has(name) ? name : '*';
    if (this.#knownKeys.size === MAX_KNOWN_KEYS) this.#knownKeys.clear();
    if (key.length <= MAX_KNOWN_LENGTH) this.#knownKeys.set(key, step);
    return step;
  }

  stateOf(nodes: readonly (PathNode | undefined)[]): PathState {
    const unique = [...new Set(nodes)].filter((node) => node !== undefined).sort((a, b) => a.id - b.id);
    const key = unique.map(({ id }) => id).join();
    const state = this.#states.get(key) ?? new PathState(unique, this);
    this.#states.set(key, state);
    return state;
  }
}

/** A key's closing quote and its colon. In a JSON text inside a string, a backslash is before the quote and spaces. */
const KEY_END = String.raw`\\*"[\s\\nrt]*:`;

/** An object or array that is not empty, or the start of a JSON text inside a string. */
const OPENING = String.raw`[\s"]*(?:\\|[{[][^}\]])`;

/**
 * Returns a search for the keys that lead to secrets. One key of each path is enough. If the path leads further, its
 * value is not a plain one. Letters, quotes and colons may also be `\u` escapes, which it does not find.
 */
function searchFor(paths: readonly SecretPath[]): RegExp {
  const sources = paths.map(({ steps }) => {
    const i = rarestIn(steps);
    const source = spellingsOf(nameOf(steps[i]));
    return i === steps.length - 1 ? source : `${source}(?=${KEY_END}${OPENING})`;
  });
  return new RegExp(`"(?:${[...new Set(sources)].join('|')})${KEY_END}`, 'gi');
}

/**
 * Returns a search for escapes of what the other search has to see: units of names, and syntax of a JSON text inside a
 * string. Most escapes are of other units: CloudTrail writes `=` and `>` as `\u003d` and `\u003e`.
 */
function hidingEscapes(paths: readonly SecretPath[]): RegExp {
  const names = paths.map(({ steps }) => nameOf(steps[rarestIn(steps)])).join('');
  const units = new Set(`\\":{[_- \t\n\r${names}${names.toUpperCase()}${names.toLowerCase()}`.split(''));
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

/**
 * Returns the names of each path that has nothing else, is searched by its last one, and leads to an entire value. If a
 * text has only one key of all that are searched, the value at such a path is that key's.
 */
function straightPaths(paths: readonly SecretPath[]): string[][] {
  return paths
    .filter(({ steps, part }) => part === 'value' && rarestIn(steps) === steps.length - 1)
    .map(({ steps }) => steps.map(nameOf))
    .filter((names) => !names.includes(''));
}
