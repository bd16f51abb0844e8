import { readFileSync } from 'node:fs';
import { columnType, type JsonSchema } from './column-types.ts';

export interface Column {
  readonly name: string;
  readonly type: string;
  readonly comment: string;
}

/** `@` cannot stand in a column's name. */
export const TIMESTAMP_COLUMN = 'event_time';

/** What a `pipeline_error` event has and the schema of normalized events does not. */
const PIPELINE_ERROR: JsonSchema = {
  properties: {
    event: { properties: { kind: { type: 'string' } } },
    error: { properties: { message: { type: 'string' }, type: { type: 'string' } } },
  },
};

/** The columns of normalized events, taken from their schema, so that the two cannot come apart. */
export function eventColumns(): Column[] {
  const schema: JsonSchema & { properties: Record<string, JsonSchema & { description?: string }> } =
    JSON.parse(readFileSync(new URL('../../docs/event.schema.json', import.meta.url), 'utf8'));
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
      comment: normal?.description ?? (normal ? '' : 'Only where kind of event is pipeline_error'),
    };
  });
}

function mergeProperties(one: JsonSchema | undefined, other: JsonSchema | undefined): JsonSchema {
  const properties = { ...one?.properties, ...other?.properties };
  return Object.keys(properties).length > 0 ? { properties } : {};
}
