import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { assembleWasm } from '../../scripts/assemble-wasm.ts';

const read = (file: string) => readFileSync(new URL(`../../lambda/${file}`, import.meta.url), 'utf8');

describe('the committed WebAssembly', () => {
  it.each(['deliver/escape-json.wat', 'select/find-name.wat'])(
    'is what its source assembles to: %s',
    async (file) => {
      const name = basename(file);
      const committed = read(file.replace('.wat', '-wasm.ts'));
      expect(committed).toBe(await assembleWasm(name, read(file)));
      expect(committed).not.toBe(await assembleWasm(name, read(file).replace('0x5c', '0x5d')));
    },
  );

  it('passes --check', () => {
    const command = fileURLToPath(new URL('../../scripts/generate-wasm.ts', import.meta.url));
    execFileSync(process.execPath, ['--import', 'tsx', command, '--check']);
  });
});

describe('the generator', () => {
  it('names the place of an error in the source', async () => {
    await expect(assembleWasm('a.wat', '(module\n  (func i32.add2))')).rejects.toThrow('a.wat:2:9');
    await expect(assembleWasm('a.wat', '(module\n  (func i32.add))')).rejects.toThrow('a.wat:2:9');
  });
});
