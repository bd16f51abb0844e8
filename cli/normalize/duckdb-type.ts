/** Returns the DuckDB type of a Glue column's type. */
export function duckDbType(type: string): string {
  const [, outer, inner = ''] = /^(struct|array)<(.*)>$/.exec(type) ?? [];
  if (outer === 'array') return `${duckDbType(inner)}[]`;
  if (outer === 'struct') return `STRUCT(${splitFields(inner).map(duckDbField).join(', ')})`;
  const [, values] = /^map<string,(.*)>$/.exec(type) ?? [];
  if (values !== undefined) return `MAP(VARCHAR, ${duckDbType(values)})`;
  const scalar = SCALARS[type];
  if (scalar === undefined) throw new Error(`no DuckDB type for ${type}. Add one to SCALARS.`);
  return scalar;
}

const SCALARS: Record<string, string> = { string: 'VARCHAR', bigint: 'BIGINT', boolean: 'BOOLEAN' };

function duckDbField(field: string): string {
  const colon = field.indexOf(':');
  return `"${field.slice(0, colon)}" ${duckDbType(field.slice(colon + 1))}`;
}

/** Splits at the commas outside nested angle brackets. */
export function splitFields(fields: string): string[] {
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
