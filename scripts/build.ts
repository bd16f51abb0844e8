/**
 * Writes `dist/`, the code of the package: JavaScript with declarations, the bundled command line in `dist/cli`,
 * and the function's bundle in `dist/function`. `npm pack` runs it (`prepack`). A checkout needs no build.
 *
 *     npm run build
 */
import { execSync } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';
import { bundleFunction } from '../infra/function/bundle-function.ts';
import { CLI_BUNDLE_SETTINGS } from './bundle-cli.ts';

const pathOf = (name: string) => fileURLToPath(new URL(`../${name}`, import.meta.url));

// Files of an earlier build would be packed as well.
rmSync(pathOf('dist'), { recursive: true, force: true });
execSync('npx --no-install tsc --project tsconfig.build.json', { cwd: pathOf('.'), stdio: 'inherit' });
// Only the command line needs these, and its bundle contains them. Apps import the constructs and the function.
for (const room of ['bench', 'cli', 'digest', 'local', 'samples'])
  rmSync(pathOf(`dist/${room}`), { recursive: true, force: true });
buildSync(CLI_BUNDLE_SETTINGS);
mkdirSync(pathOf('dist/function'));
bundleFunction(pathOf('dist/function'));
