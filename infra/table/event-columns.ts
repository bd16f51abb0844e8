import { readFileSync } from 'node:fs';
import type { Profile } from '../../lambda/contract.ts';
import { eventSchemaFile } from '../package.ts';
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

/** Fields of `pipeline_error` events, which are the same in every profile. */
const PIPELINE_ERROR: JsonSchema = {
  properties: {
    event: { properties: { kind: { type: 'string' }, hash: { type: 'string' } } },
    error: { properties: { message: { type: 'string' }, type: { type: 'string' } } },
    message: { type: 'string' },
    '@timestamp': { type: 'string' },
    log: {
      properties: {
        file: { properties: { path: { type: 'string' } } },
        flags: { type: 'array', items: { type: 'string' } },
        offset: { type: 'integer' },
      },
    },
  },
};

/** Derives the table's columns from the profile's event schema, so they always match it. */
export function eventColumns(profile: Profile = 'seed'): Column[] {
  const schema: JsonSchema & { properties: Record<string, JsonSchema & { description?: string }> } =
    JSON.parse(readFileSync(eventSchemaFile(profile), 'utf8'));
  const names = new Set([...Object.keys(schema.properties), ...Object.keys(PIPELINE_ERROR.properties ?? {})]);
  return [...names].map((name) => {
    const normal = schema.properties[name];
    const merged = {
      ...(normal ?? PIPELINE_ERROR.properties?.[name]),
      ...mergeProperties(normal, PIPELINE_ERROR.properties?.[name]),
    };
    return {
      name: name === '@timestamp' ? TIMESTAMP_COLUMN : name.toLowerCase(),
      type: columnType(merged, schema),
      comment: normal?.description ?? (normal ? '' : 'Only in pipeline_error events'),
    };
  });
}

function mergeProperties(one: JsonSchema | undefined, other: JsonSchema | undefined): JsonSchema {
  const properties = { ...one?.properties, ...other?.properties };
  return Object.keys(properties).length > 0 ? { properties } : {};
}
