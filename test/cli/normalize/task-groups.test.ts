import { expect, it } from 'vitest';
import type { Input } from '../../../cli/input.ts';
import { groupTasks, type Task } from '../../../cli/normalize/task-groups.ts';

/** @param bytes `undefined` for a pipe */
function taskOf(bytes: number | undefined, index: number): Task {
  const input = { path: bytes === undefined ? undefined : `/${index}`, bytes } as Input;
  return { input, name: `${index}`, time: '', filter: undefined };
}

const group = (bytes: (number | undefined)[], jobs: number) =>
  groupTasks(bytes.map(taskOf), jobs).map(({ tasks, first, place }) => [first, tasks.length, place]);

it('groups small files in order, and leaves each thread several groups', () => {
  const groups = group(Array(1_000).fill(8_000), 2);
  expect(groups.map(([first]) => first)).toEqual(Array.from(groups, (_, index) => index * 32));
  expect(group(Array(1_000).fill(1_000), 4)).toHaveLength(33);
  expect(group([500, 500], 2)).toEqual([
    [0, 1, 'one thread'],
    [1, 1, 'one thread'],
  ]);
});

it('leaves pipes to the main thread, and a large file to all of them, at their place', () => {
  expect(group([1_000, undefined, 1_000, 100_000_000, 1_000, 1_000], 2)).toEqual([
    [0, 1, 'one thread'],
    [1, 1, 'main thread'],
    [2, 1, 'one thread'],
    [3, 1, 'all threads'],
    [4, 2, 'one thread'],
  ]);
});

it('reads everything in the main thread if there is no other one', () => {
  expect(group([1_000, undefined, 100_000_000], 1)).toEqual([
    [0, 1, 'main thread'],
    [1, 1, 'main thread'],
    [2, 1, 'main thread'],
  ]);
});
