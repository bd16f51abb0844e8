import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { columnType } from '../../infra/table/column-types.ts';
import { type EventSchema, eventMembers } from '../../infra/table/event-members.ts';
import type { Profile } from '../../lambda/contract.ts';
import { packageRoot } from '../package.ts';
import { duckDbType } from './duckdb-type.ts';

/** Longest line, in bytes: a record of MAX_RECORD_BYTES and its fields. DuckDB's own limit is 16 MiB. */
const MAX_LINE_BYTES = 64 * 1024 * 1024;

/**
 * Returns the statement by which DuckDB reads events of `normalize` and writes them into `events.parquet`. Its columns are
 * those of the event schema, with their names in JSON: DuckDB distinguishes upper and lower case.
 *
 * @param out the folder of `--out`. @default - the file `events.ndjson`
 */
export function duckDbSql(
  profile: Profile = 'seed',
  { out, gzip = false }: { out?: string; gzip?: boolean } = {},
): string {
  const files =
    out === undefined ? 'events.ndjson' : `${out.replace(/\/+$/, '')}/**/*.ndjson${gzip ? '.gz' : ''}`;
  const root = schemaOf(profile);
  const columns = eventMembers(root).map(({ name, schema }) => {
    const type = duckDbType(columnType(schema, root, (member) => member));
    return `    ${inQuotes(name, '"')}: ${inQuotes(type, "'")}`;
  });
  return `COPY (
  SELECT * FROM read_json(${inQuotes(files, "'")}, format = 'newline_delimited', maximum_object_size = ${MAX_LINE_BYTES}, columns = {
${columns.join(',\n')}
  })
) TO 'events.parquet' (FORMAT parquet, COMPRESSION zstd);`;
}

function schemaOf(profile: Profile): EventSchema {
  const name = `event${profile === 'seed' ? '' : `.${profile}`}.schema.json`;
  return JSON.parse(readFileSync(join(packageRoot, 'docs', name), 'utf8'));
}

function inQuotes(text: string, quote: '"' | "'"): string {
  return `${quote}${text.replaceAll(quote, quote + quote)}${quote}`;
}
