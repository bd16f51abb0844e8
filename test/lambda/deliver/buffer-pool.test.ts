import { expect, it } from 'vitest';
import { BufferPool } from '../../../lambda/deliver/buffer-pool.ts';

it('gives out what was given back, also a part of it, and nothing twice', () => {
  const pool = new BufferPool(8);
  const [first, second] = [pool.take(), pool.take()];
  expect(first.buffer).not.toBe(second.buffer);
  pool.giveBack(first.subarray(2, 5));
  pool.giveBack(first);
  const again = [pool.take(), pool.take()];
  expect(again.map(({ length }) => length)).toEqual([8, 8]);
  expect(again.map(({ buffer }) => buffer === first.buffer)).toEqual([true, false]);
});

it('leaves alone what it never gave, also where that is as long', () => {
  const pool = new BufferPool(8);
  const stranger = Buffer.allocUnsafeSlow(8);
  pool.giveBack(stranger);
  expect(pool.take().buffer).not.toBe(stranger.buffer);
});

it('hands a buffer that is given back twice to one taker only', () => {
  const pool = new BufferPool(8);
  const [first, second, third] = [pool.take(), pool.take(), pool.take()];
  for (const givenBack of [first, second, first, second.subarray(1), first.subarray(0, 0)]) {
    pool.giveBack(givenBack);
  }
  const takers = Array.from({ length: 5 }, () => pool.take());
  for (const [i, taker] of takers.entries()) taker.fill(i);
  third.fill(9);
  expect(takers.map((taker) => [...new Set(taker)])).toEqual([[0], [1], [2], [3], [4]]);
  expect(new Set([third, ...takers].map(({ buffer }) => buffer)).size).toBe(6);
});
