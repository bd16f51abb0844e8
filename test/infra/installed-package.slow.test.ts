import { cpSync, existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bundleFunction } from './deployed-locally.ts';
import { compileApp, installPackage, PROJECT, run } from './installed-package.ts';

const { version } = JSON.parse(readFileSync(join(PROJECT, 'package.json'), 'utf8'));

/** The TypeScript of docs/package.md: an app with the stack, and one with single constructs. */
const [stackApp = '', constructsApp = ''] = [
  ...readFileSync(join(PROJECT, 'docs/package.md'), 'utf8').matchAll(/```ts\n(.*?)```/gs),
].map(([, source]) => source);

/** What the settings of the stack's app give the function. */
const STACK_VARIABLES = { TRAIL_BUCKET: 'my-trail-bucket', EXCLUDE_EVENTS: 'kms.amazonaws.com:Decrypt' };

let installed: Awaited<ReturnType<typeof installPackage>>;
/** The function's asset as the checkout synthesizes it. */
let checkoutAsset: string;

beforeAll(async () => {
  const { file, remove } = bundleFunction();
  checkoutAsset = basename(dirname(file));
  remove();
  installed = await installPackage();
}, 300_000);
afterAll(() => installed?.remove());

/** Synthesizes a compiled file as `cdk synth` does; returns its template and its asset. */
async function synthesizeApp(app: string, file: string, env: Record<string, string> = {}) {
  const outdir = join(app, `${file}.out`);
  await run(app, ['node', file], { CDK_OUTDIR: outdir, ...env });
  const names = readdirSync(outdir);
  const [template = ''] = names.filter((name) => name.endsWith('.template.json'));
  const [asset = ''] = names.filter((name) => name.startsWith('asset.'));
  return {
    template: JSON.parse(readFileSync(join(outdir, template), 'utf8')),
    asset,
    files: readdirSync(join(outdir, asset)).sort(),
  };
}

/** The environment of the pipeline's function, among CDK's own functions. */
function variablesOf(template: { Resources: Record<string, Resource> }): unknown {
  const variables = Object.values(template.Resources)
    .map(({ Properties }) => Properties?.Environment?.Variables)
    .filter((candidate) => candidate && 'DELIVERY_STREAM_NAME' in candidate);
  expect(variables).toHaveLength(1);
  return variables[0];
}

interface Resource {
  Properties?: { Environment?: { Variables?: Record<string, unknown> } };
}

