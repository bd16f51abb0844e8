import { TrinoSQL } from 'dt-sql-parser/dist/parser/trino/index.js';

const parser = new TrinoSQL();

/** Returns the errors of a statement in Trino's grammar; empty for valid SQL. */
export function syntaxErrors(sql: string): string[] {
  return parser.validate(sql).map(({ message, startLine }) => `line ${startLine}: ${message}`);
}
