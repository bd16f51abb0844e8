import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { eventColumns } from '../../../infra/table/event-columns.ts';
import { columnPaths } from './column-paths.ts';

const paths = columnPaths(eventColumns());

/** SQL keywords in the examples. Any other name in a query must be a column. */
const KEYWORDS = new Set(
  'select from where and or not in is null as with order group by having limit desc asc distinct interval day minute current_date'.split(
    ' ',
  ),
);

/** Returns the names in a query, without keywords, functions, strings and the aliases that it defines. */
function namesIn(sql: string): string[] {
  const bare = sql.replaceAll(/'[^']*'/g, "''").toLowerCase();
  const aliases = new Set(
    [...bare.matchAll(/\bas (\w+)|\bwith (\w+) as/g)].flatMap(([, alias, cte]) => [alias, cte]),
  );
  return [...bare.matchAll(/"?[a-z_]\w*"?(?:\."?[a-z_]\w*"?)*(\s*\()?/g)]
    .filter(([, isFunction]) => !isFunction)
    .map(([name]) => name.replaceAll('"', ''))
    .filter((name) => !KEYWORDS.has(name) && !aliases.has(name) && name !== 'events');
}

const examples = [
  ...readFileSync(new URL('../../../docs/queries.md', import.meta.url), 'utf8').matchAll(
    /^## ([^\n]*)\n[^#]*?```sql\n(.*?)```/gms,
  ),
].map(([, title = '', sql = '']): [string, string] => [title, sql]);

describe('the example queries', () => {
  it('are found under every heading', () => {
    const headings = readFileSync(new URL('../../../docs/queries.md', import.meta.url), 'utf8').match(
      /^## /gm,
    );
    expect(examples).toHaveLength(headings?.length ?? 0);
    expect(examples.length).toBeGreaterThan(10);
  });

  it.each(examples)('use only columns of the table, and limit the days: %s', (_, sql) => {
    const names = namesIn(sql);
    expect(names.filter((name) => !paths.has(name))).toEqual([]);
    expect(names.length).toBeGreaterThan(2);
    expect(sql).toMatch(/\bday (>=|=) /);
  });

  it('would fail with an unknown column', () => {
    expect(namesIn('SELECT event.actoin FROM events')).toEqual(['event.actoin']);
    expect(paths.has('event.actoin')).toBe(false);
  });
});
