import { instantiateWasm } from '../instantiate-wasm.ts';
import { FIND_NAME_WASM } from './find-name-wasm.ts';

/**
 * Looks for keys that may have one of some names, in any case and with `_` or `-` between their letters. It may be wrong
 * about a key, but misses none, also in JSON text inside a string. Escapes of letters hide a key from it.
 *
 * @param utf8 a JSON text of at most `MAX_INPUT_BYTES`
 * @returns how many there are, with 2 for more, and the index of the first one's name in the text
 */
export type NameRoutine = (utf8: Buffer) => FoundNames;

export interface FoundNames {
  count: 0 | 1 | 2;
  /** -1 if there is none. */
  first: number;
}

export const MAX_INPUT_BYTES = 65_536;

/** Names that the routine can look for. Other names are rare. */
const PLAIN_NAME = /^[a-z0-9]{2,}$/;

/**
 * Opens the routine of find-name.wat.
 *
 * @param names in lowercase and without separators
 * @returns `undefined` for names of other characters or a single one, or if the runtime has no WebAssembly with SIMD
 */
export function openNameRoutine(names: readonly string[]): NameRoutine | undefined {
  if (!names.every((name) => PLAIN_NAME.test(name))) return undefined;
  try {
    const exports = instantiateWasm<NameExports>(FIND_NAME_WASM);
    const memory = Buffer.from(exports.memory.buffer);
    const input = exports.input.value;
    const setBit = (table: number, index: number) => {
      const at = table + (index >> 3);
      memory[at] = (memory[at] ?? 0) | (1 << (index & 7));
    };
    for (const name of names) {
      for (const start of startsOf(name)) setBit(exports.starts.value, start);
      memory.write(`${name}"`, input);
      setBit(exports.names.value, exports.hash(input));
    }
    return (utf8) => {
      const end = input + utf8.copy(memory, input);
      const first = exports.find(input, end);
      if (first === 0) return NONE;
      return { count: exports.find(first, end) === 0 ? 1 : 2, first: first - input };
    };
  } catch {
    return undefined;
  }
}

const NONE: FoundNames = { count: 0, first: -1 };

/** Returns the two first bytes of each spelling of a name, the second one in the higher byte. */
function startsOf(name: string): number[] {
  const [first = '', second = ''] = name;
  return [first, first.toUpperCase()].flatMap((one) =>
    [second, second.toUpperCase(), '_', '-'].map((two) => one.charCodeAt(0) | (two.charCodeAt(0) << 8)),
  );
}

interface NameExports {
  memory: { buffer: ArrayBuffer };
  starts: { value: number };
  names: { value: number };
  input: { value: number };
  find(from: number, end: number): number;
  hash(at: number): number;
}
