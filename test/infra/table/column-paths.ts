import { splitFields } from '../../../cli/normalize/duckdb-type.ts';
import type { Column } from '../../../infra/table/event-columns.ts';

/** Returns every path that a query can use: columns, and the members of their structs. */
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
