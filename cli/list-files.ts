import type { Dirent } from 'node:fs';
import { readdir, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';

export interface ListedFiles {
  /** In no order. */
  paths: string[];
  /** Folders and links that cannot be read. */
  errors: { path: string; error: Error }[];
  /** Links to a folder or a file that is listed already, under another name. */
  repeated: number;
  /** Pipes, devices and sockets, which are not read. */
  special: string[];
}

/**
 * Lists the files below a folder, through links. What several names lead to is listed once, under its own name if it has
 * one there.
 *
 * @param stop ends the list early
 * @throws Error if the folder itself cannot be read
 */
export async function listFiles(folder: string, stop: AbortSignal): Promise<ListedFiles> {
  const list = new FileList(stop);
  await list.addFolder(folder, await realpath(folder));
  await list.followLinks();
  return list.listed;
}

/** A name, and the path that it leads to, without links. */
interface Place {
  path: string;
  real: string;
}

class FileList {
  readonly listed: ListedFiles = { paths: [], errors: [], repeated: 0, special: [] };
  readonly #stop: AbortSignal;
  /** Real paths. Links to each other would have more names than can be listed. */
  readonly #seen = new Set<string>();
  #links: string[] = [];

  constructor(stop: AbortSignal) {
    this.#stop = stop;
  }

  /** @throws Error if the folder cannot be read */
  async addFolder(path: string, real: string): Promise<void> {
    this.#seen.add(real);
    for (const entry of await readdir(path, { withFileTypes: true })) {
      if (this.#stop.aborted) return;
      if (entry.isSymbolicLink()) this.#links.push(join(path, entry.name));
      else await this.#add(entry, { path: join(path, entry.name), real: join(real, entry.name) });
    }
  }

  /** After everything that needs no link. Links found behind links are next, in the order of their names. */
  async followLinks(): Promise<void> {
    while (this.#links.length > 0) {
      const links = this.#links.sort();
      this.#links = [];
      for (const path of links)
        await this.#orError(path, async () =>
          this.#add(await stat(path), { path, real: await realpath(path) }),
        );
    }
  }

  async #add(kind: Pick<Dirent, 'isDirectory' | 'isFile'>, { path, real }: Place): Promise<void> {
    if (this.#seen.has(real)) this.listed.repeated++;
    else if (kind.isDirectory()) await this.#orError(path, () => this.addFolder(path, real));
    else if (kind.isFile()) {
      this.#seen.add(real);
      this.listed.paths.push(path);
    } else this.listed.special.push(path);
  }

  async #orError(path: string, add: () => Promise<void>): Promise<void> {
    try {
      await add();
    } catch (error) {
      this.listed.errors.push({ path, error: error as Error });
    }
  }
}
