import { readFileSync } from 'node:fs';
import { EVENT_SCHEMA_FILE } from '../package.ts';
import { columnType, type JsonSchema } from './column-types.ts';

/** A column of a Glue table. */
export interface Column {
  /** Name in lowercase. */
  readonly name: string;
  /** Athena type, like `bigint` or `struct<name:string>`. */
  readonly type: string;
  /** Description, or an empty string. */
  readonly comment: string;
}

/** Column for `@timestamp`, because a column name cannot contain `@`. */
export const TIMESTAMP_COLUMN = 'event_time';

/** Fields of `pipeline_error` events that are not in the schema of normalized events. */
const PIPELINE_ERROR: JsonSchema = {
  properties: {
    event: { properties: { kind: { type: 'string' } } },
    error: { properties: { message: { type: 'string' }, type: { type: 'string' } } },
  },
};

/** Derives the table's columns from the event schema, so they always match it. */
export function eventColumns(): Column[] {
  const schema: JsonSchema & { properties: Record<string, JsonSchema & { description?: string }> } =
    JSON.parse(readFileSync(EVENT_SCHEMA_FILE, 'utf8'));
  const names = new Set([...Object.keys(schema.properties), ...Object.keys(PIPELINE_ERROR.properties ?? {})]);
  return [...names].map((name) => {
    const normal = schema.properties[name];
    const merged = {
      ...normal,
      ...mergeProperties(normal, PIPELINE_ERROR.properties?.[name]),
    };
    return {
      name: name === '@timestamp' ? TIMESTAMP_COLUMN : name,
      type: columnType(merged, schema),
      comment: normal?.description ?? (normal ? '' : 'Only in pipeline_error events'),
    };
  });
}

function mergeProperties(one: JsonSchema | undefined, other: JsonSchema | undefined): JsonSchema {
  const properties = { ...one?.properties, ...other?.properties };
  return Object.keys(properties).length > 0 ? { properties } : {};
}
