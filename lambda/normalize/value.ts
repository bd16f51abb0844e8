import type { JsonObject, JsonValue, Scalar } from './event.ts';

/**
 * What counts as a value. A value of the wrong kind counts as absent. It is still in `message` and in the
 * flattened text, so no data is lost.
 */

/** The value of a scalar field; `undefined` if it is absent, `null`, empty text, an object or an array. */
export function scalar(value: JsonValue | undefined): Scalar | undefined {
  return value === '' ? undefined : scalarOrEmpty(value);
}

/** The same, but empty text is a value. For members of picked objects. */
export function scalarOrEmpty(value: JsonValue | undefined): Scalar | undefined {
  if (typeof value === 'string' || typeof value === 'boolean') return value;
  // `1e999` is valid JSON, but parses to Infinity, which JSON cannot express.
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}

/** Text that is not empty. */
export function text(value: JsonValue | undefined): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** The object; an empty one for any other value. */
export function object(value: JsonValue | undefined): JsonObject {
  return isObject(value) ? value : NO_MEMBERS;
}

export function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The object itself, or `undefined` if none of its members has a value: events contain no empty objects. */
export function unlessEmpty<T extends object>(candidate: T): T | undefined {
  for (const key in candidate) if (candidate[key] !== undefined) return candidate;
  return undefined;
}

const NO_MEMBERS: JsonObject = Object.freeze(Object.create(null));
