import { expect, it } from 'vitest';
import { BufferPool } from '../../../lambda/deliver/buffer-pool.ts';

it('reuses a returned buffer once, even if only a part of it was returned', () => {
  const pool = new BufferPool(8);
  const [first, second] = [pool.take(), pool.take()];
  expect(first.buffer).not.toBe(second.buffer);
  pool.giveBack(first.subarray(2, 5));
  pool.giveBack(first);
  const next = [pool.take(), pool.take()];
  expect(next.map(({ length }) => length)).toEqual([8, 8]);
  expect(next.map(({ buffer }) => buffer === first.buffer)).toEqual([true, false]);
});

it('ignores a foreign buffer, even one of the same length', () => {
  const pool = new BufferPool(8);
  const foreign = Buffer.allocUnsafeSlow(8);
  pool.giveBack(foreign);
  expect(pool.take().buffer).not.toBe(foreign.buffer);
});

it('reuses a buffer only once if it is returned twice', () => {
  const pool = new BufferPool(8);
  const [first, second, third] = [pool.take(), pool.take(), pool.take()];
  for (const returned of [first, second, first, second.subarray(1), first.subarray(0, 0)]) {
    pool.giveBack(returned);
  }
  const buffers = Array.from({ length: 5 }, () => pool.take());
  for (const [i, buffer] of buffers.entries()) buffer.fill(i);
  third.fill(9);
  expect(buffers.map((buffer) => [...new Set(buffer)])).toEqual([[0], [1], [2], [3], [4]]);
  expect(new Set([third, ...buffers].map(({ buffer }) => buffer)).size).toBe(6);
});
