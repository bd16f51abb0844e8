import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  interface ProvidedContext {
    /** Folder of the compiled program. The first test that needs it compiles it. */
    cliFolder: string;
  }
}

/** Inside the project, so that the program finds its packages. */
const CACHE = fileURLToPath(new URL('../../node_modules/.cache', import.meta.url));

/** Provides a folder for the program, once for all tests of a run. Removes it at the end. */
export function setup({ provide }: TestProject): () => void {
  mkdirSync(CACHE, { recursive: true });
  const folder = mkdtempSync(join(CACHE, 'cli-'));
  provide('cliFolder', folder);
  return () => rmSync(folder, { recursive: true });
}
