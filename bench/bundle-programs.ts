import { statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { LEFT_OUT_MODULES } from '../infra/function/excluded-modules.ts';

export interface Programs {
  worker: string;
  cold: string;
  /** The function as deployed. */
  handler: string;
  handlerBytes: number;
}

/** Bundles the measured programs with the function's options, so Node loads the same code. */
export async function bundlePrograms(outdir: string): Promise<Programs> {
  const source = (name: string) => fileURLToPath(new URL(name, import.meta.url));
  await build({
    entryPoints: {
      worker: source('worker.ts'),
      cold: source('cold.ts'),
      handler: source('../lambda/handler.ts'),
    },
    outdir,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    mainFields: ['module', 'main'],
    external: LEFT_OUT_MODULES,
    minify: true,
    logLevel: 'error',
  });
  const [worker, cold, handler] = ['worker.mjs', 'cold.mjs', 'handler.mjs'].map((name) => join(outdir, name));
  if (!worker || !cold || !handler) throw new Error('esbuild wrote no output');
  return { worker, cold, handler, handlerBytes: statSync(handler).size };
}
