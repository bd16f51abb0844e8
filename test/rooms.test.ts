import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

/** What each room may import besides itself: downwards, as in README's map. */
const MAY_IMPORT: Record<string, string[]> = {
  cli: ['local', 'samples', 'lambda'],
  bench: ['local', 'infra', 'samples', 'lambda'],
  scripts: ['samples', 'lambda'],
  local: ['samples', 'lambda'],
  infra: ['lambda'],
  samples: [],
  lambda: [],
};

const ROOT = fileURLToPath(new URL('../', import.meta.url));

/** The files that a file imports, types included, by their paths from the root. */
function importsOf(file: string): string[] {
  const specifiers = readFileSync(join(ROOT, file), 'utf8').matchAll(
    /^(?:import|export)\b[^'";]*?from '(\.[^']*)'|^import '(\.[^']*)'|\bimport\('(\.[^']*)'\)/gm,
  );
  return [...specifiers].map(([, a, b, c]) => normalize(join(dirname(file), a ?? b ?? c ?? '')));
}

function filesOf(room: string): string[] {
  return readdirSync(join(ROOT, room), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => join(entry.parentPath, entry.name).slice(ROOT.length));
}

/** A way from a node back to itself; `undefined` if there is none. */
function findCircle(graph: Map<string, string[]>): string[] | undefined {
  const done = new Set<string>();
  const way: string[] = [];
  function visit(node: string): string[] | undefined {
    const at = way.indexOf(node);
    if (at >= 0) return [...way.slice(at), node];
    if (done.has(node)) return undefined;
    way.push(node);
    for (const next of graph.get(node) ?? []) {
      const circle = visit(next);
      if (circle) return circle;
    }
    way.pop();
    done.add(node);
    return undefined;
  }
  for (const node of graph.keys()) {
    const circle = visit(node);
    if (circle) return circle;
  }
  return undefined;
}

const imports = new Map(
  Object.keys(MAY_IMPORT)
    .flatMap(filesOf)
    .map((file) => [file, importsOf(file)]),
);

describe('imports', () => {
  it('are read: each room has some', () => {
    for (const room of Object.keys(MAY_IMPORT)) {
      const ofRoom = [...imports].filter(([file]) => file.startsWith(`${room}/`));
      expect(ofRoom.flatMap(([, files]) => files).length, room).toBeGreaterThan(2);
    }
  });

  it('name files that are there', () => {
    const known = [...imports.keys()];
    const unknown = [...imports.values()]
      .flat()
      .filter((file) => file.endsWith('.ts') && !known.includes(file));
    expect(unknown).toEqual([]);
  });

  it('run downwards, from room to room', () => {
    const upwards = [...imports].flatMap(([file, files]) => {
      const room = file.split('/')[0] ?? '';
      const allowed = [room, ...(MAY_IMPORT[room] ?? [])];
      return files.filter((to) => !allowed.includes(to.split('/')[0] ?? '')).map((to) => `${file} → ${to}`);
    });
    expect(upwards).toEqual([]);
  });

  it('form no circle of files', () => {
    expect(findCircle(imports)).toBeUndefined();
  });

  it.each(['lambda', 'infra', 'local'])('form no circle of the folders in %s/', (room) => {
    const graph = new Map<string, string[]>();
    for (const [file, files] of imports) {
      const folder = dirname(file);
      if (!folder.startsWith(`${room}/`)) continue;
      // The files beside the folders put them together, or are what all of them use.
      const others = files
        .map((to) => dirname(to))
        .filter((to) => to.startsWith(`${room}/`) && to !== folder);
      graph.set(folder, [...(graph.get(folder) ?? []), ...others]);
    }
    expect(findCircle(graph)).toBeUndefined();
  });
});
