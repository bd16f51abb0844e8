/**
 * Writes `dist/`, the code of the package: JavaScript with declarations, and the function's bundle in
 * `dist/function`. `npm pack` runs it (`prepack`). A checkout needs no build.
 *
 *     npm run build
 */
import { execSync } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { bundleFunction } from '../infra/function/bundle-function.ts';

const pathOf = (name: string) => fileURLToPath(new URL(`../${name}`, import.meta.url));

// Files of an earlier build would be packed as well.
rmSync(pathOf('dist'), { recursive: true, force: true });
execSync('npx --no-install tsc --project tsconfig.build.json', { cwd: pathOf('.'), stdio: 'inherit' });
// Compiled only because cli/bench.ts imports it: `bench` needs the sources of a checkout.
rmSync(pathOf('dist/bench'), { recursive: true });
mkdirSync(pathOf('dist/function'));
bundleFunction(pathOf('dist/function'));
