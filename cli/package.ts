import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of package.json: above this file in a checkout, further above in the built package. */
export const packageRoot = findRoot(dirname(fileURLToPath(import.meta.url)));

export const packageVersion: string = JSON.parse(
  readFileSync(join(packageRoot, 'package.json'), 'utf8'),
).version;

/** Whether the program runs from its sources rather than from the built package. */
export const isCheckout = import.meta.url.endsWith('.ts');

/** How to call a command here: through npm in a checkout, by its name from the package. */
export function commandLine(command: string): string {
  return isCheckout ? `npm run -s ct -- ${command}` : `cloudtrail-firehose ${command}`;
}

/**
 * The folder that relative paths start from. `npm run` changes into the package's folder and leaves the caller's in
 * INIT_CWD.
 */
export function callersFolder(): string {
  const folder = process.cwd();
  return folder === resolve(packageRoot) ? (process.env.INIT_CWD ?? folder) : folder;
}

function findRoot(folder: string): string {
  return existsSync(join(folder, 'package.json')) ? folder : findRoot(dirname(folder));
}
