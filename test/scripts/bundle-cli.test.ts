import { readFileSync } from 'node:fs';
import { build, type Metafile } from 'esbuild';
import { beforeAll, describe, expect, it } from 'vitest';
import { CLI_BUNDLE_SETTINGS } from '../../scripts/bundle-cli.ts';
import { packageFolderOf } from '../../scripts/bundled-packages.ts';

let outputs: Metafile['outputs'];
beforeAll(async () => {
  const { metafile } = await build({ ...CLI_BUNDLE_SETTINGS, metafile: true, write: false });
  outputs = metafile.outputs;
});

describe('the bundled command line', () => {
  it('loads nothing before it has checked the version of Node', () => {
    const imports = outputs['dist/cli/main.js']?.imports ?? [];
    expect(imports.map(({ kind }) => kind)).toEqual(['dynamic-import']);
  });

  it('has the thread of normalize as a file of its own', () => {
    expect(outputs['dist/cli/normalize/worker.js']?.entryPoint).toBe('cli/normalize/worker.ts');
  });

  it('contains only packages that NOTICE names', () => {
    const inputs = Object.values(outputs).flatMap((output) => Object.keys(output.inputs));
    const folders = new Set(inputs.flatMap((file) => packageFolderOf(file) ?? []));
    const names = [...folders].map((folder) => folder.replace('node_modules/', ''));
    expect(names.sort()).toEqual(['tldts', 'tldts-core', 'ua-parser-js']);
    const notice = readFileSync(new URL('../../NOTICE', import.meta.url), 'utf8');
    for (const name of names) expect(notice).toMatch(new RegExp(`^${name} \\d`, 'm'));
  });
});
