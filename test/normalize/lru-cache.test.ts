import { describe, expect, it } from 'vitest';
import { LruCache } from '../../lambda/normalize/lru-cache.ts';

describe('LruCache', () => {
  it('drops the entry unused for longest, at one over the limit', () => {
    const cache = new LruCache<string, { n: number }>(2);
    cache.set('a', { n: 1 });
    cache.set('b', { n: 2 });
    expect(cache.get('a')).toEqual({ n: 1 });
    cache.set('c', { n: 3 });
    expect(['a', 'b', 'c'].map((key) => cache.get(key)?.n)).toEqual([1, undefined, 3]);
  });

  it('replaces the value of a known key without dropping another', () => {
    const cache = new LruCache<string, { n: number }>(2);
    cache.set('a', { n: 1 });
    cache.set('b', { n: 2 });
    cache.set('a', { n: 3 });
    expect(['a', 'b'].map((key) => cache.get(key)?.n)).toEqual([3, 2]);
  });
});
