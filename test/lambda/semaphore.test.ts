import { describe, expect, it } from 'vitest';
import { Semaphore } from '../../lambda/semaphore.ts';

/** Starts tasks that end when told to, and records which ones run. */
function startTasks(semaphore: Semaphore, count: number) {
  const running = new Set<number>();
  const started: number[] = [];
  const ends: (() => void)[] = [];
  const tasks = Array.from({ length: count }, (_, i) =>
    semaphore.run(async () => {
      running.add(i);
      started.push(i);
      await new Promise<void>((resolve) => {
        ends[i] = resolve;
      });
      running.delete(i);
    }),
  );
  return { running, started, end: (i: number) => ends[i]?.(), all: Promise.all(tasks) };
}

const settle = () => new Promise((resolve) => setImmediate(resolve));

describe('a semaphore', () => {
  it('runs as many tasks at once as it has places, in order', async () => {
    const { running, started, end, all } = startTasks(new Semaphore(2), 4);
    await settle();
    expect([...running]).toEqual([0, 1]);
    for (const [ended, next] of [
      [1, [0, 2]],
      [0, [2, 3]],
    ] as const) {
      end(ended);
      await settle();
      expect([...running]).toEqual(next);
    }
    end(2);
    end(3);
    await all;
    expect(started).toEqual([0, 1, 2, 3]);
  });

  it('frees the place of a task that fails', async () => {
    const semaphore = new Semaphore(1);
    const failing = semaphore.run(async () => {
      throw new Error('no');
    });
    await expect(failing).rejects.toThrow('no');
    expect(await semaphore.run(async () => 'yes')).toBe('yes');
  });

  it('lets another task run while one only waits', async () => {
    const semaphore = new Semaphore(1);
    const order: string[] = [];
    let endWait = () => {};
    const wait = new Promise<void>((resolve) => {
      endWait = resolve;
    });
    const first = semaphore.run(async () => {
      await semaphore.pause(() => wait);
      order.push('first');
    });
    const second = semaphore.run(async () => {
      endWait();
      await settle();
      // The first one has its place back only after this one.
      order.push('second');
    });
    await Promise.all([first, second]);
    expect(order).toEqual(['second', 'first']);
  });
});
