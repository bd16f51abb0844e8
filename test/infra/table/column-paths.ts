import type { Column } from '../../../infra/table/event-columns.ts';

/** Every path that a query can name: columns, and the members of structs below them. */
export function columnPaths(columns: readonly Column[]): Set<string> {
  const paths = new Set(['day', 'hour']);
  for (const { name, type } of columns) addPaths(name, type, paths);
  return paths;
}

function addPaths(path: string, type: string, paths: Set<string>): void {
  paths.add(path);
  const [, outer, inner = ''] = /^(struct|array)<(.*)>$/.exec(type) ?? [];
  if (outer === 'array') addPaths(path, inner, paths);
  if (outer !== 'struct') return;
  for (const field of splitFields(inner)) {
    const colon = field.indexOf(':');
    addPaths(`${path}.${field.slice(0, colon)}`, field.slice(colon + 1), paths);
  }
}

/** At the commas that stand in no brackets of their own. */
function splitFields(fields: string): string[] {
  const parts = [''];
  let depth = 0;
  for (const character of fields) {
    if (character === '<') depth++;
    if (character === '>') depth--;
    if (character === ',' && depth === 0) parts.push('');
    else parts.push((parts.pop() ?? '') + character);
  }
  return parts;
}
