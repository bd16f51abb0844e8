import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { describe, expect, it } from 'vitest';
import { PROFILES } from '../../lambda/contract.ts';
import { useCli } from './run-cli.ts';

const cli = useCli();
const seedUrl = new URL('../golden/seed/', import.meta.url);
const records: string[] = readdirSync(seedUrl).map(
  (file) => JSON.parse(readFileSync(new URL(file, seedUrl), 'utf8')).record,
);

/** Members in upper and lower case, arrays, and members of members. */
const PATHS = ['message', '@timestamp', 'event.type', 'action.properties.userIdentity.accountId'];
const RAW_PATHS = ['eventName', 'userIdentity.accountId'];

function memberOf(value: unknown, path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>((of, name) => (of as Record<string, unknown> | undefined)?.[name], value);
}

/** Compares values of any type: DuckDB has `null` for what JSON leaves out. */
function withoutNull(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNull);
  if (typeof value !== 'object' || value === null) return value;
  const members = Object.entries(value).filter(([, member]) => member !== null);
  return Object.fromEntries(members.map(([name, member]) => [name, withoutNull(member)]));
}

describe('normalize --print-duckdb', () => {
  it.each(PROFILES.flatMap((profile) => [[profile, false] as const, [profile, true] as const]))(
    'prints SQL that writes every event into Parquet: profile %s, gzip %s',
    async (profile, gzip) => {
      const folder = join(cli.folder, `it's ${profile} ${gzip}`);
      mkdirSync(folder);
      writeFileSync(join(folder, 'a_20261103T0900Z_x.json'), `{"Records":[${records.join(',')}]}`);
      writeFileSync(join(folder, 'b_20261103T0900Z_x.json'), '{"Records":[{"eventName":"last"},{"n":x}]}');
      const out = join(folder, 'events');
      const options = ['--profile', profile, '--out', out, ...(gzip ? ['--gzip'] : [])];
      await cli.run(['normalize', ...options, folder]);
      const { stdout, status } = await cli.run(['normalize', ...options, '--print-duckdb']);
      expect(status).toBe(0);

      const parquet = join(folder, 'events.parquet').replaceAll("'", "''");
      const instance = await DuckDBInstance.create();
      const connection = await instance.connect();
      await connection.run(stdout.replace("'events.parquet'", `'${parquet}'`));
      const reader = await connection.runAndReadAll(`SELECT * FROM '${parquet}'`);
      const rows = reader.getRowObjectsJson().map(withoutNull) as Record<string, unknown>[];
      connection.closeSync();
      instance.closeSync();

      expect(rows).toHaveLength(16);
      const printed = await cli.run(['normalize', '--profile', profile, folder]);
      const events = printed.stdout
        .split('\n')
        .filter((line) => line.startsWith('{') && !line.includes('{"n":x}'));
      const paths = profile === 'raw' ? RAW_PATHS : PATHS;
      const found = new Set<string>();
      for (const [index, line] of events.entries()) {
        for (const path of paths) {
          const value = memberOf(JSON.parse(line), path);
          expect(memberOf(rows[index], path), path).toEqual(value);
          if (value !== undefined) found.add(path);
        }
      }
      expect([...found].sort()).toEqual([...paths].sort());
    },
  );

  it('reads events.ndjson without --out, and needs no input', async () => {
    const { stdout, stderr } = await cli.run(['normalize', '--print-duckdb']);
    expect(stdout).toContain("read_json('events.ndjson', ");
    expect(stderr).toBe('');
  });
});
