import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { resolveInputs } from '../../cli/inputs.ts';

it('names a file of a glob that cannot be read, and resolves the others', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'inputs-'));
  for (const name of ['a', 'c']) writeFileSync(join(folder, `${name}.json.gz`), '');
  // Not UTF-8, so the name that the glob gives is that of no file.
  writeFileSync(Buffer.from(`${folder}/b\u00ff.json.gz`, 'latin1'), '');
  const { inputs, errors } = await resolveInputs(['*.gz'], folder);
  expect(inputs.map(({ name }) => name)).toEqual(['a.json.gz', 'c.json.gz']);
  expect(errors.map(({ name }) => name)).toEqual(['b\ufffd.json.gz']);
  rmSync(folder, { recursive: true });
});
