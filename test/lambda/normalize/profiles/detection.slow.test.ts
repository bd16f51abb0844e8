import { expect, it } from 'vitest';
import { ADDITIONS, compareGenerated } from './compare-with-seed.ts';

it('profile detection without its additions equals the seed for 10,000 generated records', () => {
  const seen = compareGenerated(10_000);
  expect(Object.keys(seen)).toEqual(ADDITIONS);
  for (const [addition, count] of Object.entries(seen)) expect(count, addition).toBeGreaterThan(10);
});
