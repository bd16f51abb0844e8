import type { JsonValue } from '../normalize/event.ts';

/** Name of a member, or index of an element. */
export type Key = string | number;

/** Returns the value that keys lead to in a parsed record, through its own members only; `undefined` if there is none. */
export function valueAt(record: JsonValue, path: readonly Key[]): JsonValue | undefined {
  let value: JsonValue | undefined = record;
  for (const key of path) {
    // A list has members like "0" too, but only indexes lead to them.
    const isKind =
      typeof value === 'object' && value !== null && Array.isArray(value) === (typeof key === 'number');
    if (!isKind || !Object.hasOwn(value as object, key)) return undefined;
    value = (value as Record<Key, JsonValue>)[key];
  }
  return value;
}
