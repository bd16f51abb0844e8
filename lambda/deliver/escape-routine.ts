import { instantiateWasm } from '../instantiate-wasm.ts';
import { ESCAPE_JSON_WASM } from './escape-json-wasm.ts';

/** The routine of escape-json.wat, and its memory. */
export interface EscapeRoutine {
  memory: Buffer;
  /** Where in the memory the input is, and where the output can begin. */
  input: number;
  output: number;
  /**
   * Escapes the input for a JSON string, without the quotes around it.
   *
   * @param length in bytes, at most `MAX_INPUT_BYTES`
   * @param to     where to write, up to 6 bytes per byte
   * @returns the end of the output
   */
  escape(length: number, to: number): number;
}

export const MAX_INPUT_BYTES = 65_536;

/** @returns `undefined` if the runtime has no WebAssembly, no SIMD, or no memory left */
export function openEscapeRoutine(): EscapeRoutine | undefined {
  try {
    const exports = instantiateWasm<EscapeExports>(ESCAPE_JSON_WASM);
    const memory = Buffer.from(exports.memory.buffer);
    for (let at = 0; at < 256; at++) {
      memory.set(shuffleOf(at), exports.shuffles.value + at * 16);
      memory.set(escapeOf(at), exports.escapes.value + at * 8);
    }
    return { memory, input: exports.input.value, output: exports.output.value, escape: exports.escape };
  } catch {
    return undefined;
  }
}

/** Returns the lanes of eight bytes, with the lane of the backslash before each marked one. */
function shuffleOf(marked: number): number[] {
  const lanes = [0, 1, 2, 3, 4, 5, 6, 7];
  return lanes.flatMap((lane) => (marked & (1 << lane) ? [BACKSLASH_LANE, lane] : [lane]));
}

const BACKSLASH_LANE = 15;

/** Returns a byte's JSON text, and the length of that in the last of eight bytes. Parts of longer characters stay. */
function escapeOf(byte: number): Uint8Array {
  const entry = Buffer.alloc(8);
  entry[0] = byte;
  entry[7] = byte < 0x80 ? entry.write(JSON.stringify(String.fromCharCode(byte)).slice(1, -1)) : 1;
  return entry;
}

interface EscapeExports {
  memory: { buffer: ArrayBuffer };
  input: { value: number };
  output: { value: number };
  shuffles: { value: number };
  escapes: { value: number };
  escape: EscapeRoutine['escape'];
}
