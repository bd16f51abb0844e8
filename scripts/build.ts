/**
 * Writes `dist/`, which the package consists of besides its documents and samples: JavaScript with declarations, and in
 * `dist/function` the bundle of the function. Run by `npm pack` through `prepack`; a checkout needs no build.
 */
import { execSync } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { bundleFunction } from '../infra/function/bundle-function.ts';

const pathOf = (name: string) => fileURLToPath(new URL(`../${name}`, import.meta.url));

// Files of an earlier build would be packed as well.
rmSync(pathOf('dist'), { recursive: true, force: true });
execSync('npx --no-install tsc --project tsconfig.build.json', { cwd: pathOf('.'), stdio: 'inherit' });
// Compiled because a command loads it, but it measures the sources of a checkout.
rmSync(pathOf('dist/bench'), { recursive: true });
mkdirSync(pathOf('dist/function'));
bundleFunction(pathOf('dist/function'));
