import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const read = (name: string) => readFileSync(new URL(`../../${name}`, import.meta.url), 'utf8');

/** The names that infra/index.ts exports, types included. */
function exportedNames(): string[] {
  const lists = read('infra/index.ts').matchAll(/^export (?:type )?\{(.*?)\}/gms);
  return [...lists].flatMap(([, list = '']) =>
    list
      .split(',')
      .map((name) => name.replace(/^\s*type /, '').trim())
      .filter((name) => name !== ''),
  );
}

describe('docs/package.md', () => {
  const docs = read('docs/package.md');

  it('names every export and nothing else', () => {
    const [, section = ''] = /## Exports\n(.*?)\n## /s.exec(docs) ?? [];
    const firstCells = [...section.matchAll(/^\| (.*?) \|/gm)].map(([, cell]) => cell);
    const [, types = ''] = /Other types: (.*)/.exec(section) ?? [];
    const documented = [...firstCells, types].flatMap((text = '') =>
      [...text.matchAll(/`(\w+)`/g)].map(([, name = '']) => name),
    );
    const exported = exportedNames();
    expect(exported.length).toBeGreaterThan(30);
    expect(documented.sort()).toEqual(exported.filter((name) => !name.endsWith('Props')).sort());
  });

  it('names the versions that package.json asks for', () => {
    const { engines, peerDependencies } = JSON.parse(read('package.json'));
    const rows = [...docs.matchAll(/^\| `?([\w.-]+)`? \| (\d[\d.]+) or later/gm)];
    expect(rows.map(([, name, version]) => [name, version])).toEqual([
      ['Node.js', engines.node.replace(/^>=(\d+\.\d+)\.0$/, '$1')],
      ...Object.entries<string>(peerDependencies).map(([name, range]) => [name, range.replace('^', '')]),
    ]);
  });
});
