import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Characters, compileGlob } from '../../../lambda/select/glob.ts';

/** Counts how often a glob reads a character. */
class CountedText implements Characters {
  reads = 0;
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  get length(): number {
    return this.#text.length;
  }

  charCodeAt(index: number): number {
    this.reads++;
    return this.#text.charCodeAt(index);
  }

  indexOf(unit: string, from: number): number {
    const index = this.#text.indexOf(unit, from);
    this.reads += (index === -1 ? this.#text.length : index + 1) - from;
    return index;
  }

  startsWith(part: string): boolean {
    this.reads += part.length;
    return this.#text.startsWith(part);
  }

  endsWith(part: string): boolean {
    this.reads += part.length;
    return this.#text.endsWith(part);
  }
}

describe('a glob', () => {
  it.each([
    ['*.amazonaws.com', 'kms.amazonaws.com', true],
    ['*.amazonaws.com', 'amazonaws.com', false],
    ['*.amazonaws.com', 'kms.amazonaws.com.evil.test', false],
    ['kms', 'kms', true],
    ['kms', 'KMS', false],
    ['kms', 'kms2', false],
    ['', '', true],
    ['', 'a', false],
    ['*', '', true],
    ['**', 'any\nlines', true],
    ['a*b*c', 'a-b-b-c', true],
    ['a*b*c', 'acb', false],
    ['ab*ba', 'aba', false],
    ['ab*ba', 'abba', true],
    ['a.c?[d]', 'a.c?[d]', true],
    ['a.c', 'abc', false],
    ['*aab*', 'aaaab', true],
    ['*abab*abac', 'abababac', true],
    ['*abab*abac', 'ababac', false],
    ['*abab*abac', 'abababababac', true],
  ])('%s for %j: %s', (pattern, text, expected) => {
    expect(compileGlob(pattern)(text)).toBe(expected);
  });

  it('agrees with a regular expression', () => {
    let matched = 0;
    const part = fc.string({ unit: fc.constantFrom('a', 'b', '*'), maxLength: 8 });
    fc.assert(
      fc.property(part, fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 14 }), (pattern, text) => {
        const expected = new RegExp(`^${pattern.replaceAll('*', '.*')}$`, 's').test(text);
        if (expected) matched++;
        expect(compileGlob(pattern)(text)).toBe(expected);
      }),
      { numRuns: 3_000 },
    );
    expect(matched).toBeGreaterThan(300);
  });

  it.each([
    ['*a*a*a*a*a*a*a*a*b', 'a'.repeat(10_000)],
    [`*${'a'.repeat(500)}b*`, 'a'.repeat(10_000)],
    [`*${'ab'.repeat(250)}c*x`, `${'ab'.repeat(5_000)}x`],
    [`${'a'.repeat(1_000)}*${'a'.repeat(1_000)}`, 'a'.repeat(10_000)],
    ['*aab*x', `${'ba'.repeat(5_000)}x`],
    ['*a*b', `${'b'.repeat(10_000)}`],
  ])('reads each character of a hostile text at most twice: %.20s', (pattern, text) => {
    const counted = new CountedText(text);
    compileGlob(pattern)(counted);
    expect(counted.reads).toBeGreaterThan(0);
    expect(counted.reads).toBeLessThanOrEqual(2 * text.length);
  });
});
