import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { DuckDBInstance, type Json } from '@duckdb/node-api';
import type { Template } from 'aws-cdk-lib/assertions';
import { duckDbType } from '../../../cli/normalize/duckdb-type.ts';
import { resolvedProperties } from '../synthesize.ts';

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
const SHARED = [
  ...['array_agg', 'bool_or', 'coalesce', 'count', 'lag', 'length', 'max', 'min', 'substr', 'sum'],
  'regexp_extract',
];

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

/** Beginnings of the logical IDs of each table and of the delivery stream that fills it. */
const TABLES = {
  events: { table: 'Table', stream: 'S3LinesStream' },
  receipts: { table: 'ReceiptTable', stream: 'ReceiptsStream' },
} as const;

export type TableName = keyof typeof TABLES;

/**
 * Queries events and receipts with DuckDB as Athena would. The columns, the partition keys and the names that the SerDe
 * maps are those of the template's Glue tables, and the partitions are the folders that the delivery streams write to.
 *
 * @param template with `packing=lines`
 */
export async function startLocalAthena(template: Template) {
  const folder = mkdtempSync(join(tmpdir(), 'athena-'));
  const instance = await DuckDBInstance.create(':memory:', { threads: '1' });
  const connection = await instance.connect();
  await connection.run(`SET TimeZone = 'UTC'`);
  for (const [name, macro] of Object.entries(MACROS)) await connection.run(`CREATE MACRO ${name}${macro}`);
  const files = { events: 0, receipts: 0 };

  return {
    /** Stores the events or receipts that Firehose writes in one hour. */
    async put(
      day: string,
      hour: string,
      lines: readonly Record<string, unknown>[],
      name: TableName = 'events',
    ): Promise<void> {
      const { table, stream } = TABLES[name];
      const { TableInput } = resolvedProperties(template, 'AWS::Glue::Table', table) as unknown as GlueTable;
      const { Columns, SerdeInfo } = TableInput.StorageDescriptor;
      const { ExtendedS3DestinationConfiguration } = resolvedProperties(
        template,
        'AWS::KinesisFirehose::DeliveryStream',
        stream,
      ) as unknown as DeliveryStream;
      const prefix = ExtendedS3DestinationConfiguration.Prefix.replace(
        '!{timestamp:yyyy-MM-dd}',
        day,
      ).replace('!{timestamp:HH}', hour);
      const file = join(folder, prefix, `${files[name]++}.json`);
      mkdirSync(dirname(file), { recursive: true });
      const rows = lines.map((line) => JSON.stringify(readWithSerDe(line, SerdeInfo.Parameters)));
      writeFileSync(file, rows.join('\n'));
      // The folders of the partitions must exist before the view.
      if (files[name] === 1)
        await connection.run(createTable(join(folder, name), name, Columns, TableInput.PartitionKeys));
    },
    /** Returns the rows of a query over the tables. */
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
  name: TableName,
  columns: readonly GlueColumn[],
  partitionKeys: readonly GlueColumn[],
): string {
  const types = (list: readonly GlueColumn[]) =>
    `{${list.map(({ Name, Type }) => `"${Name}": '${duckDbType(Type)}'`).join(', ')}}`;
  return `CREATE VIEW ${name} AS SELECT * FROM read_json('${folder}/**/*.json',
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
