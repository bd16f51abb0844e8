import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { BuildOptions } from 'esbuild';

const ROOT = fileURLToPath(new URL('../', import.meta.url));

const { dependencies }: { dependencies: Record<string, string> } = JSON.parse(
  readFileSync(join(ROOT, 'package.json'), 'utf8'),
);

/** CommonJS, which Node parses twice to import it. NOTICE names both, because the function's bundle has them. */
const BUNDLED_PACKAGES = ['tldts', 'ua-parser-js'];

/**
 * How esbuild bundles the command line in `npm run build`: a chunk for each command, and the thread of `normalize`.
 * Loading 130 modules and these packages one by one took 0.60 s of CPU to start `normalize`, and bundled 0.36 s.
 */
export const CLI_BUNDLE_SETTINGS = {
  absWorkingDir: ROOT,
  entryPoints: ['cli/main.ts', 'cli/normalize/worker.ts'],
  outdir: 'dist',
  outbase: '.',
  // A chunk starts the thread from its own folder.
  chunkNames: 'cli/normalize/[name]-[hash]',
  bundle: true,
  splitting: true,
  platform: 'node',
  format: 'esm',
  target: 'node20.19',
  mainFields: ['module', 'main'],
  external: [
    ...Object.keys(dependencies).filter((name) => !BUNDLED_PACKAGES.includes(name)),
    // Only a checkout has it.
    '*/bench/bench.ts',
  ],
  logLevel: 'warning',
} satisfies BuildOptions;
