import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { BuildOptions } from 'esbuild';
import { PACKAGE_VERSION } from '../package.ts';
import { LEFT_OUT_MODULES } from './excluded-modules.ts';

/**
 * How esbuild bundles the function, at synth and in `npm run build`. The bundle contains the AWS SDK of the
 * lock file, because the runtime's version changes, as ES modules, because they make the smallest bundle.
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
  // Stack traces need names and lines, not sources. Node reads the map before the code runs: 1.6 MB less.
  sourcesContent: false,
  define: { BUNDLED_VERSION: JSON.stringify(PACKAGE_VERSION) },
  logLevel: 'warning',
} satisfies BuildOptions;

/**
 * Writes the bundle and its source map, `index.mjs` and `index.mjs.map`, into a folder. The bytes do not
 * depend on where that folder or the checkout is: the map names its sources relative to the checkout.
 *
 * @throws Error if esbuild is not installed or the sources do not compile
 */
export function bundleFunction(outputFolder: string): void {
  // Loaded on use, because the package does not depend on esbuild. `await import()` cannot replace it: synth
  // is synchronous, and CommonJS apps cannot load a module with a top-level await.
  const { buildSync }: typeof import('esbuild') = createRequire(import.meta.url)('esbuild');
  const { outputFiles } = buildSync({ ...BUNDLE_SETTINGS, write: false });
  for (const { path, contents } of outputFiles) writeFileSync(join(outputFolder, basename(path)), contents);
}
