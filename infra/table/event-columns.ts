import { readFileSync } from 'node:fs';
import type { Profile } from '../../lambda/contract.ts';
import { eventSchemaFile } from '../package.ts';
import { columnType } from './column-types.ts';
import { type EventSchema, eventMembers } from './event-members.ts';

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

/** Derives the table's columns from the profile's event schema, so they always match it. */
export function eventColumns(profile: Profile = 'seed'): Column[] {
  const schema: EventSchema = JSON.parse(readFileSync(eventSchemaFile(profile), 'utf8'));
  return eventMembers(schema).map((member) => ({
    name: member.name === '@timestamp' ? TIMESTAMP_COLUMN : member.name.toLowerCase(),
    type: columnType(member.schema, schema),
    comment: member.comment,
  }));
}
