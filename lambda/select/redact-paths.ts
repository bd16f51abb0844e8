import { foldName } from './key-name.ts';
import { KeySearch } from './key-search.ts';
import type { Part, SecretPath } from './path-pattern.ts';

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
  readonly #starts: PathNode[];
  /** Rules out most records before a scan. */
  readonly keys: KeySearch;

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
    this.keys = new KeySearch(paths);
  }

  /** State at the root of a record. */
  get start(): PathState {
    if (this.#states.size > MAX_STATES) this.#states.clear();
    return this.stateOf(this.#starts);
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
