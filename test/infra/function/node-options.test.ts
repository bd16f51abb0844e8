import { execFileSync } from 'node:child_process';
import { Lazy } from 'aws-cdk-lib';
import { expect, it } from 'vitest';
import { nodeOptions } from '../../../infra/function/node-options.ts';

const MIB = 1024 ** 2;

/** Starts Node like the function does, which fails if NODE_OPTIONS contains a forbidden option. */
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
])('limits the heap in %i MiB of memory to %i MiB', (memoryMiB, heapMiB) => {
  const limit = heapLimitMiB(memoryMiB);
  expect(limit).toBeGreaterThanOrEqual(heapMiB);
  // The young generation adds three times 4 MiB.
  expect(limit).toBeLessThanOrEqual(heapMiB + 12);
});

it('rejects a token, whose value is unknown at synth', () => {
  expect(() => nodeOptions(Lazy.number({ produce: () => 1024 }))).toThrow(
    /^memoryMiB must be a positive number to size the heap \(got -1\.8.*\)\. Pass a number, not a CDK token\.$/,
  );
});
