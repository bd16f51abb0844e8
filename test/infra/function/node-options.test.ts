import { execFileSync } from 'node:child_process';
import { Lazy } from 'aws-cdk-lib';
import { expect, it } from 'vitest';
import { nodeOptions } from '../../../infra/function/node-options.ts';

const MIB = 1024 ** 2;

/** What Node says, started as in the function: it refuses to start where an option may not stand in NODE_OPTIONS. */
function heapLimitMiB(memoryMiB: number): number {
  const output = execFileSync(
    process.execPath,
    ['--print', 'require("node:v8").getHeapStatistics().heap_size_limit'],
    { env: { NODE_OPTIONS: nodeOptions(memoryMiB) }, encoding: 'utf8' },
  );
  return Number(output) / MIB;
}

it.each([
  [128, 64],
  [512, 320],
  [1024, 832],
  [10_240, 10_048],
])('in %i MiB of memory, the heap has %i at the most', (memoryMiB, heapMiB) => {
  const limit = heapLimitMiB(memoryMiB);
  expect(limit).toBeGreaterThanOrEqual(heapMiB);
  // The young generation comes on top: three times 4 MiB.
  expect(limit).toBeLessThanOrEqual(heapMiB + 12);
});

it('takes no token, whose number is not known yet', () => {
  expect(() => nodeOptions(Lazy.number({ produce: () => 1024 }))).toThrow(
    'memoryMiB has to be a plain number',
  );
});
