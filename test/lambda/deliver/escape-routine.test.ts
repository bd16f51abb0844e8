import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { MAX_INPUT_BYTES, openEscapeRoutine } from '../../../lambda/deliver/escape-routine.ts';

const routine = openEscapeRoutine();

function escapeBytes(input: Buffer): Buffer {
  if (!routine) throw new Error('this runtime has no WebAssembly SIMD');
  input.copy(routine.memory, routine.input);
  return routine.memory.subarray(routine.output, routine.escape(input.length, routine.output));
}

const stringify = (text: string) => JSON.stringify(text).slice(1, -1);

/** Every length up to three blocks of sixteen bytes, and one more. */
const LENGTHS = Array.from({ length: 50 }, (_, length) => length);

describe('the escape routine', () => {
  it('escapes each ASCII character at each place of each length', () => {
    for (const length of LENGTHS) {
      for (let at = 0; at < length; at++) {
        for (let unit = 0; unit < 0x80; unit++) {
          const text = `${'a'.repeat(at)}${String.fromCharCode(unit)}${'b'.repeat(length - at - 1)}`;
          if (escapeBytes(Buffer.from(text)).toString('latin1') !== stringify(text))
            expect.fail(`character ${unit} at ${at} of ${length}`);
        }
      }
    }
  });

  it('escapes each combination of quotes in a block', () => {
    for (let marked = 0; marked < 65_536; marked++) {
      const text = Array.from({ length: 16 }, (_, lane) => (marked & (1 << lane) ? '"' : 'x')).join('');
      if (escapeBytes(Buffer.from(text)).toString('latin1') !== stringify(text))
        expect.fail(`combination ${marked}`);
    }
  });

  it('copies each character of several bytes at each place of each length', () => {
    const wide = ['\u0080', 'é', '\u07ff', '\u0800', '漢', '\u2028', '\u2029', '\ufeff', '\uffff', '😀'];
    for (const length of LENGTHS) {
      for (const character of wide) {
        const text = `${'a'.repeat(length)}${character}"${character}`;
        expect(escapeBytes(Buffer.from(text)).toString('utf8')).toBe(stringify(text));
      }
    }
  });

  it('gives what JSON.stringify gives, for any text', () => {
    const character = fc.oneof(
      { weight: 6, arbitrary: fc.constantFrom(...'abcXYZ 0123{}[]:,/') },
      { weight: 3, arbitrary: fc.constantFrom('"', '\\', '\\"', '\\ud800', '\\u2028') },
      { weight: 1, arbitrary: fc.integer({ min: 0, max: 0x1f }).map((code) => String.fromCharCode(code)) },
      { weight: 1, arbitrary: fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }) },
      { weight: 1, arbitrary: fc.constantFrom('é', '漢', '😀', '\u2028', '\u007f') },
    );
    const text = fc.array(character, { maxLength: 120 }).map((characters) => characters.join(''));
    fc.assert(
      fc.property(text, (any) => {
        expect(escapeBytes(Buffer.from(any)).toString('utf8')).toBe(stringify(any));
      }),
      { numRuns: 1000, seed: 21 },
    );
  });

  it.each([
    ['plain', 'a'],
    ['that each take six bytes', '\u0001'],
    ['of quotes', '"'],
  ])('escapes as many bytes as the input has room for: %s', (_, character) => {
    for (const length of [MAX_INPUT_BYTES - 1, MAX_INPUT_BYTES]) {
      const text = character.repeat(length);
      expect(escapeBytes(Buffer.from(text)).toString('latin1') === stringify(text)).toBe(true);
    }
  });

  it('leaves its input and its tables as they are', () => {
    if (!routine) throw new Error('this runtime has no WebAssembly SIMD');
    const before = Buffer.from(routine.memory.subarray(0, routine.input));
    const input = Buffer.from('"\u0001'.repeat(MAX_INPUT_BYTES / 2));
    escapeBytes(input);
    expect(routine.memory.subarray(0, routine.input).equals(before)).toBe(true);
    expect(routine.memory.subarray(routine.input, routine.input + input.length).equals(input)).toBe(true);
  });
});

describe('a runtime without the routine', () => {
  afterEach(() => vi.unstubAllGlobals());

  /** Throws what V8 throws there. */
  const failing = (name: string) =>
    class {
      constructor() {
        throw Object.assign(new Error(), { name });
      }
    };

  it.each([
    ['no WebAssembly', undefined],
    ['no SIMD', { Module: failing('CompileError') }],
    ['no memory left', { Module: class {}, Instance: failing('RangeError') }],
  ])('has none: %s', (_, value) => {
    vi.stubGlobal('WebAssembly', value);
    expect(openEscapeRoutine()).toBeUndefined();
  });
});
