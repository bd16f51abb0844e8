import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RecentCache } from '../../../lambda/normalize/recent-cache.ts';

describe('RecentCache', () => {
  it('keeps the last used entries: at least one generation, at most two', () => {
    const seen = { kept: 0, dropped: 0 };
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 5 }),
        fc.array(fc.integer({ min: 0, max: 15 }), { minLength: 40, maxLength: 80 }),
        (generationSize, keys) => {
          const cache = new RecentCache<number, { key: number }>(generationSize);
          keys.forEach((key, i) => {
            const value = cache.get(key);
            const last = keys.slice(0, i).lastIndexOf(key);
            const othersSince = new Set(keys.slice(last + 1, i)).size;
            if (last === -1) expect(value).toBeUndefined();
            else if (othersSince < generationSize) expect(value).toEqual({ key });
            else if (othersSince >= 2 * generationSize) expect(value).toBeUndefined();
            if (last !== -1) seen[value ? 'kept' : 'dropped']++;
            if (!value) cache.set(key, { key });
          });
        },
      ),
      { numRuns: 500, seed: 11 },
    );
    expect(seen.kept).toBeGreaterThan(1000);
    expect(seen.dropped).toBeGreaterThan(1000);
  });

  it('replaces the value of a known key without dropping another', () => {
    const cache = new RecentCache<string, { n: number }>(2);
    cache.set('a', { n: 1 });
    cache.set('b', { n: 2 });
    cache.set('a', { n: 3 });
    expect(['a', 'b'].map((key) => cache.get(key)?.n)).toEqual([3, 2]);
  });
});
