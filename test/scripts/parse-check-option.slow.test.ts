import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

function generateSamples(argument: string) {
  const script = fileURLToPath(new URL('../../scripts/generate-samples.ts', import.meta.url));
  return spawnSync(process.execPath, ['--import', 'tsx', script, argument], { encoding: 'utf8' });
}

describe('generate:samples', () => {
  it('prints its usage for --help', () => {
    const { status, stdout, stderr } = generateSamples('--help');
    expect(stdout).toContain('Usage: npm run generate:samples -- [options]');
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });

  it.each([
    ['--chek', "error: unknown option '--chek' (Did you mean --check?)\n"],
    ['extra', 'error: too many arguments. Expected 0 arguments but got 1.\n'],
  ])('rejects %s with one line and status 2', (argument, message) => {
    const { status, stdout, stderr } = generateSamples(argument);
    expect({ status, stdout, stderr }).toEqual({ status: 2, stdout: '', stderr: message });
  });
});
