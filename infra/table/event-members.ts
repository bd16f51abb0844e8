import type { JsonSchema } from './column-types.ts';

/** The schema of a profile's events. */
export type EventSchema = JsonSchema & {
  readonly properties: Record<string, JsonSchema & { description?: string }>;
};

/** A member of an event, in any profile's form or as a `pipeline_error`. */
export interface EventMember {
  /** Name in JSON. */
  readonly name: string;
  /** May refer to definitions of the event schema. */
  readonly schema: JsonSchema;
  /** Description, or an empty string. */
  readonly comment: string;
}

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

/** Returns the members of the events of a schema, and of `pipeline_error` events. */
export function eventMembers(schema: EventSchema): EventMember[] {
  const names = new Set([...Object.keys(schema.properties), ...Object.keys(PIPELINE_ERROR.properties ?? {})]);
  return [...names].map((name) => {
    const normal = schema.properties[name];
    const merged = {
      ...(normal ?? PIPELINE_ERROR.properties?.[name]),
      ...mergeProperties(normal, PIPELINE_ERROR.properties?.[name]),
    };
    return {
      name,
      schema: merged,
      comment: normal?.description ?? (normal ? '' : 'Only in pipeline_error events'),
    };
  });
}

function mergeProperties(one: JsonSchema | undefined, other: JsonSchema | undefined): JsonSchema {
  const properties = { ...one?.properties, ...other?.properties };
  return Object.keys(properties).length > 0 ? { properties } : {};
}
