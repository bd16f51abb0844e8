/** Measures the size of the deployed bundle, as written by synth, and the time that Node takes to load it. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import { App } from 'aws-cdk-lib';
import { DEFAULT_MEMORY_MIB, nodeOptions } from '../infra/function/node-options.ts';
import { CloudTrailFirehoseStack } from '../infra/stack.ts';

const RUNS = 9;

/** The environment variables that the function needs to load. */
const ENVIRONMENT = {
  ...process.env,
  DELIVERY_STREAM_NAME: 'bench',
  AWS_REGION: 'eu-west-3',
  AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
  NODE_OPTIONS: nodeOptions(DEFAULT_MEMORY_MIB),
};

const outdir = mkdtempSync(join(tmpdir(), 'bundle-'));
try {
  const bundle = synthesizeBundle(outdir);
  const bytes = readFileSync(bundle);
  const times = Array.from({ length: RUNS }, () => timeLoad(bundle)).sort((a, b) => a - b);
  const median = times[Math.floor(RUNS / 2)] ?? 0;
  console.log(`bundle  ${kilobytes(bytes.length)} minified, ${kilobytes(gzipSync(bytes).length)} gzip`);
  console.log(`load    ${median.toFixed(0)} ms, median of ${RUNS} new processes on Node ${process.version}`);
} finally {
  rmSync(outdir, { recursive: true });
}

function synthesizeBundle(to: string): string {
  const { context } = JSON.parse(readFileSync(new URL('../cdk.json', import.meta.url), 'utf8'));
  process.env.CDK_VALIDATION = 'false';
  const app = new App({ context, outdir: to });
  new CloudTrailFirehoseStack(app, 'Bench');
  app.synth();
  const asset = readdirSync(to).find((name) => name.startsWith('asset.'));
  if (!asset) throw new Error(`synth wrote no asset to ${to}`);
  return join(to, asset, 'index.mjs');
}

/** Measures the load time in a new process, as in a new container, without Node's own startup. */
function timeLoad(bundle: string): number {
  const script = `const from = performance.now(); await import(${JSON.stringify(pathToFileURL(bundle).href)}); console.log(performance.now() - from)`;
  const output = execFileSync(process.execPath, ['--input-type=module', '--eval', script], {
    env: ENVIRONMENT,
    encoding: 'utf8',
  });
  return Number(output);
}

function kilobytes(bytes: number): string {
  return `${Math.round(bytes / 1000).toLocaleString('en-US')} kB`;
}
