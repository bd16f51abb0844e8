import { readdir, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';

export interface ListedFiles {
  /** In no order. */
  paths: string[];
  /** Folders and links that cannot be read. */
  errors: { path: string; error: Error }[];
}

/**
 * Lists the files below a folder, through links.
 *
 * @throws Error if the folder itself cannot be read
 */
export async function listFiles(folder: string): Promise<ListedFiles> {
  const listed: ListedFiles = { paths: [], errors: [] };
  await addFiles(folder, [], listed);
  return listed;
}

/** @param above the real paths of the folders above: a link to one of them would never end */
async function addFiles(folder: string, above: readonly string[], listed: ListedFiles): Promise<void> {
  const real = await realpath(folder);
  if (above.includes(real)) return;
  for (const entry of await readdir(folder)) {
    const path = join(folder, entry);
    try {
      const stats = await stat(path);
      if (stats.isDirectory()) await addFiles(path, [...above, real], listed);
      else if (stats.isFile()) listed.paths.push(path);
    } catch (error) {
      listed.errors.push({ path, error: error as Error });
    }
  }
}
