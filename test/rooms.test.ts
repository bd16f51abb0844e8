import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

/** Folders that each top-level folder may import from: only downwards, as in README's layout. */
const MAY_IMPORT: Record<string, string[]> = {
  cli: ['bench', 'local', 'infra', 'samples', 'digest', 'lambda'],
  bench: ['local', 'infra', 'samples', 'lambda'],
  scripts: ['infra', 'samples', 'lambda'],
  local: ['samples', 'lambda'],
  infra: ['lambda'],
  digest: [],
  samples: [],
  lambda: [],
};

const ROOT = fileURLToPath(new URL('../', import.meta.url));

/** Returns the files that a file imports, including types, as paths from the root. */
function importsOf(file: string): string[] {
  const specifiers = readFileSync(join(ROOT, file), 'utf8').matchAll(
    /^(?:import|export)\b[^'";]*?from '(\.[^']*)'|^import '(\.[^']*)'|\bimport\('(\.[^']*)'\)/gm,
  );
  return [...specifiers].map(([, a, b, c]) => normalize(join(dirname(file), a ?? b ?? c ?? '')));
}

function filesOf(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => join(entry.parentPath, entry.name).slice(ROOT.length));
}

/** Returns a path from a node back to itself; `undefined` if the graph has no cycle. */
function findCycle(graph: Map<string, string[]>): string[] | undefined {
  const done = new Set<string>();
  const path: string[] = [];
  function visit(node: string): string[] | undefined {
    const at = path.indexOf(node);
    if (at >= 0) return [...path.slice(at), node];
    if (done.has(node)) return undefined;
    path.push(node);
    for (const next of graph.get(node) ?? []) {
      const cycle = visit(next);
      if (cycle) return cycle;
    }
    path.pop();
    done.add(node);
    return undefined;
  }
  for (const node of graph.keys()) {
    const cycle = visit(node);
    if (cycle) return cycle;
  }
  return undefined;
}

const imports = new Map(
  Object.keys(MAY_IMPORT)
    .flatMap(filesOf)
    .map((file) => [file, importsOf(file)]),
);

describe('imports', () => {
  it('are found in each folder', () => {
    for (const folder of Object.keys(MAY_IMPORT)) {
      const ofFolder = [...imports].filter(([file]) => file.startsWith(`${folder}/`));
      expect(ofFolder.flatMap(([, files]) => files).length, folder).toBeGreaterThan(2);
    }
  });

  it('name existing files', () => {
    const known = [...imports.keys()];
    const unknown = [...imports.values()]
      .flat()
      .filter((file) => file.endsWith('.ts') && !known.includes(file));
    expect(unknown).toEqual([]);
  });

  it('point only downwards between folders', () => {
    const upwards = [...imports].flatMap(([file, files]) => {
      const folder = file.split('/')[0] ?? '';
      const allowed = [folder, ...(MAY_IMPORT[folder] ?? [])];
      return files.filter((to) => !allowed.includes(to.split('/')[0] ?? '')).map((to) => `${file} → ${to}`);
    });
    expect(upwards).toEqual([]);
  });

  it('form no cycle between files', () => {
    expect(findCycle(imports)).toBeUndefined();
  });

  it.each(['lambda', 'infra', 'local'])('form no cycle between the folders in %s/', (parent) => {
    const graph = new Map<string, string[]>();
    for (const [file, files] of imports) {
      const folder = dirname(file);
      if (!folder.startsWith(`${parent}/`)) continue;
      // Skips files next to the folders: they combine the folders, or all folders use them.
      const others = files
        .map((to) => dirname(to))
        .filter((to) => to.startsWith(`${parent}/`) && to !== folder);
      graph.set(folder, [...(graph.get(folder) ?? []), ...others]);
    }
    expect(findCycle(graph)).toBeUndefined();
  });
});
