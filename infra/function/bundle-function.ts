import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { BuildOptions } from 'esbuild';
import { PACKAGE_VERSION } from '../package.ts';
import { LEFT_OUT_MODULES } from './excluded-modules.ts';

/**
 * How esbuild bundles the function, at synth and in `npm run build`. The AWS SDK is the one of the lock file, not the
 * one that the runtime brings, and its ES modules give the smallest bundle.
 */
export const BUNDLE_SETTINGS = {
  absWorkingDir: fileURLToPath(new URL('../../', import.meta.url)),
  entryPoints: ['lambda/handler.ts'],
  outfile: 'index.mjs',
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node22',
  mainFields: ['module', 'main'],
  external: LEFT_OUT_MODULES,
  minify: true,
  sourcemap: true,
  // Stack traces need names and lines, not the sources: 1.6 MB less of a map that Node reads before the code runs.
  sourcesContent: false,
  define: { BUNDLED_VERSION: JSON.stringify(PACKAGE_VERSION) },
  logLevel: 'warning',
} satisfies BuildOptions;

/**
 * Writes the bundle and its source map into a folder: `index.mjs` and `index.mjs.map`. The bytes do not depend on where
 * that folder or the checkout is, because the map names its sources relative to the checkout.
 *
 * @throws Error if esbuild is not installed or the sources do not compile
 */
export function bundleFunction(outputFolder: string): void {
  // Loaded on use, because the package comes without esbuild; and not by `await import()`, because synth is
  // synchronous and a CommonJS app cannot load a module with a top-level await.
  const { buildSync }: typeof import('esbuild') = createRequire(import.meta.url)('esbuild');
  const { outputFiles } = buildSync({ ...BUNDLE_SETTINGS, write: false });
  for (const { path, contents } of outputFiles) writeFileSync(join(outputFolder, basename(path)), contents);
}