describe('the installed package', () => {
  it('has JavaScript, declarations and documents, but no sources and no tests', () => {
    const files = readdirSync(installed.root, { recursive: true, encoding: 'utf8' });
    expect(files.filter((name) => /(?<!\.d)\.ts$/.test(name))).toEqual([]);
    const top = ['CHANGELOG.md', 'LICENSE', 'NOTICE', 'README.md', 'dist', 'docs', 'events', 'package.json'];
    expect(readdirSync(installed.root).sort()).toEqual(top);
    const built = ['cli', 'function', 'infra', 'lambda'];
    expect(readdirSync(join(installed.root, 'dist')).sort()).toEqual(built);
  });

  it('works without the tools of a checkout', () => {
    const tools = ['esbuild', 'tsx', 'vitest', 'cdk-nag', '@types/aws-lambda'];
    expect(tools.filter((name) => existsSync(join(installed.folder, 'node_modules', name)))).toEqual([]);
  });

  it('compiles and synthesizes both apps of docs/package.md as ES modules', async () => {
    const options = {
      type: 'module',
      module: 'nodenext',
      moduleResolution: 'nodenext',
      skipLibCheck: false,
    } as const;
    const sources = { 'stack.ts': stackApp, 'constructs.ts': constructsApp };
    const app = await compileApp(installed.folder, 'esm', options, sources);
    // The tests turn off CDK's validation of templates; an app has it on.
    const { template, files } = await synthesizeApp(app, 'stack.js', { CDK_VALIDATION: 'true' });
    expect(variablesOf(template)).toMatchObject(STACK_VARIABLES);
    expect(template.Outputs.Version.Value).toBe(version);
    expect(files).toEqual(['index.mjs', 'index.mjs.map']);

    const constructs = await synthesizeApp(app, 'constructs.js');
    expect(variablesOf(constructs.template)).toMatchObject({
      DELIVERY_STREAM_NAME: 'my-stream',
      PACKING: 'lines',
    });
  });

  it.each([
    ['nodenext', 'nodenext'],
    ['commonjs', 'node10'],
  ])('compiles and synthesizes the stack as CommonJS, with module %s', async (module, moduleResolution) => {
    const options = { type: 'commonjs', module, moduleResolution, skipLibCheck: true } as const;
    const app = await compileApp(installed.folder, `cjs-${module}`, options, { 'stack.ts': stackApp });
    expect(readFileSync(join(app, 'stack.js'), 'utf8')).toContain('require("cloudtrail-firehose")');
    const { template, asset } = await synthesizeApp(app, 'stack.js');
    expect(variablesOf(template)).toMatchObject(STACK_VARIABLES);
    expect(asset).toBe(checkoutAsset);
  });

  it('stages further files next to the bundle that it was built with', async () => {
    const source = `
      import { readdirSync } from 'node:fs';
      import { App, Stack } from 'aws-cdk-lib';
      import { Function, Runtime } from 'aws-cdk-lib/aws-lambda';
      import { functionCode } from './node_modules/cloudtrail-firehose/dist/infra/function/function-code.js';
      const app = new App();
      const code = functionCode({ 'rules.json': '[]' });
      const runtime = Runtime.NODEJS_24_X;
      new Function(new Stack(app, 'Stack'), 'Function', { runtime, handler: 'index.handler', code });
      const { directory } = app.synth();
      const asset = readdirSync(directory).find((name) => name.startsWith('asset.'));
      console.log(readdirSync(directory + '/' + asset).sort().join());`;
    const output = await run(installed.folder, ['node', '--input-type=module', '--eval', source]);
    expect(output.trim()).toBe('index.mjs,index.mjs.map,rules.json');
  });

  it('exports the schema of its events', async () => {
    const source = "console.log(require('cloudtrail-firehose/event.schema.json').title)";
    expect((await run(installed.folder, ['node', '--eval', source])).trim()).toBe(
      'Normalized CloudTrail event',
    );
  });

  it('exports the schema of each profile', async () => {
    const source = `
      const titles = ['sekoia-2026', 'detection', 'raw'].map(
        (profile) => require(\`cloudtrail-firehose/event.\${profile}.schema.json\`).title,
      );
      console.log(titles.join());`;
    expect((await run(installed.folder, ['node', '--eval', source])).trim()).toBe(
      'Normalized CloudTrail event, profile sekoia-2026,Normalized CloudTrail event, profile detection,CloudTrail record, profile raw',
    );
  });

  it('runs its program', async () => {
    const command = ['npx', '--no-install', 'cloudtrail-firehose'];
    expect((await run(installed.folder, [...command, '--version'])).trim()).toBe(version);
    expect(await run(installed.folder, [...command, '--help'])).toContain('normalize');
    const logs = join(installed.root, 'events/objects/AWSLogs/o-a1b2c3d4e5');
    const events = (await run(installed.folder, [...command, 'normalize', logs])).trimEnd().split('\n');
    expect(events.map((event) => JSON.parse(event).cloud.provider)).toContain('aws');
    // The events of a pair of equal files, because threads are started only for several.
    const copies = join(installed.folder, 'copies');
    for (const name of ['a', 'b']) cpSync(logs, join(copies, name), { recursive: true });
    const printed = await run(installed.folder, [...command, 'normalize', '--jobs', '2', copies]);
    expect(printed.trimEnd().split('\n')).toEqual([...events, ...events]);
    const summary = await run(installed.folder, [...command, 'local', '--out', 'events']);
    expect(summary).toContain('600 delivered');
    expect(readFileSync(join(installed.folder, 'events/events.ndjson'), 'utf8').split('\n')).toHaveLength(
      601,
    );
  });
});
