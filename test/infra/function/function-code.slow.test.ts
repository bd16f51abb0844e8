import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import { Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type FunctionFiles, functionCode } from '../../../infra/function/function-code.ts';

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'function-code-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Synthesizes one function for each set of files into `outdir`; returns the folders of their assets. */
function stage(outdir: string, ...sets: FunctionFiles[]): string[] {
  const app = new App({ outdir });
  const stack = new Stack(app, 'Stack');
  for (const [i, files] of sets.entries())
    new LambdaFunction(stack, `Function${i}`, {
      runtime: Runtime.NODEJS_24_X,
      handler: 'index.handler',
      code: functionCode(files),
    });
  app.synth();
  return readdirSync(outdir).filter((name) => name.startsWith('asset.'));
}

describe("the function's code", () => {
  it('has the same hash in every output folder', () => {
    const near = stage(join(folder, 'near'), {});
    const far = stage(join(folder, 'much/further/down'), {});
    expect(near).toHaveLength(1);
    expect(far).toEqual(near);
  });

  it('names sources in its map relative to the checkout', () => {
    const outdir = join(folder, 'map');
    const [asset = ''] = stage(outdir, {});
    const { sources } = JSON.parse(readFileSync(join(outdir, asset, 'index.mjs.map'), 'utf8'));
    expect(sources).toContain('lambda/handler.ts');
    expect(sources.filter((source: string) => !/^(lambda|node_modules)\//.test(source))).toEqual([]);
  });

  it('holds further files next to the bundle, and its hash depends on them', () => {
    const outdir = join(folder, 'files');
    const assets = stage(outdir, { 'rules.json': '[1]' }, { 'rules.json': '[2]' }, {});
    expect(assets).toHaveLength(3);
    const contents = assets.map((asset) => readdirSync(join(outdir, asset)).sort());
    const bundle = ['index.mjs', 'index.mjs.map'];
    expect(contents.sort((a, b) => a.length - b.length)).toEqual([
      bundle,
      [...bundle, 'rules.json'],
      [...bundle, 'rules.json'],
    ]);
    const rules = assets.flatMap((asset) =>
      readdirSync(join(outdir, asset)).includes('rules.json')
        ? readFileSync(join(outdir, asset, 'rules.json'), 'utf8')
        : [],
    );
    expect(rules.sort()).toEqual(['[1]', '[2]']);
  });
});
