import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { DuckDBInstance, type Json } from '@duckdb/node-api';
import type { Template } from 'aws-cdk-lib/assertions';
import { resolvedProperties } from '../synthesize.ts';
import { duckDbType } from './duckdb-type.ts';

/** The day of every query, the day before, and a day that every query leaves out. */
export const TODAY = '2026-11-04';
export const YESTERDAY = '2026-11-03';
export const LONG_AGO = '2026-01-01';

/**
 * Trino's functions that DuckDB lacks or defines differently. Queries run unchanged: nothing else is mapped.
 * https://trino.io/docs/current/functions.html
 */
const MACROS = {
  current_date: `() AS DATE '${TODAY}'`,
  // The formats of MySQL and of strftime are the same for year, month and day.
  date_format: '(value, format) AS strftime(value, format)',
  // NULL for text that is not JSON, like a truncated `message`, and for anything but a scalar.
  json_extract_scalar: `(text, path) AS CASE
    WHEN json_valid(text) AND json_type(text, path) NOT IN ('OBJECT', 'ARRAY', 'NULL')
    THEN json_extract_string(text, path) END`,
  regexp_like: '(text, pattern) AS regexp_matches(text, pattern)',
  from_iso8601_timestamp: '(text) AS CAST(text AS TIMESTAMPTZ)',
  contains: '(list, element) AS list_contains(list, element)',
};

/** Functions that do the same in Trino and in DuckDB. */
const SHARED = ['array_agg', 'coalesce', 'count', 'length', 'max', 'min', 'substr', 'sum'];

/** Every function that a query of the documentation may call. */
export const FUNCTIONS: ReadonlySet<string> = new Set([...Object.keys(MACROS), ...SHARED]);

export type Row = Record<string, Json>;

export type LocalAthena = Awaited<ReturnType<typeof startLocalAthena>>;

interface GlueColumn {
  readonly Name: string;
  readonly Type: string;
}

interface GlueTable {
  readonly TableInput: {
    readonly PartitionKeys: readonly GlueColumn[];
    readonly StorageDescriptor: {
      readonly Columns: readonly GlueColumn[];
      readonly SerdeInfo: { readonly Parameters: Readonly<Record<string, string>> };
    };
  };
}

interface DeliveryStream {
  readonly ExtendedS3DestinationConfiguration: { readonly Prefix: string };
}

/**
 * Queries events with DuckDB as Athena would. The columns, the partition keys and the names that the SerDe maps are
 * those of the template's Glue table, and the partitions are the folders that its delivery stream writes to.
 */
export async function startLocalAthena(template: Template) {
  const { TableInput } = resolvedProperties(template, 'AWS::Glue::Table') as unknown as GlueTable;
  const { Columns, SerdeInfo } = TableInput.StorageDescriptor;
  const stream = resolvedProperties(template, 'AWS::KinesisFirehose::DeliveryStream');
  const { Prefix } = (stream as unknown as DeliveryStream).ExtendedS3DestinationConfiguration;
  const folder = mkdtempSync(join(tmpdir(), 'athena-'));
  const instance = await DuckDBInstance.create(':memory:', { threads: '1' });
  const connection = await instance.connect();
  await connection.run(`SET TimeZone = 'UTC'`);
  for (const [name, macro] of Object.entries(MACROS)) await connection.run(`CREATE MACRO ${name}${macro}`);
  let files = 0;

  return {
    /** Stores the events that Firehose writes in one hour. */
    async put(day: string, hour: string, events: readonly Record<string, unknown>[]): Promise<void> {
      const prefix = Prefix.replace('!{timestamp:yyyy-MM-dd}', day).replace('!{timestamp:HH}', hour);
      const file = join(folder, prefix, `${files++}.json`);
      mkdirSync(dirname(file), { recursive: true });
      const rows = events.map((event) => JSON.stringify(readWithSerDe(event, SerdeInfo.Parameters)));
      writeFileSync(file, rows.join('\n'));
      // The folders of the partitions must exist before the view.
      if (files === 1) await connection.run(createTable(folder, Columns, TableInput.PartitionKeys));
    },
    /** Returns the rows of a query over the table `events`. */
    async query(sql: string): Promise<Row[]> {
      return (await connection.runAndReadAll(sql)).getRowObjectsJson() as Row[];
    },
    close(): void {
      connection.closeSync();
      instance.closeSync();
      rmSync(folder, { recursive: true });
    },
  };
}

function createTable(
  folder: string,
  columns: readonly GlueColumn[],
  partitionKeys: readonly GlueColumn[],
): string {
  const types = (list: readonly GlueColumn[]) =>
    `{${list.map(({ Name, Type }) => `"${Name}": '${duckDbType(Type)}'`).join(', ')}}`;
  return `CREATE VIEW events AS SELECT * FROM read_json('${folder}/**/*.json',
    format = 'newline_delimited', maximum_object_size = 16000000, columns = ${types(columns)},
    hive_partitioning = true, hive_types = ${types(partitionKeys)})`;
}

/**
 * Returns an event with the names that the table's SerDe looks for. DuckDB distinguishes upper and lower case.
 * https://docs.aws.amazon.com/athena/latest/ug/openx-json-serde.html
 */
function readWithSerDe(value: unknown, parameters: Readonly<Record<string, string>>): unknown {
  if (Array.isArray(value)) return value.map((item) => readWithSerDe(item, parameters));
  if (typeof value !== 'object' || value === null) return value;
  const mapped = (key: string) =>
    Object.entries(parameters)
      .find(([name, of]) => name.startsWith('mapping.') && of === key)?.[0]
      .slice(8);
  const lower = (key: string) => (parameters['case.insensitive'] === 'true' ? key.toLowerCase() : key);
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [
      mapped(key) ?? lower(key),
      readWithSerDe(member, parameters),
    ]),
  );
}
