import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { assembleEscape } from '../../scripts/assemble-escape.ts';

const FOLDER = new URL('../../lambda/deliver/', import.meta.url);
const wat = readFileSync(new URL('escape-json.wat', FOLDER), 'utf8');

describe('the committed WebAssembly', () => {
  it('is what its source assembles to', async () => {
    const committed = readFileSync(new URL('escape-json-wasm.ts', FOLDER), 'utf8');
    expect(committed).toBe(await assembleEscape(wat));
    expect(committed).not.toBe(await assembleEscape(wat.replace('0x5c', '0x5d')));
  });

  it('passes --check', () => {
    const command = fileURLToPath(new URL('../../scripts/generate-escape.ts', import.meta.url));
    execFileSync(process.execPath, ['--import', 'tsx', command, '--check']);
  });
});

describe('the generator', () => {
  it('names the place of an error in the source', async () => {
    await expect(assembleEscape('(module\n  (func i32.add2))')).rejects.toThrow('escape-json.wat:2:9');
    await expect(assembleEscape('(module\n  (func i32.add))')).rejects.toThrow('escape-json.wat:2:9');
  });
});
